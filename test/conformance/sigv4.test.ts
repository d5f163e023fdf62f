/** The public Signature Version 4 vectors: each signed request is accepted at its time, and refused once any part of it changed. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { canonicalRequest, emptyHash, type SignedRequest, sha256Hex } from '../../src/identity/canonical.ts';
import { presignQuery, signRequest } from '../../src/identity/index.ts';
import { readCredentialScope, readSignature } from '../../src/identity/signature.ts';
import { verifySignature } from '../../src/identity/sigv4.ts';

const folder = join(import.meta.dirname, '../../../shared/conformance/sigv4');
const isPresent = existsSync(folder);
const cases = isPresent ? readdirSync(folder) : [];

interface Context {
  credentials: { access_key_id: string; secret_access_key: string; token?: string };
  normalize: boolean;
  region: string;
  service: string;
  sign_body: boolean;
  timestamp: string;
  expiration_in_seconds: number;
  omit_session_token?: boolean;
}

it.runIf(process.env.CI)('has the vectors', () => expect(cases.length).toBe(38));

describe.skipIf(!isPresent)('SigV4 vectors (skipped: ../shared/conformance/sigv4 is absent)', () => {
  for (const name of cases) {
    for (const by of ['header', 'query'] as const) {
      it(`${name} by ${by}`, () => {
        const read = (file: string) => readFileSync(join(folder, name, file), 'utf8');
        const context = JSON.parse(read('context.json')) as Context;
        const request = parseHttp(read(`${by}-signed-request.txt`));
        const rules = { normalise: context.normalize, encodeTwice: true };
        const verify = (changed: SignedRequest & { body: string }, extra: { now?: number } = {}) => {
          const scope = readCredentialScope(changed.headers, changed.query);
          if (!scope) throw new Error('no credential');
          const signature = readSignature(changed, scope, 'rest');
          verifySignature(changed, signature, {
            secretAccessKey: context.credentials.secret_access_key,
            payloadHash: changed.body === '' ? emptyHash : sha256Hex(changed.body),
            family: 'rest',
            now: extra.now ?? Date.parse(context.timestamp),
            rules,
            tokenUnsigned: context.omit_session_token === true,
          });
          return signature;
        };
        const signature = verify(request);
        expect(signature.signature).toBe(read(`${by}-signature.txt`));
        expect(
          canonicalRequest(
            request,
            signature.signedHeaders,
            request.body === '' ? emptyHash : sha256Hex(request.body),
            rules,
            (parameter) =>
              parameter === 'X-Amz-Signature' ||
              (context.omit_session_token === true && parameter === 'X-Amz-Security-Token'),
          ),
        ).toBe(read(`${by}-canonical-request.txt`));

        for (const [what, changed] of Object.entries(tamper(request, by))) {
          expect(() => verify(changed), what).toThrow();
        }
        const now = Date.parse(context.timestamp);
        expect(() => verify(request, { now: now + 3_601_000 })).toThrow(/expired/);
        expect(() => verify(request, { now: now - 901_000 })).toThrow(/not yet current/);
      });
    }

    it(`${name} signed by our own signer`, () => {
      const read = (file: string) => readFileSync(join(folder, name, file), 'utf8');
      const context = JSON.parse(read('context.json')) as Context;
      const request = parseHttp(read('request.txt'));
      const options = {
        accessKeyId: context.credentials.access_key_id,
        secretAccessKey: context.credentials.secret_access_key,
        region: context.region,
        service: context.service,
        now: Date.parse(context.timestamp),
        rules: { normalise: context.normalize, encodeTwice: true },
        ...(context.credentials.token !== undefined && !context.omit_session_token
          ? { sessionToken: context.credentials.token }
          : {}),
      };
      const isRepeated = Object.values(request.headers).some((value) => value.includes(', '));
      if (!isRepeated) {
        const headers = signRequest(
          request,
          context.sign_body ? { ...options, payloadHash: sha256Hex(request.body) } : options,
        );
        expect(headers.authorization).toContain(`Signature=${read('header-signature.txt')}`);
        expect(
          presignQuery(request, { ...options, expiresSeconds: context.expiration_in_seconds }),
        ).toContain(`X-Amz-Signature=${read('query-signature.txt')}`);
      }
    });
  }
});

function tamper(request: SignedRequest & { body: string }, by: 'header' | 'query') {
  const header = (name: string, change: (value: string) => string) => ({
    ...request,
    headers: { ...request.headers, [name]: change(request.headers[name] ?? '') },
    rawHeaders: request.rawHeaders.map((text, i) =>
      i % 2 === 1 && request.rawHeaders[i - 1]?.toLowerCase() === name ? change(text) : text,
    ),
  });
  const claim = (from: string, to: string) =>
    by === 'header'
      ? header('authorization', (value) => value.replace(from, to))
      : {
          ...request,
          query: request.query.replace(from.replaceAll('/', '%2F'), to.replaceAll('/', '%2F')),
        };
  return {
    method: { ...request, method: 'DELETE' },
    path: { ...request, path: `${request.path}x` },
    query: { ...request, query: request.query === '' ? 'a=b' : `${request.query}&a=b` },
    host: header('host', (value) => `${value}.evil`),
    body: { ...request, body: `${request.body}x` },
    date:
      by === 'header'
        ? header('x-amz-date', () => '20150830T123601Z')
        : { ...request, query: request.query.replace('20150830T123600Z', '20150830T123601Z') },
    'scope date': claim('/20150830/', '/20150831/'),
    region: claim('/us-east-1/', '/us-west-1/'),
    service: claim('/service/', '/servicf/'),
    signature: claim('Signature=', 'Signature=0'),
  };
}

function parseHttp(text: string): SignedRequest & { body: string } {
  const [head = '', body = ''] = text.includes('\n\n')
    ? [text.slice(0, text.indexOf('\n\n')), text.slice(text.indexOf('\n\n') + 2)]
    : [text];
  const lines = head.split('\n').filter((line) => line !== '');
  const first = lines.shift() ?? '';
  const method = first.slice(0, first.indexOf(' '));
  const target = first.slice(first.indexOf(' ') + 1, first.lastIndexOf(' HTTP/'));
  const mark = target.indexOf('?');
  const rawHeaders: string[] = [];
  for (const line of lines) {
    if (/^\s/.test(line)) rawHeaders.push(`${rawHeaders.pop()}\n${line}`);
    else rawHeaders.push(line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1));
  }
  const headers: Record<string, string> = {};
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? '').toLowerCase();
    const value = (rawHeaders[i + 1] ?? '').trim();
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  }
  return {
    method,
    path: mark < 0 ? target : target.slice(0, mark),
    query: mark < 0 ? '' : target.slice(mark + 1),
    headers,
    rawHeaders,
    body,
  };
}
