/**
 * The lines that a request leaves in its stage's execution log.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
 */
import { logEventBytesMax } from '../limits.ts';
import type { EffectiveSetting } from './methodSettings.ts';

export interface LogLine {
  timestamp: number;
  message: string;
}

type Values = Readonly<Record<string, string | readonly string[]>>;

export class ExecutionLog {
  readonly lines: LogLine[] = [];
  readonly #now: () => number;
  readonly #prefix: string;
  readonly #isInfo: boolean;
  readonly #isWhole: boolean;
  readonly #bytesMax: number;

  /** @param prefix stands before every line: `(request id) `. @param isWhole payloads and headers, too. */
  constructor(
    now: () => number,
    prefix: string,
    level: { info: boolean; data: boolean },
    bytesMax = logEventBytesMax,
  ) {
    this.#now = now;
    this.#prefix = prefix;
    this.#isInfo = level.info;
    this.#isWhole = level.data;
    this.#bytesMax = bytesMax;
  }

  info(text: string): void {
    if (this.#isInfo) this.#add(text);
  }

  error(text: string): void {
    this.#add(text);
  }

  /** "Data tracing": what went in and out. */
  data(label: string, value: string | Uint8Array): void {
    if (!this.#isWhole || !this.#isInfo) return;
    const text = typeof value === 'string' ? value : Buffer.from(value).toString();
    this.#add(`${label}: ${text.replaceAll(secretMembers, (_, lead, secret) => lead + masked(secret))}`);
  }

  /** Headers, query strings and path parameters, as Java prints maps, secrets masked. */
  values(label: string, values: Values): void {
    if (this.#isWhole && this.#isInfo) this.#add(`${label}: ${mapText(values)}`);
  }

  #add(text: string): void {
    const message = this.#prefix + text;
    const cut =
      message.length > this.#bytesMax ? `${message.slice(0, this.#bytesMax - 12)} [TRUNCATED]` : message;
    this.lines.push({ timestamp: this.#now(), message: cut });
  }
}

/** The log that a method's setting asks for; none when it is off. */
export function logFor(
  setting: EffectiveSetting | undefined,
  requestId: string,
  now: () => number,
): ExecutionLog | undefined {
  if (!setting || setting.loggingLevel === 'OFF') return undefined;
  const info = setting.loggingLevel === 'INFO';
  return new ExecutionLog(now, `(${requestId}) `, { info, data: setting.dataTraceEnabled });
}

const secrets = new Set(['authorization', 'x-api-key', 'x-amz-security-token', 'proxy-authorization']);

/** Headers within an event: `"Authorization":"…"`, alone or in a list. */
const secretMembers = new RegExp(`("(?:${[...secrets].join('|')})":\\[?")([^"]+)`, 'gi');

function mapText(values: Values): string {
  const parts = Object.entries(values).map(([name, value]) => {
    const text = typeof value === 'string' ? value : value.join(',');
    return `${name}=${secrets.has(name.toLowerCase()) ? masked(text) : text}`;
  });
  return `{${parts.join(', ')}}`;
}

/** "API Gateway redacts authorization headers, API key values, and similar": all but the last six characters. */
export function masked(secret: string): string {
  return secret.length <= 6 ? '*'.repeat(secret.length) : '*'.repeat(secret.length - 6) + secret.slice(-6);
}
