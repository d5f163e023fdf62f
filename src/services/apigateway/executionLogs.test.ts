/** Execution and access logs of REST APIs: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html */
import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryStore } from '../../store/index.ts';
import { ExecutionLog, masked } from './domain/executionLog.ts';
import { account, functionUri, openToyCloud, region, type ToyCloud } from './testing/toyCloud.ts';

let cloud: ToyCloud;
let id: string;

const patch = (...patchOperations: object[]) =>
  cloud.call('UpdateStage', { restApiId: id, stageName: 'prod', patchOperations });
const replace = (path: string, value: string) => ({ op: 'replace', path, value });
const post = (path: string, headers: Record<string, string> = {}) =>
  cloud.send(`http://${id}.execute-api.localhost:4566/prod${path}`, {
    method: 'POST',
    body: '{"a":1}',
    headers,
  });

const lines = () =>
  cloud.cloudLogs
    .filter(({ logGroup }) => logGroup === `API-Gateway-Execution-Logs_${id}/prod`)
    .flatMap(({ events }) => events.map(({ message }) => message.replaceAll(/[\da-f-]{36}/g, 'ID')));

beforeEach(async () => {
  cloud = openToyCloud(new MemoryStore());
  const proxy = { type: 'aws_proxy', httpMethod: 'POST', uri: functionUri('f') };
  const method = (more: object = {}) => ({
    post: { responses: {}, 'x-amazon-apigateway-integration': proxy, ...more },
  });
  const authorizer = { type: 'token', authorizerUri: functionUri('guard'), authorizerResultTtlInSeconds: 0 };
  const document = {
    swagger: '2.0',
    info: { title: 'logged', version: '1' },
    securityDefinitions: {
      guard: {
        type: 'apiKey',
        name: 'Authorization',
        in: 'header',
        'x-amazon-apigateway-authtype': 'custom',
        'x-amazon-apigateway-authorizer': authorizer,
      },
      key: { type: 'apiKey', name: 'x-api-key', in: 'header' },
    },
    paths: {
      '/items/{id}': method(),
      '/guarded': method({ security: [{ guard: [] }] }),
      '/keyed': method({ security: [{ key: [] }] }),
    },
    'x-amazon-apigateway-gateway-responses': {
      ACCESS_DENIED: {
        statusCode: 403,
        responseTemplates: { 'application/json': '{"why":"$context.authorizer.why"}' },
      },
    },
  };
  const body = Buffer.from(JSON.stringify(document));
  id = (await cloud.call<{ id: string }>('ImportRestApi', { body })).id;
  await cloud.call('CreateDeployment', { restApiId: id, stageName: 'prod' });
  const role = { op: 'replace', path: '/cloudwatchRoleArn', value: `arn:aws:iam::${account}:role/logs` };
  await cloud.call('UpdateAccount', { patchOperations: [role] });
  cloud.functions.set('f', () => ({ statusCode: 200, headers: { 'X-B': 'b' }, body: 'hello' }));
});

describe('the execution log of a stage', () => {
  it('tells a request from beginning to end at INFO with data tracing', async () => {
    await patch(replace('/*/*/logging/loglevel', 'INFO'), replace('/*/*/logging/dataTrace', 'true'));
    await post('/items/7?q=1&q=2', { Authorization: 'Bearer secret-token', 'X-API-Key': 'key' });
    const uri = `https://lambda.${region}.amazonaws.com/2015-03-31/functions/arn:aws:lambda:${region}:${account}:function:f/invocations`;
    const logged = lines();
    expect(logged.map((line) => line.replace(/^\(ID\) /, ''))).toEqual([
      expect.stringMatching(/^Extended Request Id: .{15}=$/),
      `Verifying Usage Plan for request: ID. API Key:  API Stage: ${id}/prod`,
      "API Key  authorized because method 'POST /items/{id}' does not require API Key. Request will not contribute to throttle or quota limits",
      `Usage Plan check succeeded for API Key  and API Stage ${id}/prod`,
      'Starting execution for request: ID',
      'HTTP Method: POST, Resource Path: /items/7',
      'Method request path: {id=7}',
      'Method request query string: {q=1,2}',
      expect.stringContaining('Authorization=*************-token, X-API-Key=***'),
      'Method request body before transformations: {"a":1}',
      `Endpoint request URI: ${uri}`,
      expect.stringMatching(`^Endpoint request headers: {x-amzn-apigateway-api-id=${id}, `),
      expect.stringContaining('Endpoint request body after transformations: {"resource":"/items/{id}"'),
      `Sending request to ${uri}`,
      'Received response. Status: 200, Integration latency: 0 ms',
      'Endpoint response headers: {Content-Type=application/json}',
      'Endpoint response body before transformations: {"statusCode":200,"headers":{"X-B":"b"},"body":"hello"}',
      'Method response body after transformations: hello',
      expect.stringContaining('Method response headers: {content-type=application/json, x-b=b'),
      'Successfully completed execution',
      'Method completed with status: 200',
    ]);
    expect(logged.every((line) => line.startsWith('(ID) ') && line.length <= 1024)).toBe(true);
    expect(logged.join()).not.toContain('secret');
  });

  it('leaves payloads out without data tracing', async () => {
    await patch(replace('/*/*/logging/loglevel', 'INFO'));
    await post('/items/7');
    expect(lines()).toContain('(ID) Method completed with status: 200');
    expect(lines().join()).not.toMatch(/Method request body|Endpoint response/);
  });

  it('tells failures alone at ERROR', async () => {
    await patch(replace('/*/*/logging/loglevel', 'ERROR'));
    await post('/items/7');
    expect(lines()).toEqual([]);
    cloud.functions.set('f', () => 'no answer');
    await post('/items/7');
    cloud.functions.set('f', () => {
      throw new Error('boom');
    });
    await post('/items/7');
    await post('/keyed');
    expect(lines()).toEqual([
      '(ID) Execution failed due to configuration error: Malformed Lambda proxy response',
      '(ID) Lambda execution failed with status 200 due to customer function error: boom. Lambda request id: ID',
      `(ID) API Key  not authorized because method 'POST /keyed' requires API Key and API Key is not associated with a Usage Plan for API Stage ${id}/prod: API Key was not found`,
    ]);
  });

  it('tells what an authorizer said, as gateway responses may', async () => {
    await patch(replace('/*/*/logging/loglevel', 'INFO'));
    let effect = 'Allow';
    cloud.functions.set('guard', () => ({
      principalId: 'principal',
      policyDocument: { Statement: [{ Action: '*', Effect: effect, Resource: '*' }] },
      context: { why: 'because' },
    }));
    await post('/guarded', { Authorization: 'token' });
    expect(lines()).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^\(ID\) Starting authorizer: [a-z0-9]{6} for request: ID$/),
        '(ID) Using valid authorizer policy for principal: ***ncipal',
        '(ID) Successfully completed authorizer execution',
      ]),
    );
    effect = 'Deny';
    expect(await post('/guarded', { Authorization: 'token' })).toMatchObject({
      status: 403,
      text: '{"why":"because"}',
    });
    expect(lines()).toContain('(ID) The client is not authorized to perform this operation.');
    expect(lines()).toContain('(ID) Gateway response type: ACCESS_DENIED with status code: 403');
  });

  it('cuts long lines, and masks short secrets whole', () => {
    const log = new ExecutionLog(() => 0, '(r) ', { info: true, data: true });
    log.data('Method request body before transformations', 'x'.repeat(2000));
    expect(log.lines[0]?.message).toHaveLength(1024);
    expect(log.lines[0]?.message).toMatch(/x \[TRUNCATED\]$/);
    expect([masked('abcdef'), masked('abcdefgh')]).toEqual(['******', '**cdefgh']);
  });
});

describe('the access log of a stage', () => {
  it('knows how integration and authorizer went', async () => {
    const format =
      '$context.integration.status $context.integrationLatency $context.authorizer.integrationStatus $context.authorizer.principalId $context.authorize.status $context.xrayTraceId $context.requestId';
    await patch(
      replace('/accessLogSettings/destinationArn', `arn:aws:logs:${region}:${account}:log-group:access`),
      replace('/accessLogSettings/format', format),
    );
    cloud.functions.set('guard', () => ({
      principalId: 'p',
      policyDocument: { Statement: [{ Action: '*', Effect: 'Allow', Resource: '*' }] },
    }));
    await post('/guarded', { Authorization: 'token' });
    await post('/items/7');
    const logged = cloud.cloudLogs.flatMap(({ events }) => events.map(({ message }) => message.split(' ')));
    expect(logged.map((fields) => fields.slice(0, 5))).toEqual([
      ['200', '0', '200', 'p', '200'],
      ['200', '0', '-', '-', '-'],
    ]);
    expect(logged[0]?.[5]).toMatch(/^Root=1-/);
  });
});

describe('the metrics of a stage', () => {
  it('are of the stage, and of the method where that is asked for', async () => {
    await post('/items/7');
    await patch(replace('/*/*/metrics/enabled', 'true'));
    await post('/items/7');
    const of = (name: string) =>
      cloud.metrics.filter((datum) => datum.name === name).map(({ dimensions }) => dimensions);
    const stage = { ApiName: 'logged', Stage: 'prod' };
    expect(of('Count')).toEqual([stage, stage, { ...stage, Resource: '/items/{id}', Method: 'POST' }]);
    expect(of('IntegrationLatency')).toHaveLength(3);
    cloud.functions.set('f', () => ({ statusCode: 404 }));
    await post('/items/7');
    expect(of('4XXError')).toHaveLength(2);
  });
});
