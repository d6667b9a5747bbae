/**
 * What a logger asks of the metrics half.
 */
import type { Tags } from '../record.ts';

export interface Meter {
  counter(name: string, value?: number, tags?: Tags): void;
  metric(name: string, value: number, tags?: Tags): void;
}
