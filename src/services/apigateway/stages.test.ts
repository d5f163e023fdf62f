import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryStore } from '../../store/index.ts';
import { account, openToyCloud, region, type ToyCloud } from './testing/toyCloud.ts';

let cloud: ToyCloud;
let id: string;
const send = () => cloud.send(`http://${id}.execute-api.localhost:4566/prod/m`);
const patch = (...patchOperations: object[]) =>
  cloud.call('UpdateStage', { restApiId: id, stageName: 'prod', patchOperations });

const setLogRole = () =>
  cloud.call('UpdateAccount', {
    patchOperations: [
      { op: 'replace', path: '/cloudwatchRoleArn', value: `arn:aws:iam::${account}:role/logs` },
    ],
  });

beforeEach(async () => {
  cloud = openToyCloud(new MemoryStore());
  const mock = {
    type: 'mock',
    requestTemplates: { 'application/json': '{"statusCode":200}' },
    responses: { default: { statusCode: '200', responseTemplates: { 'application/json': 'ok' } } },
  };
  const body = {
    swagger: '2.0',
    info: { title: 'm', version: '1' },
    paths: { '/m': { get: { responses: { 200: {} }, 'x-amazon-apigateway-integration': mock } } },
  };
  id = (await cloud.call<{ id: string }>('ImportRestApi', { body: Buffer.from(JSON.stringify(body)) })).id;
  await cloud.call('CreateDeployment', { restApiId: id, stageName: 'prod' });
});

describe('a stage', () => {
  it('throttles by its method settings', async () => {
    await patch(
      { op: 'replace', path: '/*/*/throttling/rateLimit', value: '1' },
      { op: 'replace', path: '/*/*/throttling/burstLimit', value: '2' },
    );
    expect([(await send()).status, (await send()).status]).toEqual([200, 200]);
    expect(await send()).toMatchObject({
      status: 429,
      text: '{"message":"Too Many Requests"}',
      headers: { 'x-amzn-errortype': 'TooManyRequestsException' },
    });
    await cloud.clock.advance(1000);
    expect([(await send()).status, (await send()).status]).toEqual([200, 429]);
    await patch({ op: 'replace', path: '/~1m/GET/throttling/rateLimit', value: '100' });
    expect((await send()).status).toBe(200);
  });

  it('keeps no log before the account has a role to write it with', async () => {
    const message = 'CloudWatch Logs role ARN must be set in account settings to enable logging';
    const operation = { op: 'replace', path: '/*/*/logging/loglevel', value: 'ERROR' };
    await expect(patch(operation)).rejects.toThrow(message);
    await setLogRole();
    await patch(operation);
  });

  it('writes its access log in its format', async () => {
    await setLogRole();
    await patch(
      {
        op: 'replace',
        path: '/accessLogSettings/destinationArn',
        value: `arn:aws:logs:${region}:${account}:log-group:access:*`,
      },
      {
        op: 'replace',
        path: '/accessLogSettings/format',
        value:
          '$context.identity.sourceIp "$context.httpMethod $context.resourcePath" $context.status $context.responseLength $context.error.message $context.nothing $context.requestId',
      },
    );
    await send();
    await cloud.send(`http://${id}.execute-api.localhost:4566/prod/none`);
    expect(
      cloud.cloudLogs.map((log) => [log.logGroup, log.events[0]?.message.replace(/[\da-f-]{36}$/, 'ID')]),
    ).toEqual([
      ['access', '127.0.0.1 "GET /m" 200 2 - - ID'],
      ['access', '127.0.0.1 "GET -" 403 42 Missing Authentication Token - ID'],
    ]);
  });

  it.each([
    [
      { op: 'replace', path: '/nothing', value: 'x' },
      /Invalid patch path {2}'\/nothing' specified for op 'replace'/,
    ],
    [{ op: 'replace', path: '/tracingEnabled', value: 'maybe' }, /Invalid boolean value/],
    [{ op: 'replace', path: '/deploymentId', value: 'none' }, /Invalid Deployment identifier/],
    [{ op: 'replace', path: '/variables/a-b', value: 'x' }, /Invalid stage variable name/],
    [{ op: 'copy', path: '/description', value: 'x' }, /Invalid patch path {2}'\/description'/],
    [{ op: 'move', path: '/description', value: 'x' }, /Invalid patch operation/],
    [{ op: 'replace', path: '/cacheClusterSize', value: '0.7' }, /Invalid cache cluster size/],
    [{ op: 'replace', path: '/*/*/caching/ttlInSeconds', value: '3601' }, /Invalid cacheTtlInSeconds/],
    [
      { op: 'replace', path: '/*/*/caching/unauthorizedCacheControlHeaderStrategy', value: 'x' },
      /Invalid unauthorizedCacheControlHeaderStrategy/,
    ],
    [{ op: 'replace', path: '/accessLogSettings/format', value: '$context.status' }, /requestId/],
    [{ op: 'replace', path: '/accessLogSettings/format', value: '$context.requestId\na' }, /single line/],
    [
      {
        op: 'replace',
        path: '/accessLogSettings/destinationArn',
        value: `arn:aws:firehose:${region}:${account}:deliverystream/amazon-apigateway-x`,
      },
      /Firehose are not supported/,
    ],
    [{ op: 'replace', path: '/canarySettings/percentTraffic', value: '101' }, /percentTraffic/],
    [{ op: 'copy', path: '/deploymentId', from: '/canarySettings/deploymentId' }, /Canary settings/],
  ])('refuses %j', async (operation, message) => {
    await expect(patch(operation)).rejects.toThrow(message);
  });

  it('is told back as it was set', async () => {
    await patch(
      { op: 'replace', path: '/variables/color', value: 'blue' },
      { op: 'replace', path: '/variables/size', value: 'L' },
      { op: 'replace', path: '/description', value: 'd' },
    );
    await patch({ op: 'remove', path: '/variables/size' });
    expect(await cloud.call('GetStage', { restApiId: id, stageName: 'prod' })).toMatchObject({
      stageName: 'prod',
      description: 'd',
      variables: { color: 'blue' },
      cacheClusterEnabled: false,
      tracingEnabled: false,
    });
    await cloud.call('DeleteStage', { restApiId: id, stageName: 'prod' });
    await expect(cloud.call('GetStage', { restApiId: id, stageName: 'prod' })).rejects.toMatchObject({
      code: 'NotFoundException',
      message: 'Invalid stage identifier specified',
    });
    expect((await send()).text).toBe('{"message":"Forbidden"}');
  });
});
