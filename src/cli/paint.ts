/**
 * Colours, where the stream shows them: `NO_COLOR`, `FORCE_COLOR` and pipes are heeded by `node:util`.
 */
import { styleText } from 'node:util';

export type Style = 'bold' | 'dim' | 'red' | 'yellow' | 'green' | 'cyan';

export type Paint = (style: Style, text: string) => string;

export function paintFor(stream: NodeJS.WritableStream): Paint {
  return (style, text) => styleText(style, text, { stream });
}
