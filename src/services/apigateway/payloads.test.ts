/** Compression, limits, and response streaming of REST APIs. */
import { gunzipSync, gzipSync, inflateSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryStore } from '../../store/index.ts';
import { readStreamHead } from './domain/streamedAnswer.ts';
import { acceptedCoding } from './endpoints/compression.ts';
import { account, functionUri, openToyCloud, region, type ToyCloud } from './testing/toyCloud.ts';

let cloud: ToyCloud;
let id: string;
const url = (path: string) => `http://${id}.execute-api.localhost:4566/prod${path}`;

async function deploy(integration: object, more: object = {}): Promise<void> {
  const any = { responses: { 200: {} }, 'x-amazon-apigateway-integration': integration };
  const paths = { '/a': { 'x-amazon-apigateway-any-method': any } };
  const document = { swagger: '2.0', info: { title: 't', version: '1' }, paths, ...more };
  const body = Buffer.from(JSON.stringify(document));
  id = (await cloud.call<{ id: string }>('ImportRestApi', { body })).id;
  await cloud.call('CreateDeployment', { restApiId: id, stageName: 'prod' });
}

beforeEach(() => {
  cloud = openToyCloud(new MemoryStore());
});

describe('an API with a minimum compression size', () => {
  beforeEach(async () => {
    cloud.functions.set('f', (event) => ({ statusCode: 200, body: event.body ?? 'x'.repeat(50) }));
    await deploy(
      { type: 'aws_proxy', httpMethod: 'POST', uri: functionUri('f') },
      { 'x-amazon-apigateway-minimum-compression-size': 50 },
    );
  });

  it('compresses what is large enough, as the client takes it', async () => {
    const zipped = await cloud.send(url('/a'), { headers: { 'Accept-Encoding': 'gzip, deflate;q=0.5' } });
    expect(zipped.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(zipped.bytes).toString()).toBe('x'.repeat(50));
    const deflated = await cloud.send(url('/a'), { headers: { 'Accept-Encoding': 'br, deflate' } });
    expect(inflateSync(deflated.bytes).toString()).toBe('x'.repeat(50));
    const small = await cloud.send(url('/a'), {
      method: 'POST',
      body: 'small',
      headers: { 'Accept-Encoding': 'gzip' },
    });
    expect([small.headers['content-encoding'], small.text]).toEqual([undefined, 'small']);
    expect((await cloud.send(url('/a'))).text).toBe('x'.repeat(50));
  });

  it('reads what came compressed', async () => {
    const send = (body: Uint8Array, coding: string) =>
      cloud.send(url('/a'), { method: 'POST', body, headers: { 'Content-Encoding': coding } });
    expect((await send(gzipSync('hello'), 'gzip')).text).toBe('hello');
    expect(await send(Buffer.from('hello'), 'gzip')).toMatchObject({
      status: 400,
      text: '{"message":"Invalid request body"}',
    });
    expect(await send(Buffer.from('hello'), 'br')).toMatchObject({ status: 415 });
    expect((await send(gzipSync(Buffer.alloc(10 * 1024 * 1024 + 1)), 'gzip')).status).toBe(413);
  });

  it.each<[string | undefined, string | undefined]>([
    [undefined, undefined],
    ['identity', undefined],
    ['gzip;q=0', undefined],
    ['*', 'gzip'],
    ['gzip;q=0.2, deflate;q=0.8', 'deflate'],
  ])('takes %s for %s', (accept, coding) => {
    expect(acceptedCoding(accept)).toBe(coding);
  });
});

describe('limits', () => {
  beforeEach(async () => {
    cloud.functions.set('f', () => ({ statusCode: 200 }));
    await deploy({ type: 'aws_proxy', httpMethod: 'POST', uri: functionUri('f') });
  });

  it('end payloads at 10 MB', async () => {
    const send = (length: number) =>
      cloud.send(url('/a'), { method: 'POST', body: Buffer.alloc(length, 32) });
    expect((await send(10 * 1024 * 1024)).status).toBe(200);
    expect(await send(10 * 1024 * 1024 + 1)).toMatchObject({
      status: 413,
      text: '{"message":"Request Too Long"}',
      headers: { 'x-amzn-errortype': 'RequestTooLongException' },
    });
  });

  it('end the request line and header values at 10,240 bytes', async () => {
    const send = (length: number) => cloud.send(url('/a'), { headers: { 'X-Long': 'x'.repeat(length) } });
    expect([(await send(10_000)).status, (await send(10_240)).status]).toEqual([200, 431]);
  });
});

describe('a response stream', () => {
  const streamUri = functionUri('f')
    .replace('2015-03-31', '2021-11-15')
    .replace('/invocations', '/response-streaming-invocations');
  const head = (metadata: object) => Buffer.concat([Buffer.from(JSON.stringify(metadata)), Buffer.alloc(8)]);

  const answerWith = (chunks: Uint8Array[], errorCode?: string) =>
    cloud.operations.set('lambda:InvokeWithResponseStream', async () => ({
      EventStream: (async function* () {
        for (const Payload of chunks) yield { PayloadChunk: { Payload } };
        yield { InvokeComplete: errorCode ? { ErrorCode: errorCode } : {} };
      })(),
    }));

  beforeEach(() =>
    deploy({ type: 'aws_proxy', httpMethod: 'POST', uri: streamUri, responseTransferMode: 'STREAM' }),
  );

  it('begins with status and headers, wherever its pieces are cut', async () => {
    const whole = Buffer.concat([
      head({ statusCode: 201, headers: { 'X-A': 'a', Date: 'd' }, cookies: ['c=1', 'd=2'] }),
      Buffer.from('one '),
    ]);
    answerWith([whole.subarray(0, 10), whole.subarray(10, 60), whole.subarray(60), Buffer.from('two')]);
    const answer = await cloud.send(url('/a'), { method: 'POST', body: 'x' });
    expect(answer).toMatchObject({
      status: 201,
      text: 'one two',
      headers: { 'x-a': 'a', 'x-amzn-remapped-date': 'd', 'set-cookie': ['c=1', 'd=2'] },
    });
  });

  it('answers 502 without its head', async () => {
    answerWith([Buffer.from('hello')]);
    expect(await cloud.send(url('/a'))).toMatchObject({
      status: 502,
      text: '{"message":"Internal server error"}',
    });
    answerWith([Buffer.alloc(16 * 1024 + 1, 32)]);
    expect((await cloud.send(url('/a'))).status).toBe(502);
    answerWith([Buffer.concat([Buffer.from('no JSON'), Buffer.alloc(8)])]);
    expect((await cloud.send(url('/a'))).status).toBe(502);
  });

  it('breaks off when the function fails on the way', async () => {
    answerWith([head({ statusCode: 200 }), Buffer.from('one')], 'Unhandled');
    await expect(cloud.send(url('/a'))).rejects.toThrow('the function failed: Unhandled');
  });

  it('needs its URI, and a proxy', async () => {
    const { items } = await cloud.call<{ items: { id: string; path: string }[] }>('GetResources', {
      restApiId: id,
    });
    const put = (more: object) =>
      cloud.call('PutIntegration', {
        restApiId: id,
        resourceId: items.find(({ path }) => path === '/a')?.id,
        httpMethod: 'ANY',
        integrationHttpMethod: 'POST',
        type: 'AWS_PROXY',
        uri: streamUri,
        responseTransferMode: 'STREAM',
        ...more,
      });
    expect(await put({ timeoutInMillis: 900_000 })).toMatchObject({ responseTransferMode: 'STREAM' });
    await expect(put({ timeoutInMillis: 900_001 })).rejects.toThrow(/Timeout should be/);
    await expect(put({ uri: functionUri('f') })).rejects.toThrow(/must be used together/);
    await expect(put({ responseTransferMode: 'BUFFERED' })).rejects.toThrow(/must be used together/);
    await expect(put({ responseTransferMode: 'OTHER' })).rejects.toThrow(/Invalid response transfer mode/);
    const dynamodb = `arn:aws:apigateway:${region}:dynamodb:action/GetItem`;
    const credentials = `arn:aws:iam::${account}:role/r`;
    await expect(put({ type: 'AWS', uri: dynamodb, credentials })).rejects.toThrow(/only supported/);
  });

  it('has a head that merges its headers', () => {
    const bytes = Buffer.concat([
      head({ headers: { a: '1' }, multiValueHeaders: { A: ['1', '2'] } }),
      Buffer.from('body'),
    ]);
    expect(readStreamHead(bytes)).toMatchObject({ status: 200, headers: { a: ['1', '2'] } });
    expect(readStreamHead(bytes.subarray(0, 12))).toBeUndefined();
  });
});
