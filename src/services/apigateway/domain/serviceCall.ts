/**
 * AWS integrations: which operation of which service an integration's URI and body mean.
 * https://docs.aws.amazon.com/apigateway/latest/api/API_Integration.html#apigw-Type-Integration-uri
 */

export interface ServiceCall {
  /** As the URI names it: `dynamodb`, `sqs`, `states`. */
  service: string;
  operation: string;
  input: Record<string, unknown>;
  region: string;
}

/** Members that the JSON protocols carry as base64. */
const blobMembers: Readonly<Record<string, ReadonlySet<string>>> = {
  dynamodb: new Set(['B', 'BS']),
  kinesis: new Set(['Data']),
  firehose: new Set(['Data']),
  kms: new Set(['Plaintext', 'CiphertextBlob']),
};

/** @returns undefined when the URI isn't `…:{service}:action/{Action}`, or the body isn't what such a call takes. */
export function readServiceCall(uri: string, body: string, contentType: string): ServiceCall | undefined {
  const match = /^arn:[^:]+:apigateway:([^:]+):([^:]+):(action|path)\/(.+)$/.exec(uri);
  if (!match) return undefined;
  const [, region = '', service = '', kind, rest = ''] = match;
  const form = contentType.startsWith('application/x-www-form-urlencoded') || /^Action=/.test(body);
  if (form) {
    const { Action, Version: _, ...parameters } = Object.fromEntries(new URLSearchParams(body));
    const operation = kind === 'action' ? rest.split('&')[0] : Action;
    if (!operation) return undefined;
    const queue = kind === 'path' && service === 'sqs' ? { QueueName: rest.split('/').at(-1) } : {};
    return { service, operation, region, input: { ...parameters, ...queue } };
  }
  if (kind !== 'action') return undefined;
  const input = parseObject(body);
  if (!input) return undefined;
  const blobs = blobMembers[service];
  return { service, operation: rest, region, input: blobs ? withBlobs(input, blobs) : input };
}

function parseObject(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = body.trim() === '' ? {} : JSON.parse(body);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function withBlobs(value: Record<string, unknown>, blobs: ReadonlySet<string>): Record<string, unknown> {
  const read = (entry: unknown, isBlob: boolean): unknown => {
    if (typeof entry === 'string') return isBlob ? Buffer.from(entry, 'base64') : entry;
    if (Array.isArray(entry)) return entry.map((element) => read(element, isBlob));
    return typeof entry === 'object' && entry !== null
      ? withBlobs(entry as Record<string, unknown>, blobs)
      : entry;
  };
  return Object.fromEntries(
    Object.entries(value).map(([name, entry]) => [name, read(entry, blobs.has(name))]),
  );
}

/** An output as the JSON protocols write it: bytes in base64, times in seconds, no `$metadata`. */
export function serviceOutput(output: unknown): string {
  return JSON.stringify(plain(output)) ?? '{}';
}

function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof Date) return value.getTime() / 1000;
  if (value instanceof Set) return [...value].map(plain);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([name]) => name !== '$metadata');
  return Object.fromEntries(members.map(([name, entry]) => [name, plain(entry)]));
}
