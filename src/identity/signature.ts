/** Reading what a request says of its signature, in the Authorization header or in the query string. */
import type { SignedRequest } from './canonical.ts';
import { authenticationError, type ErrorFamily } from './errors.ts';

/** The claim alone: enough to route a request and to look its key up. */
export interface CredentialScope {
  readonly by: 'header' | 'query';
  readonly accessKeyId: string;
  /** `20150830`. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

export interface Signature extends CredentialScope {
  /** As sent, joined with semicolons. */
  readonly signedHeaders: string;
  /** 64 hexadecimal digits. */
  readonly signature: string;
  /** `20150830T123600Z`. */
  readonly timestamp: string;
  /** Milliseconds since the epoch. */
  readonly signedAt: number;
  readonly expiresSeconds?: number;
}

const algorithm = 'AWS4-HMAC-SHA256';
const headerPrefix = 'AWS4-HMAC-SHA256 ';
/** https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html: seven days. */
const expiresSecondsMax = 604_800;

/** @returns undefined when the request carries no (readable) SigV4 credential; it never throws. */
export function readCredentialScope(
  headers: Readonly<Record<string, string>>,
  query: string,
): CredentialScope | undefined {
  const authorization = headers.authorization;
  if (authorization !== undefined) {
    if (!authorization.startsWith('AWS4-')) return undefined;
    const start = authorization.indexOf('Credential=');
    if (start < 0) return undefined;
    let end = authorization.indexOf(',', start);
    if (end < 0) end = authorization.length;
    return scopeOf('header', authorization.slice(start + 11, end).trim());
  }
  if (query === '' || !query.includes('X-Amz-Credential=')) return undefined;
  const credential = queryParameter(query, 'X-Amz-Credential');
  return credential === undefined ? undefined : scopeOf('query', credential);
}

/** The key of a signature version 2, which is read to tell who asks and never verified. */
export interface Version2Claim {
  readonly accessKeyId: string;
  readonly sessionToken: string | undefined;
}

/**
 * `Authorization: AWS key:signature`, and S3's presigned URLs as boto3 makes them unless told otherwise: `AWSAccessKeyId`,
 * `Signature` and `Expires`. https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html
 */
export function readVersion2Claim(request: SignedRequest, family: ErrorFamily): Version2Claim | undefined {
  const { headers, query } = request;
  if (headers.authorization !== undefined) {
    const accessKeyId = /^AWS ([^:\s]+):/.exec(headers.authorization)?.[1];
    return accessKeyId === undefined
      ? undefined
      : { accessKeyId, sessionToken: headers['x-amz-security-token'] };
  }
  if (family !== 's3' || !query.includes('AWSAccessKeyId=')) return undefined;
  const accessKeyId = queryParameter(query, 'AWSAccessKeyId');
  if (!accessKeyId || queryParameter(query, 'Signature') === undefined) return undefined;
  return { accessKeyId, sessionToken: queryParameter(query, 'x-amz-security-token') };
}

export function sessionTokenOf(request: SignedRequest, by: 'header' | 'query'): string | undefined {
  return by === 'header'
    ? request.headers['x-amz-security-token']
    : (queryParameter(request.query, 'X-Amz-Security-Token') ?? request.headers['x-amz-security-token']);
}

/** @throws AwsError when the signature is incomplete, in the words of the service's family. */
export function readSignature(
  request: SignedRequest,
  scope: CredentialScope,
  family: ErrorFamily,
): Signature {
  return scope.by === 'header' ? fromHeader(request, scope, family) : fromQuery(request, scope, family);
}

function fromHeader(request: SignedRequest, scope: CredentialScope, family: ErrorFamily): Signature {
  const authorization = request.headers.authorization ?? '';
  if (!authorization.startsWith(headerPrefix)) throw authenticationError(family, 'unsupported');
  const signedHeaders = authorizationPart(authorization, 'SignedHeaders=');
  const signature = authorizationPart(authorization, 'Signature=');
  const sentDate = request.headers['x-amz-date'] ?? request.headers.date;
  if (signedHeaders === undefined || signature === undefined || sentDate === undefined) {
    const lacks = [
      signature === undefined ? "Authorization header requires 'Signature' parameter." : '',
      signedHeaders === undefined ? "Authorization header requires 'SignedHeaders' parameter." : '',
      sentDate === undefined
        ? "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
        : '',
    ];
    throw authenticationError(family, 'incomplete', lacks.filter(Boolean).join(' '));
  }
  const timestamp = compactDate(sentDate);
  const signedAt = timestamp === undefined ? Number.NaN : parseCompactDate(timestamp);
  if (timestamp === undefined || Number.isNaN(signedAt)) {
    throw authenticationError(
      family,
      'incomplete',
      `Date must be in ISO-8601 'basic format'. Got '${sentDate}'. See http://en.wikipedia.org/wiki/ISO_8601`,
    );
  }
  return { ...scope, signedHeaders, signature, timestamp, signedAt };
}

function fromQuery(request: SignedRequest, scope: CredentialScope, family: ErrorFamily): Signature {
  const read = (name: string) => queryParameter(request.query, name);
  const timestamp = read('X-Amz-Date');
  const signedHeaders = read('X-Amz-SignedHeaders');
  const signature = read('X-Amz-Signature');
  const expires = read('X-Amz-Expires') ?? (family === 's3' ? undefined : '900');
  if (read('X-Amz-Algorithm') !== algorithm) throw authenticationError(family, 'presignMalformed');
  if (!timestamp || !signedHeaders || !signature || expires === undefined) {
    throw authenticationError(family, 'presignMalformed');
  }
  const signedAt = parseCompactDate(timestamp);
  if (Number.isNaN(signedAt)) {
    throw authenticationError(
      family,
      'presignMalformed',
      "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"",
    );
  }
  const expiresSeconds = /^\d{1,9}$/.test(expires) ? Number(expires) : Number.NaN;
  if (Number.isNaN(expiresSeconds)) {
    throw authenticationError(family, 'presignMalformed', 'X-Amz-Expires should be a number');
  }
  if (expiresSeconds > expiresSecondsMax) {
    throw authenticationError(
      family,
      'presignMalformed',
      'X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds',
    );
  }
  return { ...scope, signedHeaders, signature, timestamp, signedAt, expiresSeconds };
}

function scopeOf(by: 'header' | 'query', credential: string): CredentialScope | undefined {
  // An access key id has no slash. SigV4a leaves the region out of its scope.
  const id = credential.indexOf('/');
  const date = credential.indexOf('/', id + 1);
  const region = credential.indexOf('/', date + 1);
  const service = credential.indexOf('/', region + 1);
  if (id < 1 || date < 0 || region < 0) return undefined;
  if (service < 0) {
    if (credential.slice(region + 1) !== 'aws4_request') return undefined;
    return {
      by,
      accessKeyId: credential.slice(0, id),
      date: credential.slice(id + 1, date),
      region: '',
      service: credential.slice(date + 1, region),
    };
  }
  if (credential.slice(service + 1) !== 'aws4_request') return undefined;
  return {
    by,
    accessKeyId: credential.slice(0, id),
    date: credential.slice(id + 1, date),
    region: credential.slice(date + 1, region),
    service: credential.slice(region + 1, service),
  };
}

function authorizationPart(authorization: string, name: string): string | undefined {
  // `Signature=` also ends no other name: `SignedHeaders=` and `Credential=` differ.
  const start = authorization.indexOf(name);
  if (start < 0) return undefined;
  let end = authorization.indexOf(',', start);
  if (end < 0) end = authorization.length;
  const value = authorization.slice(start + name.length, end).trim();
  return value === '' ? undefined : value;
}

/** The first value of a query parameter, decoded; undefined when absent or not decodable. */
export function queryParameter(query: string, name: string): string | undefined {
  const needle = `${name}=`;
  let start = query.startsWith(needle) ? 0 : query.indexOf(`&${needle}`);
  if (start < 0) return undefined;
  if (query[start] === '&') start++;
  let end = query.indexOf('&', start);
  if (end < 0) end = query.length;
  const value = query.slice(start + needle.length, end);
  if (!value.includes('%')) return value;
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}

/** `20150830T123600Z` from itself or from an RFC 1123 or extended ISO date. */
function compactDate(date: string): string | undefined {
  if (/^\d{8}T\d{6}Z$/.test(date)) return date;
  const time = Date.parse(date);
  return Number.isNaN(time) ? undefined : formatCompactDate(time);
}

let lastDate = '';
let lastTime = Number.NaN;

/** @returns milliseconds since the epoch, NaN when `text` isn't `yyyymmddThhmmssZ` or no real date. */
export function parseCompactDate(text: string): number {
  // Requests that come together were signed in the same second.
  if (text !== lastDate) {
    lastTime = readCompactDate(text);
    lastDate = text;
  }
  return lastTime;
}

function readCompactDate(text: string): number {
  if (!/^\d{8}T\d{6}Z$/.test(text)) return Number.NaN;
  return Date.parse(
    `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6, 11)}:${text.slice(11, 13)}:${text.slice(13)}`,
  );
}

export function formatCompactDate(time: number): string {
  return `${new Date(time).toISOString().replace(/[-:]/g, '').slice(0, 15)}Z`;
}
