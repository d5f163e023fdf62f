/** Caches of stages: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html */
import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryStore } from '../../store/index.ts';
import { ResponseCache } from './domain/responseCache.ts';
import { functionUri, openToyCloud, type ToyCloud } from './testing/toyCloud.ts';

let cloud: ToyCloud;
let id: string;
let calls: number;

const patch = (...patchOperations: object[]) =>
  cloud.call('UpdateStage', { restApiId: id, stageName: 'prod', patchOperations });
const replace = (path: string, value: string) => ({ op: 'replace', path, value });
const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  cloud.send(`http://${id}.execute-api.localhost:4566/prod${path}`, { method, headers });

beforeEach(async () => {
  cloud = openToyCloud(new MemoryStore());
  calls = 0;
  cloud.functions.set('f', () => {
    calls += 1;
    return { statusCode: calls === 100 ? 500 : 200, body: String(calls) };
  });
  const proxy = (more: object) => ({
    responses: {},
    'x-amazon-apigateway-integration': {
      type: 'aws_proxy',
      httpMethod: 'POST',
      uri: functionUri('f'),
      ...more,
    },
  });
  const page = { name: 'page', in: 'query', required: false, type: 'string' };
  const keyed = { cacheKeyParameters: ['method.request.querystring.page'] };
  const body = {
    swagger: '2.0',
    info: { title: 'c', version: '1' },
    paths: {
      '/a': { get: { ...proxy(keyed), parameters: [page] }, post: proxy({}) },
      '/b': { get: proxy({ cacheNamespace: 'shared' }) },
      '/c': { get: proxy({ cacheNamespace: 'shared' }) },
    },
  };
  id = (await cloud.call<{ id: string }>('ImportRestApi', { body: Buffer.from(JSON.stringify(body)) })).id;
  await cloud.call('CreateDeployment', { restApiId: id, stageName: 'prod' });
});

const enable = () =>
  patch(
    replace('/cacheClusterEnabled', 'true'),
    replace('/*/*/caching/enabled', 'true'),
    replace('/*/*/caching/ttlInSeconds', '10'),
  );

describe("a stage's cache", () => {
  it('tells its states, and has a size', async () => {
    expect(await patch(replace('/cacheClusterEnabled', 'true'))).toMatchObject({
      cacheClusterStatus: 'CREATE_IN_PROGRESS',
      cacheClusterSize: '0.5',
    });
    expect(await cloud.call('GetStage', { restApiId: id, stageName: 'prod' })).toMatchObject({
      cacheClusterStatus: 'AVAILABLE',
    });
    expect(await patch(replace('/cacheClusterEnabled', 'false'))).toMatchObject({
      cacheClusterStatus: 'DELETE_IN_PROGRESS',
    });
    expect(await cloud.call('GetStage', { restApiId: id, stageName: 'prod' })).toMatchObject({
      cacheClusterStatus: 'NOT_AVAILABLE',
    });
  });

  it('answers GET for its time to live, per value of the key parameters', async () => {
    await enable();
    const texts = [];
    for (const path of ['/a?page=1', '/a?page=1&x=2', '/a?page=2', '/a?page=1', '/a'])
      texts.push((await get(path)).text);
    expect(texts).toEqual(['1', '1', '2', '1', '3']);
    await cloud.clock.advance(10_000);
    expect((await get('/a?page=1')).text).toBe('4');
  });

  it('leaves other methods alone until they are asked for by themselves', async () => {
    await enable();
    expect([(await get('/a', {}, 'POST')).text, (await get('/a', {}, 'POST')).text]).toEqual(['1', '2']);
    await patch(replace('/~1a/POST/caching/enabled', 'true'));
    expect([(await get('/a', {}, 'POST')).text, (await get('/a', {}, 'POST')).text]).toEqual(['3', '3']);
  });

  it('is shared by methods of one namespace', async () => {
    await enable();
    expect([(await get('/b')).text, (await get('/c')).text]).toEqual(['1', '1']);
  });

  it('is flushed', async () => {
    await expect(cloud.call('FlushStageCache', { restApiId: id, stageName: 'prod' })).rejects.toMatchObject({
      code: 'BadRequestException',
    });
    await enable();
    await get('/a');
    await cloud.call('FlushStageCache', { restApiId: id, stageName: 'prod' });
    expect((await get('/a')).text).toBe('2');
  });

  it('is renewed by max-age=0 where no leave is needed', async () => {
    await enable();
    await patch(replace('/*/*/caching/requireAuthorizationForCacheControl', 'false'));
    await get('/a');
    expect((await get('/a', { 'Cache-Control': 'max-age=0' })).text).toBe('2');
    expect((await get('/a')).text).toBe('2');
  });

  it.each([
    ['SUCCEED_WITH_RESPONSE_HEADER', 200, true],
    ['SUCCEED_WITHOUT_RESPONSE_HEADER', 200, false],
    ['FAIL_WITH_403', 403, false],
  ])('%s is what it says', async (strategy, status, warned) => {
    await enable();
    await patch(replace('/*/*/caching/unauthorizedCacheControlHeaderStrategy', strategy));
    await get('/a');
    const answer = await get('/a', { 'Cache-Control': 'max-age=0' });
    expect([answer.status, answer.headers.warning !== undefined, calls]).toEqual([status, warned, 1]);
  });

  it('keeps a canary apart unless it shares the stage’s', async () => {
    await enable();
    await get('/a');
    await cloud.call('CreateDeployment', {
      restApiId: id,
      stageName: 'prod',
      canarySettings: { percentTraffic: 100 },
    });
    expect((await get('/a')).text).toBe('2');
    await patch(replace('/canarySettings/useStageCache', 'true'));
    expect((await get('/a')).text).toBe('1');
  });

  it('counts hits and misses', async () => {
    await enable();
    await get('/a');
    await get('/a');
    expect(cloud.metrics.map(({ name }) => name).filter((name) => name.startsWith('Cache'))).toEqual([
      'CacheMissCount',
      'CacheHitCount',
    ]);
  });
});

describe('the memory of caches', () => {
  const response = (length: number) => ({ status: 200, headers: {}, body: 'x'.repeat(length) });

  it('is given up by what was used longest ago', () => {
    const cache = new ResponseCache();
    // A cluster of about four kilobytes.
    const size = String(4096 / 2 ** 30);
    for (const key of ['a', 'b', 'c']) cache.set('s', key, size, 10, response(700));
    cache.get('s', 'a', 0);
    cache.set('s', 'd', size, 10, response(700));
    expect(['a', 'b', 'c', 'd'].map((key) => cache.get('s', key, 0) !== undefined)).toEqual([
      true,
      false,
      true,
      true,
    ]);
  });

  it('takes no answer of more than a megabyte', () => {
    const cache = new ResponseCache();
    cache.set('s', 'a', '0.5', 10, response(1_048_577));
    cache.set('s', 'b', '0.5', 10, response(1_048_576));
    expect([cache.get('s', 'a', 0), cache.get('s', 'b', 0)?.status]).toEqual([undefined, 200]);
  });
});
