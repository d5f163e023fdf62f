/** Requests by Host header, as a resolver that knows the cloud's names would send them; and what a browser makes of them. */
import { request } from 'node:http';

export interface HostAnswer {
  status: number;
  headers: Headers;
  text: string;
}

/** @param url its host goes into the Host header; the request itself goes to `endpoint`. */
export function fetchAs(
  endpoint: string,
  url: string,
  init: { method?: string; headers?: Record<string, string>; body?: string | undefined } = {},
): Promise<HostAnswer> {
  const { host, pathname, search } = new URL(url);
  const at = new URL(endpoint);
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: at.hostname,
        port: at.port,
        method: init.method ?? 'GET',
        path: pathname + search,
        headers: { ...init.headers, host },
      },
      async (answer) => {
        const headers = new Headers();
        for (let at = 0; at < answer.rawHeaders.length; at += 2) {
          headers.append(answer.rawHeaders[at] as string, answer.rawHeaders[at + 1] as string);
        }
        const parts: Buffer[] = [];
        for await (const part of answer) parts.push(part as Buffer);
        resolve({ status: answer.statusCode ?? 0, headers, text: Buffer.concat(parts).toString() });
      },
    );
    sent.on('error', reject);
    sent.end(init.body);
  });
}

const simpleMethods = ['GET', 'HEAD', 'POST'];
const simpleHeaders = ['accept', 'accept-language', 'content-language'];
const simpleTypes = ['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain'];

export interface PageRequest {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  credentials?: 'include' | 'omit';
}

/**
 * `fetch` of a page of `origin`, by the rules of https://fetch.spec.whatwg.org/#http-cors-protocol: a preflight where
 * one is due, its checks, the check of the answer, and of the answer's headers only those that a script may read.
 * @throws TypeError as a browser does, when one of the checks fails.
 */
export async function fetchFromPage(
  endpoint: string,
  origin: string,
  url: string,
  init: PageRequest = {},
): Promise<HostAnswer> {
  const { method = 'GET', headers = {}, credentials = 'omit', body } = init;
  const unsafe = Object.entries(headers)
    .filter(([name, value]) => !isSafelisted(name.toLowerCase(), value))
    .map(([name]) => name.toLowerCase())
    .sort();
  if (!simpleMethods.includes(method) || unsafe.length > 0) {
    const preflight = await fetchAs(endpoint, url, {
      method: 'OPTIONS',
      headers: {
        accept: '*/*',
        origin,
        'access-control-request-method': method,
        ...(unsafe.length > 0 ? { 'access-control-request-headers': unsafe.join(',') } : {}),
      },
    });
    checkOrigin(preflight.headers, origin, credentials);
    if (preflight.status < 200 || preflight.status > 299) throw blocked('the preflight is not ok');
    const methods = listOf(preflight.headers, 'access-control-allow-methods');
    const wildcard = credentials === 'omit';
    if (
      !simpleMethods.includes(method) &&
      !methods.includes(method) &&
      !(wildcard && methods.includes('*'))
    ) {
      throw blocked(`method ${method} is not allowed`);
    }
    const allowed = listOf(preflight.headers, 'access-control-allow-headers').map((name) =>
      name.toLowerCase(),
    );
    for (const name of unsafe) {
      const any = wildcard && allowed.includes('*') && name !== 'authorization';
      if (!allowed.includes(name) && !any) throw blocked(`header ${name} is not allowed`);
    }
  }
  const answer = await fetchAs(endpoint, url, { method, headers: { ...headers, origin }, body });
  checkOrigin(answer.headers, origin, credentials);
  const exposed = listOf(answer.headers, 'access-control-expose-headers').map((name) => name.toLowerCase());
  const always = [
    'cache-control',
    'content-language',
    'content-length',
    'content-type',
    'expires',
    'last-modified',
  ];
  const seen = new Headers();
  for (const [name, value] of answer.headers) {
    if (
      always.includes(name) ||
      exposed.includes(name) ||
      (credentials === 'omit' && exposed.includes('*'))
    ) {
      seen.append(name, value);
    }
  }
  return { ...answer, headers: seen };
}

function isSafelisted(name: string, value: string): boolean {
  if (name === 'content-type') return simpleTypes.includes((value.split(';')[0] ?? '').trim().toLowerCase());
  return simpleHeaders.includes(name);
}

function checkOrigin(headers: Headers, origin: string, credentials: 'include' | 'omit'): void {
  const allowed = headers.get('access-control-allow-origin');
  if (credentials === 'omit' && allowed === '*') return;
  if (allowed !== origin) throw blocked(`origin ${origin} is not allowed (${allowed})`);
  if (credentials === 'include' && headers.get('access-control-allow-credentials') !== 'true') {
    throw blocked('credentials are not allowed');
  }
}

function listOf(headers: Headers, name: string): string[] {
  return (headers.get(name) ?? '').split(',').map((entry) => entry.trim());
}

function blocked(why: string): TypeError {
  return new TypeError(`Failed to fetch: ${why}`);
}
