/** Canary releases: https://docs.aws.amazon.com/apigateway/latest/developerguide/canary-release.html */
import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryStore } from '../../store/index.ts';
import { releaseOf } from './endpoints/release.ts';
import type { ServedStage } from './endpoints/served.ts';
import { account, openToyCloud, region, type ToyCloud } from './testing/toyCloud.ts';

let cloud: ToyCloud;
let id: string;

const patch = (...patchOperations: object[]) =>
  cloud.call('UpdateStage', { restApiId: id, stageName: 'prod', patchOperations });
const get = async () => (await cloud.send(`http://${id}.execute-api.localhost:4566/prod/m`)).text;

function api(text: string) {
  const mock = {
    type: 'mock',
    requestTemplates: { 'application/json': '{"statusCode":200}' },
    responses: {
      default: {
        statusCode: '200',
        responseTemplates: {
          'application/json': `${text} $stageVariables.color $context.isCanaryRequest`,
        },
      },
    },
  };
  const paths = { '/m': { get: { responses: { 200: {} }, 'x-amazon-apigateway-integration': mock } } };
  return Buffer.from(JSON.stringify({ swagger: '2.0', info: { title: 'm', version: '1' }, paths }));
}

beforeEach(async () => {
  cloud = openToyCloud(new MemoryStore());
  id = (await cloud.call<{ id: string }>('ImportRestApi', { body: api('old') })).id;
  await cloud.call('CreateDeployment', { restApiId: id, stageName: 'prod', variables: { color: 'blue' } });
  await cloud.call('PutRestApi', { restApiId: id, mode: 'overwrite', body: api('new') });
});

const deployCanary = (percentTraffic: number) =>
  cloud.call<{ id: string }>('CreateDeployment', {
    restApiId: id,
    stageName: 'prod',
    canarySettings: { percentTraffic, stageVariableOverrides: { color: 'red' } },
  });

describe('a canary', () => {
  it('takes its share of requests, with variables of its own', async () => {
    const { id: deploymentId } = await deployCanary(0);
    expect(await get()).toBe('old blue false');
    await patch({ op: 'replace', path: '/canarySettings/percentTraffic', value: '100.0' });
    expect(await get()).toBe('new red true');
    expect(await cloud.call('GetStage', { restApiId: id, stageName: 'prod' })).toMatchObject({
      canarySettings: { deploymentId, percentTraffic: 100, useStageCache: false },
    });
    await expect(cloud.call('DeleteDeployment', { restApiId: id, deploymentId })).rejects.toThrow(
      /Active stages/,
    );
  });

  it('is promoted by copying it over the stage, and removed', async () => {
    await deployCanary(50);
    await patch(
      { op: 'replace', path: '/canarySettings/percentTraffic', value: '0.0' },
      { op: 'copy', from: '/canarySettings/stageVariableOverrides', path: '/variables' },
      { op: 'copy', from: '/canarySettings/deploymentId', path: '/deploymentId' },
    );
    expect(await get()).toBe('new red false');
    await patch({ op: 'remove', path: '/canarySettings' });
    expect(await get()).toBe('new red ');
  });

  it('needs a stage that is there', async () => {
    await expect(
      cloud.call('CreateDeployment', { restApiId: id, stageName: 'none', canarySettings: {} }),
    ).rejects.toMatchObject({ code: 'BadRequestException' });
  });

  it('is a stage rolled back by its deployment', async () => {
    const old = await cloud.call<{ deploymentId: string }>('GetStage', { restApiId: id, stageName: 'prod' });
    await cloud.call('CreateDeployment', { restApiId: id, stageName: 'prod' });
    expect(await get()).toBe('new blue ');
    await patch({ op: 'replace', path: '/deploymentId', value: old.deploymentId });
    expect(await get()).toBe('old blue ');
  });

  it('is chosen at random, by its share', () => {
    const canary = { isCanary: true } as ServedStage;
    const served = { canary: { share: 0.25, served: canary } } as ServedStage;
    const chosen = [0x00, 0x3f, 0x40, 0xff].map((byte) => {
      const ids = { uuid: () => '', token: () => '', bytes: () => Uint8Array.of(byte, 0xff, 0xff, 0xff) };
      return releaseOf(served, ids) === canary;
    });
    expect(chosen).toEqual([true, true, false, false]);
  });

  it('has logs of its own besides the stage’s', async () => {
    const role = `arn:aws:iam::${account}:role/logs`;
    await cloud.call('UpdateAccount', {
      patchOperations: [{ op: 'replace', path: '/cloudwatchRoleArn', value: role }],
    });
    await deployCanary(100);
    const destination = `arn:aws:logs:${region}:${account}:log-group:access`;
    await patch(
      { op: 'replace', path: '/*/*/logging/loglevel', value: 'INFO' },
      { op: 'replace', path: '/accessLogSettings/destinationArn', value: destination },
      { op: 'replace', path: '/accessLogSettings/format', value: '$context.requestId' },
    );
    await get();
    expect(cloud.cloudLogs.map(({ logGroup }) => logGroup).sort()).toEqual([
      `API-Gateway-Execution-Logs_${id}/prod`,
      `API-Gateway-Execution-Logs_${id}/prod/Canary`,
      'access',
      'access/Canary',
    ]);
  });
});
