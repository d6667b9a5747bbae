/**
 * The push gateway backend: the same page that a scrape would get, sent to a Prometheus Pushgateway, for processes that live too briefly to be scraped.
 *
 * Each push replaces all metrics of the group (`PUT`), so a push that failed is replaced by the next. The gateway keeps a group until it is deleted: services
 * that are scraped should not push, and `deleteOnShutdown` is for processes whose last values are not needed after their end.
 */
import { errorText } from '../../common/error-text.ts';
import { beginningOf } from '../../common/http/answer-text.ts';
import { percentDecoded } from '../../common/http/percent-decoded.ts';
import { maskSecrets } from '../../common/mask-secrets.ts';
import { oneLine } from '../../common/one-line.ts';
import { untraced } from '../../common/untraced.ts';
import type { Outcome } from '../../contract/backend.ts';
import { SUCCESS } from '../../contract/backend.ts';
import type { MetricsAccount, MetricsBackend } from '../../contract/metrics-backend.ts';
import { unixMillis } from '../../time/clock.ts';
import { MetricsSchedule } from '../metrics-schedule.ts';
import { retryAfterMillis } from '../otlp/retry-after.ts';
import { CONTENT_TYPES } from '../prometheus/formats.ts';
import { secretsOf } from '../request-secrets.ts';

/** A gateway in the same network answers within milliseconds. */
const DEFAULT_PUSH_TIMEOUT_MILLIS = 5_000;
/** Characters of a gateway's answer that are passed on. */
const MAX_ANSWER = 300;
/** Bytes of it that are read: a gateway's own has some hundred. */
const MAX_ANSWER_BYTES = 65_536;

export interface PushGatewayOptions {
  /** For example `http://localhost:9091`. A path stays in front of `/metrics/job/…`; `user:password@` becomes basic authentication. */
  readonly url: string;
  readonly jobName: string;
  /** Label `instance` of the group. Processes of one job that push at the same time need different ones. */
  readonly instance?: string;
  /** Makes the page. */
  readonly page: () => Promise<string>;
  readonly intervalMillis: number;
  /** Of one request. Default {@link DEFAULT_PUSH_TIMEOUT_MILLIS}. */
  readonly timeoutMillis?: number;
  /** Deletes the group when the backend is closed, in place of a last push. */
  readonly deleteOnShutdown?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  readonly account: MetricsAccount;
}

export class PushGatewayBackend implements MetricsBackend {
  readonly #options: PushGatewayOptions;
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #schedule: MetricsSchedule;

  constructor(options: PushGatewayOptions) {
    this.#options = options;
    const base = new URL(options.url);
    const credentials = `${percentDecoded(base.username)}:${percentDecoded(base.password)}`;
    this.#headers = {
      ...(credentials !== ':' && { Authorization: `Basic ${Buffer.from(credentials).toString('base64')}` }),
      ...options.headers,
    };
    base.username = '';
    base.password = '';
    base.pathname =
      base.pathname.replace(/\/+$/, '') +
      groupPath({ job: options.jobName, ...(options.instance !== undefined && { instance: options.instance }) });
    this.#url = base.href;
    this.#schedule = new MetricsSchedule({
      intervalMillis: options.intervalMillis,
      attempt: () => this.#push(),
      account: options.account,
    });
  }

  async start(): Promise<void> {
    this.#schedule.start();
  }

  flush(isLast = false): Promise<boolean> {
    return isLast ? this.close() : this.#schedule.run();
  }

  /** The last push, or the deletion; each call makes one, for counts since the call before. */
  async close(): Promise<boolean> {
    await this.#schedule.stop();
    if (this.#options.deleteOnShutdown !== true) return this.#schedule.run();
    const outcome = await this.#request('DELETE', undefined);
    if (outcome.status !== 'success') this.#options.account.fail('failed', outcome.message ?? 'The group was not deleted.');
    return outcome.status === 'success';
  }

  async #push(): Promise<Outcome> {
    return this.#request('PUT', await this.#options.page());
  }

  async #request(method: 'PUT' | 'DELETE', body: string | undefined): Promise<Outcome> {
    try {
      const request: RequestInit = {
        method,
        headers: { ...this.#headers, ...(body !== undefined && { 'Content-Type': CONTENT_TYPES.text }) },
        ...(body !== undefined && { body }),
        redirect: 'manual',
        signal: AbortSignal.timeout(this.#options.timeoutMillis ?? DEFAULT_PUSH_TIMEOUT_MILLIS),
      };
      const answer = await untraced(() => fetch(this.#url, request));
      const text = await beginningOf(answer, MAX_ANSWER_BYTES);
      if (answer.ok) return SUCCESS;
      const location = answer.headers.get('location');
      const remedy = remedyFor(answer.status) + (location === null ? '' : ` (${this.#shown(location)})`);
      const message = `${this.#where}: HTTP ${answer.status}. ${this.#shown(text)} ${remedy}`.trim();
      if (answer.status !== 429 && answer.status < 500) return { status: 'failure', message };
      const afterMillis = retryAfterMillis(answer.headers.get('retry-after') ?? undefined, unixMillis());
      return { status: 'retryable', ...(afterMillis !== undefined && { afterMillis }), message };
    } catch (error) {
      const code = ((error as Error).cause as NodeJS.ErrnoException | undefined)?.code;
      const reason = code ?? errorText(error, { known: this.#secrets });
      return { status: 'retryable', message: `${this.#where}: ${reason}. ${networkRemedyFor(code ?? '')}` };
    }
  }

  #shown(text: string): string {
    return oneLine(maskSecrets(text, { known: this.#secrets }), MAX_ANSWER);
  }

  get #secrets(): readonly string[] {
    return secretsOf(this.#headers, this.#options.url);
  }

  /** The gateway's address, without credentials. */
  get #where(): string {
    return new URL(this.#url).origin;
  }
}

function remedyFor(status: number): string {
  if (status === 401 || status === 403)
    return 'Give user and password in front of the host in backends.prometheus.pushGatewayUrl.';
  if (status === 413) return "It is larger than a proxy in front of the gateway takes: raise the proxy's limit.";
  if (status === 404) return 'Is this a Pushgateway? Correct backends.prometheus.pushGatewayUrl.';
  return status >= 300 && status < 400
    ? 'Redirects are not followed: set backends.prometheus.pushGatewayUrl to the address it names, without /metrics/job/… at its end.'
    : '';
}

/** By the code of Node's error; empty where it has none. */
function networkRemedyFor(code: string): string {
  if (/^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_)/.test(code))
    return 'Start Node with NODE_EXTRA_CA_CERTS: it names a PEM file with the certificate to trust.';
  if (/^(?:CERT_|ERR_TLS_)/.test(code))
    return "Correct the gateway's certificate, or the host in backends.prometheus.pushGatewayUrl.";
  if (/^(?:EPROTO|ERR_SSL_)/.test(code)) return 'Check http or https in backends.prometheus.pushGatewayUrl.';
  return 'Start the gateway there, or correct backends.prometheus.pushGatewayUrl.';
}

/** Values that would not arrive as a segment of a path: an address parser removes `.` and `..`, and the segment in front of `..`. */
const NO_PATH_SEGMENT = /^\.{0,2}$|\//;

/** The group's path. Values that a path cannot hold are written in base64, as the gateway's interface defines. */
function groupPath(labels: Readonly<Record<string, string>>): string {
  const parts = Object.entries(labels).map(([label, value]) => {
    if (!NO_PATH_SEGMENT.test(value)) return `/${label}/${encodeURIComponent(value)}`;
    return `/${label}@base64/${value === '' ? '=' : Buffer.from(value).toString('base64url')}`;
  });
  return `/metrics${parts.join('')}`;
}
