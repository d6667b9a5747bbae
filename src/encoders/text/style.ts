/**
 * Columns and colours of text lines.
 */

import { LEVEL_FACTS } from '../../record.ts';

export interface TextLinesOptions {
  /** ANSI colours. */
  readonly colored: boolean;
  /** Date and offset from UTC beside the time of day. */
  readonly date: boolean;
}

/** Columns up to which shorter logger names and messages are padded, so that the parts behind them are aligned. */
export const LOGGER_COLUMNS = 24;
export const MESSAGE_COLUMNS = 28;

/** The text before and after each part of a line. */
export interface TextStyle {
  readonly dim: string;
  readonly logger: string;
  readonly levels: readonly string[];
  readonly audit: string;
  readonly reset: string;
}

const PLAIN: TextStyle = { dim: '', logger: '', levels: LEVEL_FACTS.map(() => ''), audit: '', reset: '' };

const COLORED: TextStyle = {
  dim: '\u001b[2m',
  logger: '\u001b[36m',
  levels: LEVEL_FACTS.map(({ color }) => `\u001b[${color}m`),
  audit: '\u001b[35m',
  reset: '\u001b[0m',
};

export function textStyle(colored: boolean): TextStyle {
  return colored ? COLORED : PLAIN;
}
