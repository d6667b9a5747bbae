/**
 * MEXC's private feed: own fills and the ticker. Orders go in over REST there.
 */
import { getExchangeLogger } from '../../index.ts';
import { PrivateFeed, type PrivateFeedOptions } from './private-feed.ts';

export class MexcPrivateFeed extends PrivateFeed {
  constructor(options: PrivateFeedOptions) {
    super('mexc', { ...options, logger: options.logger ?? getExchangeLogger('mexc', 'private.ws') });
  }
}
