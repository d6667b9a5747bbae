/**
 * Directives of a format string that take an argument, as `util.format` finds them: `%s`, `%d` and so on, but for `%%`.
 */
const DIRECTIVES = /%[sdifjoOc%]/g;

/** In their order; each takes one argument, as long as there are some. */
export function directivesIn(template: string): readonly string[] {
  return template.match(DIRECTIVES)?.filter((each) => each !== '%%') ?? [];
}
