/**
 * The canonical request of Signature Version 4.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import { hash } from 'node:crypto';

/** What is signed of a request. Names in `headers` are in lower case; `rawHeaders` keeps order and repetition. */
export interface SignedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly rawHeaders: readonly string[];
}

export interface PathRules {
  /** Dot segments and repeated slashes are resolved. Every service but S3. */
  readonly normalise: boolean;
  /** The path, already percent-encoded, is encoded once more. Every service but S3. */
  readonly encodeTwice: boolean;
}

const plainPath: PathRules = { normalise: true, encodeTwice: true };
const s3Path: PathRules = { normalise: false, encodeTwice: false };

export function pathRulesOf(signingName: string): PathRules {
  return signingName.startsWith('s3') ? s3Path : plainPath;
}

export function canonicalRequest(
  request: SignedRequest,
  signedHeaders: string,
  payloadHash: string,
  rules: PathRules,
  isPresignExcluded?: (name: string) => boolean,
): string {
  let headers = '';
  for (const name of namesIn(signedHeaders)) headers += `${name}:${canonicalHeader(request, name)}\n`;
  const path = canonicalPath(request.path, rules);
  const query = canonicalQuery(request.query, isPresignExcluded);
  return `${request.method}\n${path}\n${query}\n${headers}\n${signedHeaders}\n${payloadHash}`;
}

/** Lists of signed headers, by their text: a client signs the same ones again and again. Bounded, since clients choose them. */
const knownLists = new Map<string, readonly string[]>();
const knownListsMax = 200;

function namesIn(signedHeaders: string): readonly string[] {
  const known = knownLists.get(signedHeaders);
  if (known) return known;
  if (signedHeaders.length > listCharactersMax) return signedHeaders.split(';');
  // A copy: what is cut out of a request's head would keep all of that.
  const list = Buffer.from(signedHeaders).toString();
  const names = list.split(';');
  if (knownLists.size >= knownListsMax) knownLists.clear();
  knownLists.set(list, names);
  return names;
}

/** Of a list that is kept. */
const listCharactersMax = 1_000;

export function sha256Hex(data: string | Uint8Array): string {
  return hash('sha256', data, 'hex');
}

/** SHA-256 of nothing. */
export const emptyHash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

export function canonicalPath(path: string, rules: PathRules): string {
  if (path === '/' || path === '') return '/';
  const resolved = rules.normalise ? resolveDots(path) : path;
  return rules.encodeTwice ? encodeOnce(resolved, true) : normaliseEncoding(resolved, true);
}

export function canonicalQuery(query: string, isExcluded?: (name: string) => boolean): string {
  if (query === '') return '';
  const parameters: [name: string, value: string][] = [];
  for (const part of query.split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const name = normaliseEncoding(equals < 0 ? part : part.slice(0, equals), false);
    if (isExcluded?.(name)) continue;
    parameters.push([name, equals < 0 ? '' : normaliseEncoding(part.slice(equals + 1), false)]);
  }
  parameters.sort(([a, x], [b, y]) => (a < b ? -1 : a > b ? 1 : x < y ? -1 : x > y ? 1 : 0));
  return parameters.map(([name, value]) => `${name}=${value}`).join('&');
}

const spaces = /\s+/g;
const needsTrim = /^\s|\s\s|[\t\r\n]|\s$/;

function canonicalHeader(request: SignedRequest, name: string): string {
  const field: unknown = request.headers[name];
  // What a plain object inherits is no text.
  const value = typeof field === 'string' ? field : '';
  // Only a value with ', ' (or a cookie) can have been joined from several fields; AWS joins with a bare comma.
  const joined =
    value.includes(', ') || name === 'cookie' ? valuesOf(request.rawHeaders, name).join(',') : value;
  return needsTrim.test(joined) ? joined.trim().replace(spaces, ' ') : joined;
}

function valuesOf(rawHeaders: readonly string[], name: string): string[] {
  const values: string[] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (rawHeaders[i]?.toLowerCase() === name) {
      values.push((rawHeaders[i + 1] ?? '').trim().replace(spaces, ' '));
    }
  }
  return values;
}

/** RFC 3986 section 5.2.4, and repeated slashes as one. A trailing slash stays. */
function resolveDots(path: string): string {
  if (!path.includes('//') && !path.includes('/.')) return path;
  const kept: string[] = [];
  const segments = path.split('/');
  for (const segment of segments) {
    if (segment === '..') kept.pop();
    else if (segment !== '' && segment !== '.') kept.push(segment);
  }
  const last = segments.at(-1);
  const isFolder = last === '' || last === '.' || last === '..';
  return kept.length === 0 ? '/' : `/${kept.join('/')}${isFolder ? '/' : ''}`;
}

const unreservedPath = /^[A-Za-z0-9\-_.~/]*$/;
const unreservedPart = /^[A-Za-z0-9\-_.~]*$/;
const reservedByAws = /[!'()*]/g;

/** Percent-encodes every byte but RFC 3986's unreserved characters (and the slash, in a path). */
export function encodeOnce(text: string, isPath = false): string {
  if ((isPath ? unreservedPath : unreservedPart).test(text)) return text;
  const encoded = encodeURIComponent(text.toWellFormed()).replace(reservedByAws, hexOf);
  return isPath ? encoded.replaceAll('%2F', '/') : encoded;
}

/** Decodes and encodes again in one pass, byte-wise, so that escapes which aren't UTF-8 keep their bytes. */
export function normaliseEncoding(text: string, isPath: boolean): string {
  if ((isPath ? unreservedPath : unreservedPart).test(text)) return text;
  return text.toWellFormed().replace(/%[0-9A-Fa-f]{2}|[^A-Za-z0-9\-_.~]/gu, (found) => {
    if (found.length === 3 && found[0] === '%') {
      const character = String.fromCharCode(Number.parseInt(found.slice(1), 16));
      return unreservedPart.test(character) ? character : found.toUpperCase();
    }
    if (found === '/' && isPath) return found;
    // A bare plus in a query is a space, written by a client that encodes as forms do and signs %20.
    if (found === '+' && !isPath) return '%20';
    return encodeURIComponent(found).replace(reservedByAws, hexOf);
  });
}

function hexOf(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
