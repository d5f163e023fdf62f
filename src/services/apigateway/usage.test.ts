/** Usage plans and throttling: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html */
import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryStore } from '../../store/index.ts';
import { dailyUsage, periodOf } from './domain/quota.ts';
import { functionUri, openToyCloud, startOfTime, type ToyCloud } from './testing/toyCloud.ts';

let cloud: ToyCloud;
let restApiId: string;
let planId: string;
let key: { id: string; value: string };

const get = (path = '/m', value: string | undefined = key.value) =>
  cloud.send(`http://${restApiId}.execute-api.localhost:4566/prod${path}`, {
    headers: value === undefined ? {} : { 'X-API-Key': value },
  });
const statuses = async (count: number, path?: string) => {
  const found = [];
  for (let at = 0; at < count; at++) found.push((await get(path)).status);
  return found;
};
const patchPlan = (...patchOperations: object[]) =>
  cloud.call('UpdateUsagePlan', { usagePlanId: planId, patchOperations });

beforeEach(async () => {
  cloud = openToyCloud(new MemoryStore());
  const mock = {
    type: 'mock',
    requestTemplates: { 'application/json': '{"statusCode":200}' },
    responses: { default: { statusCode: '200' } },
  };
  const method = (more: object = {}) => ({
    get: {
      responses: { 200: {} },
      security: [{ api_key: [] }],
      'x-amazon-apigateway-integration': mock,
      ...more,
    },
  });
  const document = {
    swagger: '2.0',
    info: { title: 'm', version: '1' },
    securityDefinitions: {
      api_key: { type: 'apiKey', name: 'x-api-key', in: 'header' },
      guard: {
        type: 'apiKey',
        name: 'Authorization',
        in: 'header',
        'x-amazon-apigateway-authtype': 'custom',
        'x-amazon-apigateway-authorizer': {
          type: 'token',
          authorizerUri: functionUri('guard'),
          authorizerResultTtlInSeconds: 0,
        },
      },
    },
    paths: {
      '/m': method(),
      '/n': method(),
      '/guarded': method({ security: [{ guard: [], api_key: [] }] }),
      '/open': method({ security: [] }),
    },
  };
  const body = Buffer.from(JSON.stringify(document));
  restApiId = (await cloud.call<{ id: string }>('ImportRestApi', { body })).id;
  await cloud.call('CreateDeployment', { restApiId, stageName: 'prod' });
  key = await cloud.call('CreateApiKey', { name: 'k', enabled: true });
  const plan = await cloud.call<{ id: string }>('CreateUsagePlan', {
    name: 'p',
    apiStages: [{ apiId: restApiId, stage: 'prod' }],
    quota: { limit: 3, period: 'WEEK' },
  });
  planId = plan.id;
  await cloud.call('CreateUsagePlanKey', { usagePlanId: planId, keyId: key.id, keyType: 'API_KEY' });
});

describe('a quota', () => {
  it('is told day by day, and lasts a period', async () => {
    // Thursday; weeks start on Sunday.
    expect(await statuses(2)).toEqual([200, 200]);
    await cloud.clock.advance(2 * 86_400_000);
    expect(await statuses(2)).toEqual([200, 429]);
    expect((await get()).text).toBe('{"message":"Limit Exceeded"}');
    await cloud.clock.advance(86_400_000);
    expect(await statuses(1)).toEqual([200]);
    const usage = await cloud.call('GetUsage', {
      usagePlanId: planId,
      startDate: '2020-03-11',
      endDate: '2020-03-16',
    });
    expect(usage).toMatchObject({
      usagePlanId: planId,
      items: {
        [key.id]: [
          [0, 3],
          [2, 1],
          [0, 1],
          [1, 0],
          [1, 2],
          [0, 2],
        ],
      },
    });
  });

  it('is extended for one key and one period', async () => {
    expect(await statuses(4)).toEqual([200, 200, 200, 429]);
    const extended = await cloud.call('UpdateUsage', {
      usagePlanId: planId,
      keyId: key.id,
      patchOperations: [{ op: 'replace', path: '/remaining', value: '1' }],
    });
    expect(extended).toMatchObject({ items: { [key.id]: [[3, 1]] } });
    expect(await statuses(2)).toEqual([200, 429]);
    await cloud.clock.advance(7 * 86_400_000);
    expect(await statuses(4)).toEqual([200, 200, 200, 429]);
  });

  it.each([
    [{ startDate: '2020-03-02', endDate: '2020-03-01' }, /Start date/],
    [{ startDate: 'soon', endDate: '2020-03-01' }, /Invalid start date/],
    [{ startDate: '2020-01-01', endDate: '2020-12-31' }, /at most 90 days/],
    [{ startDate: '2020-03-01', endDate: '2020-03-01', keyId: 'none' }, /Invalid API Key identifier/],
  ])('refuses to tell %j', async (input, message) => {
    await expect(cloud.call('GetUsage', { usagePlanId: planId, ...input })).rejects.toThrow(message);
  });

  it('begins where its offset says', () => {
    const quota = { limit: 10, offset: 2, period: 'MONTH' as const };
    expect([periodOf(quota, Date.UTC(2020, 2, 2)), periodOf(quota, Date.UTC(2020, 2, 3))]).toEqual([
      '2020-02-03',
      '2020-03-03',
    ]);
    const known = new Map([['2020-03-02', { used: 4, remaining: 6 }]]);
    expect(dailyUsage(quota, Date.UTC(2020, 2, 1), Date.UTC(2020, 2, 3), known, 10)).toEqual([
      [0, 10],
      [4, 6],
      [0, 10],
    ]);
  });
});

describe('an API key', () => {
  it('must be known, enabled and in a plan of the stage', async () => {
    const forbidden = { status: 403, text: '{"message":"Forbidden"}' };
    expect(await get('/m', '')).toMatchObject(forbidden);
    expect(await get('/m', 'wrong')).toMatchObject(forbidden);
    const enabled = (value: string) => ({ op: 'replace', path: '/enabled', value });
    await cloud.call('UpdateApiKey', { apiKey: key.id, patchOperations: [enabled('false')] });
    expect(await get()).toMatchObject(forbidden);
    await cloud.call('UpdateApiKey', { apiKey: key.id, patchOperations: [enabled('true')] });
    await cloud.call('DeleteUsagePlanKey', { usagePlanId: planId, keyId: key.id });
    expect(await get()).toMatchObject(forbidden);
  });

  it('may be named by an authorizer', async () => {
    await cloud.call('UpdateRestApi', {
      restApiId,
      patchOperations: [{ op: 'replace', path: '/apiKeySource', value: 'AUTHORIZER' }],
    });
    await cloud.call('CreateDeployment', { restApiId, stageName: 'prod' });
    cloud.functions.set('guard', ({ authorizationToken }) => ({
      principalId: 'p',
      policyDocument: { Statement: [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: '*' }] },
      usageIdentifierKey: authorizationToken === 'known' ? key.value : 'other',
    }));
    const ask = (token: string) =>
      cloud.send(`http://${restApiId}.execute-api.localhost:4566/prod/guarded`, {
        headers: { Authorization: token, 'X-API-Key': 'ignored' },
      });
    expect([(await ask('known')).status, (await ask('stranger')).status]).toEqual([200, 403]);
  });
});

describe('throttling', () => {
  it('goes by plan and by method of a plan', async () => {
    await patchPlan(
      { op: 'remove', path: '/quota' },
      { op: 'replace', path: '/throttle/rateLimit', value: '1' },
      { op: 'replace', path: '/throttle/burstLimit', value: '2' },
      { op: 'replace', path: `/apiStages/${restApiId}:prod/throttle/~1n/GET/burstLimit`, value: '1' },
      { op: 'replace', path: `/apiStages/${restApiId}:prod/throttle/~1n/GET/rateLimit`, value: '1' },
    );
    expect(await statuses(2, '/n')).toEqual([200, 429]);
    expect(await statuses(3)).toEqual([200, 200, 429]);
    expect(await get()).toMatchObject({
      text: '{"message":"Too Many Requests"}',
      headers: { 'x-amzn-errortype': 'TooManyRequestsException' },
    });
    await cloud.clock.advance(1000);
    expect(await statuses(2)).toEqual([200, 429]);
  });

  it('gives each method of a stage a rate of its own', async () => {
    await patchPlan({ op: 'remove', path: '/quota' });
    await cloud.call('UpdateStage', {
      restApiId,
      stageName: 'prod',
      patchOperations: [
        { op: 'replace', path: '/*/*/throttling/rateLimit', value: '1' },
        { op: 'replace', path: '/*/*/throttling/burstLimit', value: '1' },
      ],
    });
    expect([...(await statuses(2)), ...(await statuses(2, '/n'))]).toEqual([200, 429, 200, 429]);
  });

  it("ends at the account's burst of 5,000", async () => {
    const { buckets } = cloud.room;
    const take = () => buckets.take('account/123456789012/eu-west-1', 10_000, 5_000, startOfTime);
    for (let taken = 0; taken < 4_999; taken++) take();
    const open = () => cloud.send(`http://${restApiId}.execute-api.localhost:4566/prod/open`);
    expect([(await open()).status, (await open()).status]).toEqual([200, 429]);
  });
});
