import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { Issuers } from './issuers.ts';

const servers: { close(): void }[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** Serves, and remembers what it was asked. */
async function serve(answer: (base: string) => RequestListener) {
  const asked: string[] = [];
  let listener: RequestListener | undefined;
  const server = createServer((request, response) => {
    asked.push(`${request.headers['x-brume-on-behalf'] ?? 'unmarked'} ${request.url}`);
    listener?.(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(server);
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  listener = answer(base);
  return { base, asked };
}

const key = (kid: string) => ({ kty: 'RSA', kid, n: 'AQAB', e: 'AQAB' });
const local = async () => undefined;

describe('an issuer that somebody made up', () => {
  it('leads the cloud nowhere by redirects, and its own control plane knows who sends it', async () => {
    const cloud = await serve(() => (_request, response) => response.end('{"keys":[]}'));
    const redirecting = await serve(() => (_request, response) => {
      response.writeHead(302, { location: `${cloud.base}/_brume/snapshot` }).end();
    });
    const issuers = new Issuers(local);
    expect(await issuers.keys(redirecting.base, 'a', 0)).toBeUndefined();
    expect(cloud.asked).toEqual([]);
    const naming = await serve(() => (_request, response) => {
      response.end(JSON.stringify({ jwks_uri: `${cloud.base}/_brume/audit` }));
    });
    await issuers.keys(naming.base, 'a', 0);
    expect(cloud.asked).toEqual(['true /_brume/audit']);
  });

  it('fills no memory, and crashes nothing with what is no document', async () => {
    for (const body of [
      `{"keys":[],"x":"${'x'.repeat(2 * 1024 * 1024)}"}`,
      'null',
      '[',
      '"keys"',
      '{"keys":1}',
    ]) {
      const issuer = await serve(() => (_request, response) => response.end(body));
      expect(await new Issuers(local).keys(issuer.base, 'a', 0)).toBeUndefined();
      expect(await new Issuers(local).keysAt(issuer.base, 'a', 0)).toBeUndefined();
    }
  });

  it('puts no keys in the place of those at an address of the same name', async () => {
    const other = await serve(() => (_request, response) => {
      response.end(JSON.stringify({ keys: [key('others')] }));
    });
    const host = await serve((base) => (request, response) => {
      const keys = [key('own')];
      const found = { jwks_uri: `${other.base}/`, keys };
      response.end(JSON.stringify(request.url === '/jwks' ? { keys } : { ...found, issuer: base }));
    });
    const issuers = new Issuers(local);
    expect(await issuers.keys(`${host.base}/jwks`, 'others', 0)).toMatchObject([{ kid: 'others' }]);
    expect(await issuers.keysAt(`${host.base}/jwks`, 'others', 0)).toMatchObject([{ kid: 'own' }]);
  });
});
