/** Stages of REST APIs with official clients: caches, canaries, logs, usage. */
import {
  APIGatewayClient,
  CreateApiKeyCommand,
  CreateDeploymentCommand,
  CreateUsagePlanCommand,
  CreateUsagePlanKeyCommand,
  FlushStageCacheCommand,
  GetStageCommand,
  GetUsageCommand,
  ImportRestApiCommand,
  type PatchOperation,
  PutRestApiCommand,
  UpdateAccountCommand,
  UpdateStageCommand,
  UpdateUsageCommand,
} from '@aws-sdk/client-api-gateway';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';

let cloud: Cloud;
let gateway: APIGatewayClient;
let logs: CloudWatchLogsClient;
let restApiId: string;

const document = (text: string) => {
  const mock = (template: string) => ({
    type: 'mock',
    requestTemplates: { 'application/json': '{"statusCode":200}' },
    responses: { default: { statusCode: '200', responseTemplates: { 'application/json': template } } },
  });
  const get = (template: string, more: object = {}) => ({
    get: {
      responses: { 200: { description: 'ok' } },
      'x-amazon-apigateway-integration': mock(template),
      ...more,
    },
  });
  const keyed = { security: [{ key: [] }] };
  return Buffer.from(
    JSON.stringify({
      openapi: '3.0.1',
      info: { title: 'stages', version: '1' },
      components: { securitySchemes: { key: { type: 'apiKey', name: 'x-api-key', in: 'header' } } },
      paths: { '/now': get(`${text} $context.requestId`), '/keyed': get(text, keyed) },
    }),
  );
};

const patch = (...patchOperations: PatchOperation[]) =>
  gateway.send(new UpdateStageCommand({ restApiId, stageName: 'prod', patchOperations }));
const replace = (path: string, value: string): PatchOperation => ({ op: 'replace', path, value });
const get = async (path: string, headers: Record<string, string> = {}) => {
  const answer = await fetch(`${cloud.endpoint}/_aws/execute-api/${restApiId}/prod${path}`, { headers });
  return { status: answer.status, text: await answer.text(), id: answer.headers.get('x-amzn-requestid') };
};

beforeAll(async () => {
  cloud = await startCloud();
  gateway = new APIGatewayClient(cloud.clientConfig);
  logs = new CloudWatchLogsClient(cloud.clientConfig);
  restApiId = (await gateway.send(new ImportRestApiCommand({ body: document('old') }))).id ?? '';
  await gateway.send(new CreateDeploymentCommand({ restApiId, stageName: 'prod' }));
});

afterAll(() => cloud?.close());

describe('a stage', () => {
  it('caches, and is flushed', async () => {
    const enabled = await patch(
      replace('/cacheClusterEnabled', 'true'),
      replace('/cacheClusterSize', '1.6'),
      replace('/*/*/caching/enabled', 'true'),
    );
    expect(enabled).toMatchObject({ cacheClusterStatus: 'CREATE_IN_PROGRESS', cacheClusterSize: '1.6' });
    const first = await get('/now');
    expect((await get('/now')).text).toBe(first.text);
    await gateway.send(new FlushStageCacheCommand({ restApiId, stageName: 'prod' }));
    expect((await get('/now')).text).not.toBe(first.text);
    await patch(replace('/cacheClusterEnabled', 'false'));
  });

  it('releases a canary, and promotes it', async () => {
    await gateway.send(new PutRestApiCommand({ restApiId, mode: 'overwrite', body: document('new') }));
    const canary = await gateway.send(
      new CreateDeploymentCommand({ restApiId, stageName: 'prod', canarySettings: { percentTraffic: 50 } }),
    );
    const seen = new Set<string>();
    for (let at = 0; at < 200 && seen.size < 2; at++) seen.add((await get('/now')).text.slice(0, 3));
    expect([...seen].sort()).toEqual(['new', 'old']);
    await patch(
      { op: 'copy', from: '/canarySettings/deploymentId', path: '/deploymentId' },
      { op: 'remove', path: '/canarySettings' },
    );
    const stage = await gateway.send(new GetStageCommand({ restApiId, stageName: 'prod' }));
    expect([stage.deploymentId, stage.canarySettings]).toEqual([canary.id, undefined]);
    expect((await get('/now')).text).toMatch(/^new/);
  });

  it('writes execution logs to CloudWatch Logs', async () => {
    const level = replace('/*/*/logging/loglevel', 'INFO');
    await expect(patch(level)).rejects.toThrow('CloudWatch Logs role ARN must be set in account settings');
    const role = replace('/cloudwatchRoleArn', 'arn:aws:iam::000000000000:role/logs');
    await gateway.send(new UpdateAccountCommand({ patchOperations: [role] }));
    await patch(level);
    const { id } = await get('/now');
    const logGroupName = `API-Gateway-Execution-Logs_${restApiId}/prod`;
    const messages = async () => {
      const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName }));
      return events.map(({ message }) => message);
    };
    await expect.poll(messages).toContain(`(${id}) Method completed with status: 200`);
  });

  it('counts against a quota, which is told and extended', async () => {
    // Of one month, and one day.
    cloud.clock.freeze();
    const key = await gateway.send(new CreateApiKeyCommand({ name: 'k', enabled: true }));
    const plan = await gateway.send(
      new CreateUsagePlanCommand({
        name: 'p',
        apiStages: [{ apiId: restApiId, stage: 'prod' }],
        quota: { limit: 1, period: 'MONTH' },
      }),
    );
    const usagePlanId = plan.id;
    const keyId = key.id ?? '';
    await gateway.send(new CreateUsagePlanKeyCommand({ usagePlanId, keyId, keyType: 'API_KEY' }));
    const ask = async () => (await get('/keyed', { 'x-api-key': key.value ?? '' })).status;
    expect([await ask(), await ask()]).toEqual([200, 429]);
    const patchOperations = [replace('/remaining', '1')];
    await gateway.send(new UpdateUsageCommand({ usagePlanId, keyId, patchOperations }));
    expect(await ask()).toBe(200);
    const today = new Date(cloud.clock.now()).toISOString().slice(0, 10);
    const usage = await gateway.send(new GetUsageCommand({ usagePlanId, startDate: today, endDate: today }));
    expect(usage.items).toEqual({ [keyId]: [[2, 0]] });
    cloud.clock.resume();
  });
});
