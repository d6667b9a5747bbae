// SVG as text: elements, escaping, coordinates short enough to be committed.

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export const COLOURS = [
  '#5B8F4B',
  '#C99700',
  '#3C9BB0',
  '#D9702B',
  '#C93C32',
  '#1F6FB5',
  '#A5399A',
  '#6A5799',
  '#3F6B34',
  '#8A6D00',
];
export const INK = '#24292e';
export const FAINT = '#8b949e';
export const GRID = '#e4e7ea';
export const FONT_PX = 11;
/** Mean width of a character of the font below, in pixels: SVG cannot measure text while it is written. */
const CHARACTER_PX = 6;

export function element(name: string, attributes: Readonly<Record<string, string | number>>, content = ''): string {
  const text = Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? round(value) : escapeXml(value)}"`)
    .join('');
  return content === '' ? `<${name}${text}/>` : `<${name}${text}>${content}</${name}>`;
}

export interface TextStyle {
  readonly colour?: string;
  readonly size?: number;
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly bold?: boolean;
  /** Cut with … beyond this. */
  readonly widthPx?: number;
}

export function text(
  x: number,
  y: number,
  content: string,
  { colour = INK, size = FONT_PX, anchor = 'start', bold = false, widthPx }: TextStyle = {},
): string {
  const style: Record<string, string | number> = { x, y, fill: colour };
  if (size !== FONT_PX) style['font-size'] = size;
  if (anchor !== 'start') style['text-anchor'] = anchor;
  if (bold) style['font-weight'] = 'bold';
  return element(
    'text',
    style,
    escapeXml(widthPx === undefined ? content : cut(content, (widthPx / CHARACTER_PX) * (FONT_PX / size))),
  );
}

export function line(
  x1: number,
  y1: number,
  x2: number,
  y2: number,
  colour: string,
  extra: Readonly<Record<string, string | number>> = {},
): string {
  return element('line', { x1, y1, x2, y2, stroke: colour, ...extra });
}

export function rectangle(
  { x, y, width, height }: Box,
  fill: string,
  extra: Readonly<Record<string, string | number>> = {},
): string {
  return element('rect', { x, y, width, height, fill, ...extra });
}

export function polyline(points: readonly (readonly [number, number])[], colour: string): string {
  const list = points.map(([x, y]) => `${round(x)},${round(y)}`).join(' ');
  return element('polyline', { points: list, fill: 'none', stroke: colour, 'stroke-width': 1.3 });
}

export function polygon(points: readonly (readonly [number, number])[], fill: string): string {
  return element('polygon', { points: points.map(([x, y]) => `${round(x)},${round(y)}`).join(' '), fill, 'fill-opacity': 0.55 });
}

export function document(width: number, height: number, title: string, content: string): string {
  const font = 'ui-sans-serif, system-ui, "Segoe UI", Helvetica, Arial, sans-serif';
  return `${element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      'font-family': font,
      'font-size': FONT_PX,
    },
    `<title>${escapeXml(title)}</title>${rectangle({ x: 0, y: 0, width, height }, '#f6f8fa')}${content}`,
  )}\n`;
}

function cut(content: string, characters: number): string {
  return content.length <= characters ? content : `${content.slice(0, Math.max(1, Math.floor(characters) - 1))}…`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escapeXml(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
