import { afterEach, describe, expect, it } from 'vitest';
import { signRequest } from '../identity/index.ts';
import { closeAll, dial, start } from './testing/port.ts';

afterEach(closeAll);

describe('operations over the wire', () => {
  const post = async (port: number, target: string, body = '{}', headers: Record<string, string> = {}) => {
    const answer = await fetch(`http://127.0.0.1:${port}/`, {
      method: 'POST',
      headers: { 'x-amz-target': target, ...headers },
      body,
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };

  it('names what is unknown: service, operation, what is not built', async () => {
    const { port } = await start();
    expect(await post(port, 'Nope_1.X')).toMatchObject({
      status: 501,
      body: { message: expect.stringContaining('It has: toy') },
    });
    expect(await post(port, 'Toy_1.Nope')).toMatchObject({
      status: 400,
      body: { __type: 'UnknownOperationException' },
    });
    expect(await post(port, 'Toy_1.NotBuilt')).toMatchObject({
      status: 501,
      body: { message: expect.stringContaining('toy:NotBuilt') },
    });
    expect(await post(port, 'Toy_1.toString')).toMatchObject({ status: 400 });
  });

  it('keeps the cause of a crash inside', async () => {
    const { port, logs, audits } = await start();
    const answer = await post(port, 'Toy_1.Crash');
    expect(answer).toMatchObject({ status: 500, body: { __type: 'InternalFailure' } });
    expect(JSON.stringify(answer)).not.toMatch(/secret|\.ts/);
    expect(JSON.stringify(logs)).toContain('secret detail of the inside');
    expect(audits.at(-1)).toMatchObject({ action: 'toy:Crash', error: 'InternalFailure' });
  });

  it('calls in process as the same principal', async () => {
    const { port, audits } = await start();
    const headers = signRequest(
      { method: 'POST', path: '/', headers: { host: `127.0.0.1:${port}` } },
      { accessKeyId: '123456789012', secretAccessKey: 'any', region: 'eu-west-1', service: 'toy', now: 0 },
    );
    const { host: _host, ...sent } = headers;
    const answer = await post(port, 'Toy_1.Call', '{}', sent);
    expect(answer.body).toEqual({
      Arn: 'arn:aws:iam::123456789012:root',
      Account: '123456789012',
      Region: 'eu-west-1',
    });
    expect(audits.map(({ action }) => action)).toEqual(['toy:WhoAmI', 'toy:Call']);
  });

  it('serves a data plane by host and by path', async () => {
    const { port } = await start();
    const byPath = await fetch(`http://127.0.0.1:${port}/_aws/execute-api/abc/prod/x?y=1`, {
      method: 'POST',
      body: 'hi',
    });
    expect(await byPath.text()).toBe('abc POST /_aws/execute-api/abc/prod/x hi');
    const client = await dial(port);
    client.say('GET /prod HTTP/1.1\r\nHost: abc.execute-api.localhost:4566\r\n\r\n');
    await client.hear(/abc GET \/prod/);
  });
});

describe('browsers and the control plane', () => {
  const send = async (port: number, path: string, init: RequestInit = {}) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, init);
    return { status: answer.status, headers: answer.headers, body: await answer.text() };
  };
  const api = (origin: string) => ({
    method: 'POST',
    headers: { origin, 'x-amz-target': 'Toy_1.Echo' },
    body: '{}',
  });

  it('lets pages of this machine call the API, and no others', async () => {
    const { port } = await start();
    const preflight = {
      method: 'OPTIONS',
      headers: {
        origin: 'http://localhost:3000',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'x-amz-target',
      },
    };
    const asked = await send(port, '/', preflight);
    expect(asked.status).toBe(200);
    expect(asked.headers.get('access-control-allow-origin')).toBe('http://localhost:3000');
    expect(asked.headers.get('access-control-allow-headers')).toBe('x-amz-target');
    const allowed = await send(port, '/', api('http://app.localhost:3000'));
    expect([allowed.status, allowed.headers.get('access-control-allow-origin')]).toEqual([
      200,
      'http://app.localhost:3000',
    ]);
    expect(
      (
        await send(port, '/', {
          ...preflight,
          headers: { ...preflight.headers, origin: 'https://evil.example' },
        })
      ).status,
    ).toBe(403);
    expect((await send(port, '/', api('https://evil.example'))).status).toBe(403);
    expect((await send(port, '/', api('null'))).status).toBe(403);
  });

  it('leaves the CORS of data planes to them', async () => {
    const { port } = await start();
    const answer = await send(port, '/_aws/execute-api/abc/prod', {
      method: 'OPTIONS',
      headers: { origin: 'https://any.example', 'access-control-request-method': 'POST' },
    });
    expect(answer.body).toContain('abc OPTIONS');
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('answers health to anyone, and keeps the rest to this machine', async () => {
    const { port } = await start({ iam: 'enforce' });
    expect(JSON.parse((await send(port, '/_localstack/health')).body)).toMatchObject({
      services: { toy: 'available' },
    });
    expect((await send(port, '/_brume/reset', { method: 'POST' })).body).toBe('reset');
    expect((await send(port, '/_brume/reset')).status).toBe(405);
    expect((await send(port, '/_brume/nothing')).status).toBe(404);
    expect(
      (await send(port, '/_brume/reset', { method: 'POST', headers: { origin: 'https://evil.example' } }))
        .status,
    ).toBe(403);
    const rebound = await dial(port);
    rebound.say('POST /_brume/reset HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 0\r\n\r\n');
    await rebound.hear(/^HTTP\/1.1 403 /);
  });

  it('hides its control plane from pages: of other sites, of its own users, under whatever name', async () => {
    const { port } = await start();
    const ask = async (head: string) => {
      const client = await dial(port);
      client.say(`${head}\r\nContent-Length: 0\r\n\r\n`);
      await client.hear(/^HTTP\/1.1 \d{3} /);
      return client.heard().slice(9, 12);
    };
    const reset = (host: string, ...fields: string[]) =>
      ask([`POST /_brume/reset HTTP/1.1`, `Host: ${host}`, ...fields].join('\r\n'));
    expect(await reset('localhost:4566')).toBe('200');
    expect(await reset('localhost:4566', 'Origin: http://localhost:3000')).toBe('200');
    expect(await reset('localhost:4566', 'Sec-Fetch-Site: none')).toBe('200');
    const attacks = [
      // Browsers find *.localhost on this machine, and data planes let every origin in.
      ['abc.execute-api.localhost:4566', 'Origin: https://evil.example'],
      ['abc.execute-api.localhost:4566'],
      ['bucket.s3.localhost:4566'],
      // A page that somebody put into a bucket or behind an API of this cloud.
      ['localhost:4566', 'Origin: http://abc.execute-api.localhost:4566'],
      ['localhost:4566', 'Origin: http://bucket.s3.localhost:4566'],
      ['localhost:4566', 'Origin: http://localhost:4566'],
      ['localhost:4566', 'Sec-Fetch-Site: same-origin'],
      ['localhost:4566', 'Sec-Fetch-Site: cross-site'],
      ['localhost:4566', 'Origin: null'],
    ] as const;
    for (const [host, ...fields] of attacks) {
      expect([host, fields, await reset(host, ...fields)]).toEqual([host, fields, '403']);
    }
    expect(await ask('GET /_brume/health HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: cross-site')).toBe(
      '200',
    );
  });

  it('takes no action that a page of another site has as the address of an image', async () => {
    const { port } = await start();
    const path = '/?Action=CreateUser&Version=2010-05-08&UserName=evil';
    const asked = async (site: string) =>
      (await send(port, path, { headers: { 'sec-fetch-site': site } })).body;
    expect(await asked('cross-site')).toContain('may not call this cloud');
    expect(await asked('same-site')).not.toContain('may not call this cloud');
  });

  it('answers nobody on its control plane who may be a function, and asks once for each connection', async () => {
    const asked: string[] = [];
    let peer: 'machine' | 'sandbox' | 'unknown' | 'elsewhere' = 'machine';
    const { port } = await start({}, {}, (connection) => {
      asked.push(`${connection.localPort} ${connection.remoteAddress}`);
      return peer;
    });
    const reset = 'POST /_brume/reset HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n';
    const owner = await dial(port);
    owner.say(reset);
    await owner.hear(/^HTTP\/1.1 200 /);
    owner.say(reset);
    await owner.hear(/(HTTP\/1.1 200 [\s\S]*){2}/);
    expect(asked).toEqual([`${port} 127.0.0.1`]);
    for (peer of ['sandbox', 'unknown'] as const) {
      const other = await dial(port);
      other.say(reset);
      await other.hear(/^HTTP\/1.1 403 [\s\S]*functions/);
      other.say('GET /_brume/health HTTP/1.1\r\nHost: localhost\r\n\r\n');
      await other.hear(/HTTP\/1.1 200 /);
    }
    const marked = await dial(port);
    peer = 'machine';
    marked.say(reset.replace('Content', 'X-Brume-On-Behalf: true\r\nContent'));
    await marked.hear(/^HTTP\/1.1 403 [\s\S]*on behalf/);
  });
});

describe('enforce', () => {
  it('refuses what is unsigned, unknown, wrongly signed or not allowed', async () => {
    const user = {
      type: 'user',
      account: '000000000000',
      arn: 'arn:aws:iam::000000000000:user/ann',
      userName: 'ann',
      userId: 'A',
    } as const;
    const { port, audits } = await start({
      iam: 'enforce',
      credentials: {
        find: (id) => (id === 'AKIAANN' ? { secretAccessKey: 'secret', principal: user } : undefined),
      },
      policies: {
        policiesOf: () => ({
          identityPolicies: [
            {
              id: 'p',
              document:
                '{"Version":"2012-10-17","Statement":{"Sid":"E","Effect":"Allow","Action":"toy:Echo","Resource":"*"}}',
            },
          ],
        }),
      },
    });
    const call = async (
      accessKeyId: string,
      secretAccessKey: string,
      target: string,
      body = '{}',
      sentBody = body,
    ) => {
      const { host: _host, ...headers } = signRequest(
        { method: 'POST', path: '/', headers: { host: `127.0.0.1:${port}`, 'x-amz-target': target }, body },
        { accessKeyId, secretAccessKey, region: 'us-east-1', service: 'toy', now: Date.now() },
      );
      const answer = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers, body: sentBody });
      const { __type, message } = (await answer.json()) as Record<string, string>;
      return [answer.status, __type, message];
    };
    expect(await call('AKIAANN', 'secret', 'Toy_1.Echo')).toEqual([200, undefined, undefined]);
    expect(audits.at(-1)).toMatchObject({ decision: 'allow', principal: user.arn, notes: ['p#E'] });
    expect(await call('AKIAANN', 'wrong', 'Toy_1.Echo')).toEqual([
      400,
      'InvalidSignatureException',
      expect.any(String),
    ]);
    expect(await call('AKIAANN', 'secret', 'Toy_1.Echo', '{}', '{"a":1}')).toEqual([
      400,
      'InvalidSignatureException',
      expect.any(String),
    ]);
    expect(await call('AKIANOBODY', 'x', 'Toy_1.Echo')).toEqual([
      400,
      'UnrecognizedClientException',
      expect.any(String),
    ]);
    expect(await call('AKIAANN', 'secret', 'Toy_1.WhoAmI')).toEqual([
      400,
      'AccessDeniedException',
      'User: arn:aws:iam::000000000000:user/ann is not authorized to perform: toy:WhoAmI because no identity-based policy allows the toy:WhoAmI action',
    ]);
    const unsigned = await fetch(`http://127.0.0.1:${port}/`, {
      method: 'POST',
      headers: { 'x-amz-target': 'Toy_1.Echo' },
      body: '{}',
    });
    expect([unsigned.status, await unsigned.json()]).toMatchObject([
      400,
      { __type: 'MissingAuthenticationTokenException' },
    ]);
  });
});
