/**
 * The live page as part of a worker: opened at the start when it has a port, or when an operator asks for it. While it is open, its records are taken from the drain.
 */
import { randomBytes } from 'node:crypto';

import type { ResolvedConfig } from '../config/resolved.ts';
import type { LevelControl } from '../control/level-control.ts';
import type { ControlStatus, PageAnswer } from '../control/protocol.ts';
import type { PageControl } from '../control/server.ts';
import type { Encoder } from '../encoders/encoder.ts';
import type { PageServer } from '../page/server.ts';
import type { LaneSource } from '../read/lane-source.ts';
import type { Onlooker } from './drain.ts';

export interface LivePageOptions {
  readonly settings: ResolvedConfig['page'];
  readonly status: () => ControlStatus;
  readonly levels: LevelControl;
  readonly encoderOf: (source: LaneSource) => Encoder;
  readonly onlook: (onlooker: Onlooker | undefined) => void;
}

export class LivePage implements PageControl {
  readonly #options: LivePageOptions;
  #opening: Promise<PageServer> | undefined;
  #server: PageServer | undefined;
  #isClosed = false;

  constructor(options: LivePageOptions) {
    this.#options = options;
  }

  /** Rejects when the address cannot be had. */
  async open(): Promise<PageAnswer> {
    this.#opening ??= this.#open();
    try {
      const server = await this.#opening;
      return { url: server.url };
    } catch (error) {
      this.#opening = undefined;
      throw error;
    }
  }

  close(): PageAnswer {
    this.#options.onlook(undefined);
    this.#server?.close();
    this.#server = undefined;
    this.#opening = undefined;
    return {};
  }

  /** The end of the worker. */
  end(): void {
    this.#isClosed = true;
    this.close();
  }

  async #open(): Promise<PageServer> {
    const { settings, status, levels, encoderOf, onlook } = this.#options;
    // Loaded when it is asked for: no service pays for a page that nobody looks at.
    const [{ PageServer }, { LiveRecords }] = await Promise.all([import('../page/server.ts'), import('../page/live-records.ts')]);
    const records = new LiveRecords({ encoderOf });
    const { host, port = 0, token = randomBytes(32).toString('base64url'), allowedHosts } = settings;
    const server = await PageServer.open({ host, port, token, allowedHosts, status, levels, records });
    if (this.#isClosed) {
      server.close();
      throw new Error('The process is ending.');
    }
    this.#server = server;
    onlook(records);
    return server;
  }
}
