/**
 * The formats of a page, and which one a scraper asks for.
 */

export type PageFormat = 'text' | 'openmetrics';

/** Prometheus 3 refuses answers without a valid one. */
export const CONTENT_TYPES: Readonly<Record<PageFormat, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/** The last line of a page in OpenMetrics: one without it has been cut off. */
export const OPEN_METRICS_END = '# EOF\n';

/** By an Accept header (RFC 9110, section 12.5.1). OpenMetrics only where it is named, and preferred no less than plain text. */
export function formatFor(accept: string | undefined): PageFormat {
  const weights = { text: 0, openmetrics: 0 };
  for (const offer of (accept ?? '').toLowerCase().split(',')) {
    const [type, ...parameters] = offer.split(';').map((part) => part.trim());
    const weight = weightOf(parameters);
    if (type === 'application/openmetrics-text' && isKnownVersion(parameters))
      weights.openmetrics = Math.max(weights.openmetrics, weight);
    else if (type === 'text/plain') weights.text = Math.max(weights.text, weight);
  }
  return weights.openmetrics > 0 && weights.openmetrics >= weights.text ? 'openmetrics' : 'text';
}

function weightOf(parameters: readonly string[]): number {
  const given = parameters.find((parameter) => parameter.startsWith('q='));
  const weight = given === undefined ? 1 : Number(given.slice(2));
  return weight >= 0 && weight <= 1 ? weight : 0;
}

/** 0.0.1 is what Prometheus named before 1.0.0 was final; both are the same. */
function isKnownVersion(parameters: readonly string[]): boolean {
  const version = parameters.find((parameter) => parameter.startsWith('version='));
  return version === undefined || ['version=1.0.0', 'version=0.0.1'].includes(version.replaceAll('"', ''));
}
