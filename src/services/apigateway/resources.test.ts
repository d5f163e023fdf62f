import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ResourceState, ResourceType } from '../../platform/index.ts';
import { MemoryStore } from '../../store/index.ts';
import { importOpenApi } from './domain/openapi/import.ts';
import { restResources } from './resources/index.ts';
import { functionUri, openToyCloud, type ToyCloud } from './testing/toyCloud.ts';
import { importHttpApi } from './v2/domain/import.ts';
import { httpResources } from './v2/resources.ts';

const type = (name: string) =>
  restResources.find((resource) => resource.name === `AWS::ApiGateway::${name}`) as ResourceType;

const body = (name: string) => ({
  swagger: '2.0',
  info: { title: name, version: '1.0' },
  paths: {
    [`/${name}`]: {
      get: {
        responses: {},
        'x-amazon-apigateway-integration': {
          httpMethod: 'POST',
          type: 'aws_proxy',
          uri: functionUri('f'),
        },
      },
    },
  },
});

let cloud: ToyCloud;
const create = (name: string, properties: object) =>
  type(name).create(cloud.resourceContext, properties as Record<string, unknown>);

beforeEach(() => {
  cloud = openToyCloud(new MemoryStore());
  cloud.functions.set('f', (event) => ({ statusCode: 200, body: JSON.stringify(event.stageVariables) }));
});

describe('a SAM API as CloudFormation deploys it', () => {
  it('serves, moves to a new deployment, and goes without leaving anything', async () => {
    const before = { Body: body('first'), Tags: [{ Key: 'team', Value: 'a' }] };
    const api = await create('RestApi', before);
    expect(api.attributes.RootResourceId).toMatch(/^[a-z0-9]{10}$/);
    const first = await create('Deployment', { RestApiId: api.physicalId, StageName: 'Stage' });
    const stageProperties = {
      RestApiId: api.physicalId,
      StageName: 'prod',
      DeploymentId: first.physicalId,
      Variables: { table: 't' },
      TracingEnabled: true,
      MethodSettings: [{ ResourcePath: '/*', HttpMethod: '*', LoggingLevel: 'INFO', ThrottlingRateLimit: 5 }],
    };
    // As the type AWS::ApiGateway::Account does it.
    const role = 'arn:aws:iam::123456789012:role/logs';
    await cloud.call('UpdateAccount', {
      patchOperations: [{ op: 'replace', path: '/cloudwatchRoleArn', value: role }],
    });
    const stage = await create('Stage', stageProperties);
    expect(stage.physicalId).toBe('prod');
    const url = (path: string) => `http://${api.physicalId}.execute-api.localhost:4566/prod${path}`;
    expect(await cloud.send(url('/first'))).toMatchObject({ status: 200, text: '{"table":"t"}' });

    const after = { ...before, Body: body('second'), Description: 'changed' };
    await type('RestApi').update(cloud.resourceContext, api, after, before);
    const second = await create('Deployment', { RestApiId: api.physicalId, StageName: 'Stage' });
    const moved = { ...stageProperties, DeploymentId: second.physicalId, Variables: { other: 'o' } };
    await type('Stage').update(cloud.resourceContext, stage, moved, stageProperties);
    expect(await cloud.send(url('/second'))).toMatchObject({ status: 200, text: '{"other":"o"}' });
    expect(await cloud.send(url('/first'))).toMatchObject({ status: 403 });

    await remove('Deployment', first, { RestApiId: api.physicalId, StageName: 'Stage' });
    expect(await cloud.call('GetRestApi', { restApiId: api.physicalId })).toMatchObject({
      name: 'second',
      description: 'changed',
      tags: { team: 'a', 'aws:cloudformation:stack-name': 'stack' },
    });
    expect(await cloud.call('GetStage', { restApiId: api.physicalId, stageName: 'prod' })).toMatchObject({
      tracingEnabled: true,
      methodSettings: { '*/*': { loggingLevel: 'INFO', throttlingRateLimit: 5 } },
    });
    await remove('Stage', stage, moved);
    await remove('Deployment', second, { RestApiId: api.physicalId, StageName: 'Stage' });
    await remove('RestApi', api, after);
    await remove('RestApi', api, after);
    expect(await cloud.call('GetRestApis', {})).toMatchObject({ items: [] });
  });

  it('builds an API from resources and methods as the CDK writes them', async () => {
    const api = await create('RestApi', { Name: 'cdk' });
    const RestApiId = api.physicalId;
    const items = await create('Resource', {
      RestApiId,
      ParentId: api.attributes.RootResourceId,
      PathPart: 'items',
    });
    const method = {
      RestApiId,
      ResourceId: items.physicalId,
      HttpMethod: 'GET',
      AuthorizationType: 'NONE',
      MethodResponses: [{ StatusCode: '204' }],
      Integration: {
        Type: 'MOCK',
        RequestTemplates: { 'application/json': '{ statusCode: 204 }' },
        IntegrationResponses: [{ StatusCode: '204' }],
      },
    };
    const made = await create('Method', method);
    await create('Deployment', { RestApiId, StageName: 'prod' });
    const url = `http://${RestApiId}.execute-api.localhost:4566/prod/items`;
    expect(await cloud.send(url)).toMatchObject({ status: 204, text: '' });
    const changed = { ...method, ApiKeyRequired: true };
    await type('Method').update(cloud.resourceContext, made, changed, method);
    await cloud.call('CreateDeployment', { restApiId: RestApiId, stageName: 'prod' });
    expect(await cloud.send(url)).toMatchObject({ status: 403, text: '{"message":"Forbidden"}' });
  });

  it('lets in an API key of a usage plan, until its quota is used', async () => {
    const api = await create('RestApi', {
      Body: { ...body('f'), 'x-amazon-apigateway-api-key-source': 'HEADER' },
    });
    const { items } = await cloud.call<{ items: { id: string; path: string }[] }>('GetResources', {
      restApiId: api.physicalId,
    });
    await cloud.call('UpdateMethod', {
      restApiId: api.physicalId,
      resourceId: items.find((item) => item.path === '/f')?.id,
      httpMethod: 'GET',
      patchOperations: [{ op: 'replace', path: '/apiKeyRequired', value: 'true' }],
    });
    await create('Deployment', { RestApiId: api.physicalId, StageName: 'prod' });
    const key = await create('ApiKey', { Enabled: true, Value: 'a-secret-of-twenty-characters' });
    const plan = await create('UsagePlan', {
      UsagePlanName: 'basic',
      ApiStages: [{ ApiId: api.physicalId, Stage: 'prod' }],
      Quota: { Limit: 2, Period: 'DAY' },
    });
    const url = `http://${api.physicalId}.execute-api.localhost:4566/prod/f`;
    const headers = { 'x-api-key': 'a-secret-of-twenty-characters' };
    expect((await cloud.send(url, { headers })).status).toBe(403);
    await create('UsagePlanKey', { KeyId: key.physicalId, KeyType: 'API_KEY', UsagePlanId: plan.physicalId });
    expect((await cloud.send(url, { headers })).status).toBe(200);
    expect((await cloud.send(url, { headers })).status).toBe(200);
    expect(await cloud.send(url, { headers })).toMatchObject({
      status: 429,
      text: '{"message":"Limit Exceeded"}',
    });
    await cloud.clock.advance(86_400_000);
    expect((await cloud.send(url, { headers })).status).toBe(200);
    expect((await cloud.send(url, { headers: { 'x-api-key': 'wrong' } })).status).toBe(403);
  });
});

const remove = (name: string, state: ResourceState, properties: object) =>
  type(name).delete(cloud.resourceContext, state, properties as Record<string, unknown>);

const samOutputs = '../shared/conformance/sam/output';

describe.skipIf(!existsSync(samOutputs))('the bodies that the SAM transform writes', () => {
  const bodies = readdirSync(samOutputs).flatMap((file) => {
    const template = JSON.parse(readFileSync(`${samOutputs}/${file}`, 'utf8')) as {
      Resources?: Record<string, { Type: string; Properties?: { Body?: object } }>;
    };
    return Object.values(template.Resources ?? {}).flatMap((resource) =>
      resource.Type === 'AWS::ApiGateway::RestApi' && resource.Properties?.Body
        ? [[file, resource.Properties.Body] as const]
        : [],
    );
  });

  it('are all imported, with an integration for every method', () => {
    expect(bodies.length).toBeGreaterThan(100);
    const failed: string[] = [];
    for (const [file, value] of bodies) {
      try {
        const root = withoutIntrinsics(value) as Record<string, unknown>;
        const version = root.swagger ? 2 : 3;
        importOpenApi({ root, version }, 'api');
      } catch (error) {
        failed.push(`${file}: ${String(error)}`);
      }
    }
    expect(failed).toEqual([]);
  });

  it('of HTTP APIs have routes only that can be made', () => {
    const keys = new Set<string>();
    for (const file of readdirSync(samOutputs)) {
      const template = JSON.parse(readFileSync(`${samOutputs}/${file}`, 'utf8')) as {
        Resources?: Record<string, { Type: string; Properties?: { Body?: object } }>;
      };
      for (const { Type, Properties } of Object.values(template.Resources ?? {})) {
        if (Type !== 'AWS::ApiGatewayV2::Api' || !Properties?.Body) continue;
        const root = withoutIntrinsics(Properties.Body) as Record<string, unknown>;
        for (const route of importHttpApi(root, 'ignore').routes) keys.add(route.RouteKey ?? '');
      }
    }
    expect(keys.size).toBeGreaterThan(5);
    expect(keys).toContain('$default');
    for (const key of keys) expect(key).toMatch(/^(?:\$default|[A-Z]+ \/\S*)$/);
  });

  it('need no property that the resource types refuse', () => {
    const refused = new Set<string>();
    for (const file of readdirSync(samOutputs)) {
      const template = JSON.parse(readFileSync(`${samOutputs}/${file}`, 'utf8')) as {
        Resources?: Record<string, { Type: string; Properties?: object }>;
      };
      for (const resource of Object.values(template.Resources ?? {})) {
        const known = [...restResources, ...httpResources].find((entry) => entry.name === resource.Type);
        for (const property of Object.keys(resource.Properties ?? {})) {
          if (known && !(property in known.properties)) refused.add(`${resource.Type} ${property}`);
        }
      }
    }
    expect([...refused]).toEqual([]);
  });
});

/** `{ Ref: … }` and `{ 'Fn::…': … }` as CloudFormation would have resolved them: some text. */
function withoutIntrinsics(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutIntrinsics);
  if (typeof value !== 'object' || value === null) return value;
  const [[name, inner] = ['', undefined], second] = Object.entries(value);
  if (!second && name === 'Fn::If') return withoutIntrinsics((inner as unknown[])[1]);
  if (!second && (name === 'Ref' || name.startsWith('Fn::'))) return 'resolved';
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, withoutIntrinsics(entry)]));
}
