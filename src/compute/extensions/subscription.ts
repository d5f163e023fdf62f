/**
 * What an extension subscribed to, and what of it the events become.
 * https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api-reference.html and, for the older interface,
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-logs-api.html
 */
import type { PlatformEvent } from '../platformEvents.ts';
import { ExtensionsApiError } from './registry.ts';

export type SubscriptionApi = 'telemetry' | 'logs';
export type TelemetryType = 'platform' | 'function' | 'extension';

export interface Subscription {
  readonly api: SubscriptionApi;
  readonly schemaVersion: string;
  readonly types: readonly TelemetryType[];
  /** The path is that of HTTP; over TCP each event is a line. */
  readonly destination: { protocol: 'HTTP' | 'TCP'; port: number; path: string; method: 'POST' | 'PUT' };
  readonly buffering: Buffering;
}

interface Buffering {
  readonly maxItems: number;
  /** Bytes. */
  readonly maxBytes: number;
  /** Milliseconds. */
  readonly timeoutMs: number;
}

/** “Lambda reserves port 9001.” */
const reservedPort = 9001;
const hosts = new Set(['sandbox', 'sandbox.local', 'sandbox.localdomain']);
const typesKnown: readonly string[] = ['platform', 'function', 'extension'];
const versions: Readonly<Record<SubscriptionApi, readonly string[]>> = {
  telemetry: ['2022-07-01', '2022-12-13', '2025-01-29'],
  logs: ['2020-08-15', '2021-03-18'],
};
/** Smallest, largest, and what is taken when nothing is said; the two interfaces differ in the number of items. */
const bounds = {
  maxItems: { min: 1000, max: 10_000, usual: { telemetry: 1000, logs: 10_000 } },
  maxBytes: { min: 262_144, max: 1_048_576, usual: { telemetry: 262_144, logs: 262_144 } },
  timeoutMs: { min: 25, max: 30_000, usual: { telemetry: 1000, logs: 1000 } },
} as const;

/** @param body of the Subscribe request. @throws ExtensionsApiError that names all that is wrong with it. */
export function parseSubscription(api: SubscriptionApi, body: Buffer): Subscription {
  const errorType = api === 'logs' ? 'Logs.ValidationError' : 'ValidationError';
  const problems: string[] = [];
  let input: Record<string, unknown> = {};
  try {
    input = membersOf(JSON.parse(body.toString('utf8')));
  } catch {
    throw new ExtensionsApiError(errorType, 'Request body is not valid JSON', 400);
  }
  const schemaVersion = input.schemaVersion ?? (api === 'logs' ? '2020-08-15' : undefined);
  if (typeof schemaVersion !== 'string') problems.push('schemaVersion is required');
  else if (!versions[api].includes(schemaVersion))
    problems.push(`schemaVersion ${schemaVersion} is not supported`);
  const destination = destinationOf(membersOf(input.destination), problems);
  const types = Array.isArray(input.types) ? input.types : [];
  if (types.length === 0) problems.push('types should not be empty');
  for (const type of types) {
    if (!typesKnown.includes(type as string)) problems.push(`type ${String(type)} is not supported`);
  }
  const buffering = bufferingOf(api, membersOf(input.buffering), problems);
  if (problems.length > 0) throw new ExtensionsApiError(errorType, problems.join('; '), 400);
  return {
    api,
    schemaVersion: schemaVersion as string,
    types: [...new Set(types as TelemetryType[])],
    destination,
    buffering,
  };
}

function destinationOf(input: Record<string, unknown>, problems: string[]): Subscription['destination'] {
  const { protocol, URI: uri, port, method = 'POST' } = input;
  const destination = { protocol: 'HTTP', port: 0, path: '/', method: 'POST' } as Subscription['destination'];
  if (protocol === 'TCP') {
    if (!isPort(port)) problems.push('TCP port is not provided');
    return { ...destination, protocol, port: Number(port) };
  }
  if (protocol !== 'HTTP') {
    problems.push('protocol should be HTTP or TCP');
    return destination;
  }
  if (method !== 'POST' && method !== 'PUT') problems.push('method should be POST or PUT');
  const url = typeof uri === 'string' && URL.canParse(uri) ? new URL(uri) : undefined;
  if (!url) problems.push('URI is not provided');
  else if (url.protocol !== 'http:') problems.push('URI scheme should be http');
  else if (!hosts.has(url.hostname)) problems.push('URI host should be sandbox.localdomain');
  // A URL doesn't tell the port that goes without saying from none at all.
  else if (url.port === '' && !/^http:\/\/[^/]+:80(\/|$)/.test(uri as string)) {
    problems.push('URI port is not provided');
  } else if (!isPort(Number(url.port || 80))) problems.push(`URI port ${url.port} is reserved`);
  return {
    ...destination,
    port: Number(url?.port || 80),
    path: url ? `${url.pathname}${url.search}` : '/',
    method: method === 'PUT' ? 'PUT' : 'POST',
  };
}

function isPort(port: unknown): boolean {
  return Number.isInteger(port) && Number(port) > 0 && Number(port) < 65_536 && port !== reservedPort;
}

function bufferingOf(api: SubscriptionApi, input: Record<string, unknown>, problems: string[]): Buffering {
  const take = (name: keyof typeof bounds): number => {
    const { min, max, usual } = bounds[name];
    const value = input[name] ?? usual[api];
    if (Number.isInteger(value) && Number(value) >= min && Number(value) <= max) return Number(value);
    problems.push(`buffering.${name} should be between ${min} and ${max}`);
    return usual[api];
  };
  return { maxItems: take('maxItems'), maxBytes: take('maxBytes'), timeoutMs: take('timeoutMs') };
}

function membersOf(value: unknown): Record<string, unknown> {
  return value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : {};
}

/** The event as this subscription's schema has it; undefined for one that it doesn't know. */
export function platformRecord(
  subscription: Subscription,
  time: number,
  { type, record }: PlatformEvent,
): string | undefined {
  if (subscription.api === 'telemetry') {
    if (type === 'platform.end' || type === 'platform.fault') return undefined;
    return written(time, type, record);
  }
  const { requestId, version, status, metrics } = membersOf(record);
  switch (type) {
    case 'platform.start':
      return written(time, type, { requestId, version });
    case 'platform.report':
      return written(time, type, { requestId, metrics });
    case 'platform.runtimeDone':
      if (subscription.schemaVersion === '2020-08-15') return undefined;
      return written(time, type, { requestId, status: status === 'error' ? 'failure' : status });
    case 'platform.end':
    case 'platform.fault':
    case 'platform.extension':
    case 'platform.logsSubscription':
    case 'platform.logsDropped':
      return written(time, type, record);
    default:
      return undefined;
  }
}

/** @param isJson the function's log format: what is JSON then stays JSON, since the schema of 2022-12-13. */
export function lineRecord(
  { api, schemaVersion }: Subscription,
  time: number,
  kind: 'function' | 'extension',
  message: string,
  isJson: boolean,
): string {
  if (isJson && api === 'telemetry' && schemaVersion !== '2022-07-01' && message.startsWith('{')) {
    try {
      return written(time, kind, JSON.parse(message));
    } catch {
      // A line that only looks like it.
    }
  }
  return written(time, kind, message);
}

function written(time: number, type: string, record: unknown): string {
  return JSON.stringify({ time: new Date(time).toISOString(), type, record });
}
