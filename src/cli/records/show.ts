/**
 * How a matching line is shown: as the console backend would have printed the record, or as it stands in the file.
 */

import { styleText } from 'node:util';
import { textLine } from '../../encoders/text/record.ts';
import { visibleText } from '../../encoders/text/visible-text.ts';
import type { OptionSpecs, Values } from '../command.ts';
import { recordOf } from './log-line.ts';
import type { Match } from './matches.ts';

export const SHOW_OPTIONS: OptionSpecs = {
  json: { type: 'boolean', help: 'print the lines unchanged, as JSON' },
  date: { type: 'boolean', short: 'd', help: 'print the date and the offset from UTC with the time' },
};

/** The text of a match, with its newline. */
export type Show = (match: Match) => string;

export function showFor(values: Values, stream: NodeJS.WritableStream): Show {
  if (values.json) return ({ text }) => `${text}\n`;
  // NO_COLOR, FORCE_COLOR and pipes are heeded by node:util.
  const options = { colored: styleText('red', 'x', { stream }) !== 'x', date: values.date === true };
  return ({ text, line }) => {
    if (line === undefined) return `${visibleText(text)}\n`;
    if (line.timeUnixNanos === undefined && line.logger === '' && !('msg' in line.members)) return `${visibleText(text)}\n`;
    return textLine(recordOf(line), options);
  };
}
