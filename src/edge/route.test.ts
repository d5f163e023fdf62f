import { describe, expect, it } from 'vitest';
import { readCredentialScope } from '../identity/index.ts';
import type { ServiceEntry } from '../platform/index.ts';
import { isLoopbackHost } from './hosts.ts';
import { createRouter, isServiceHost, type Route } from './route.ts';

const entry = (name: string, more: Partial<ServiceEntry> = {}): ServiceEntry => ({
  name,
  model: name,
  signingName: name,
  hostPrefixes: [name],
  load: () => Promise.reject(new Error('not in this test')),
  ...more,
});

const router = createRouter([
  entry('dynamodb', { targetPrefix: 'DynamoDB_20120810' }),
  entry('dynamodbstreams', {
    signingName: 'dynamodb',
    targetPrefix: 'DynamoDBStreams_20120810',
    hostPrefixes: ['streams.dynamodb'],
  }),
  entry('s3'),
  entry('sts'),
  entry('lambda', {
    dataPlanes: [
      {
        endpoint: 'functionUrl',
        match: (host) => {
          const found = /^([a-z0-9]+)\.lambda-url\.([a-z0-9-]+)\./.exec(host);
          return found?.[1] === undefined ? undefined : { id: found[1], region: found[2] ?? '' };
        },
      },
    ],
  }),
  entry('apigateway', {
    dataPlanes: [
      {
        endpoint: 'execute',
        match: (host, path) => {
          const api =
            /^([a-z0-9]+)\.execute-api\./.exec(host)?.[1] ??
            /^\/restapis\/([a-z0-9]+)\/[^/]+\/_user_request_/.exec(path)?.[1];
          return api === undefined ? undefined : { api };
        },
      },
    ],
  }),
  entry('apigatewayv2', { signingName: 'apigateway' }),
]);

function read(route: Route): Record<string, unknown> {
  if (route.kind === 'operation') {
    return {
      service: route.candidates.map(({ name }) => name).join(),
      region: route.region,
      path: route.path,
    };
  }
  if (route.kind === 'endpoint')
    return { endpoint: `${route.entry.name}.${route.endpoint}`, ...route.params };
  return { ...route };
}

function route(text: string, headers: Record<string, string> = {}, method = 'POST') {
  const { host, pathname, search } = new URL(text);
  const sent = { host, ...headers };
  const query = search.slice(1);
  return read(
    router.route({ method, path: pathname, query, headers: sent }, readCredentialScope(sent, query)),
  );
}
const signed = (service: string, region = 'eu-west-1') => ({
  authorization: `AWS4-HMAC-SHA256 Credential=test/20250101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`,
});
const local = 'http://localhost:4566';

describe('routes', () => {
  it.each<[string, string, Record<string, string>, Record<string, unknown>]>([
    ['scope', local, signed('sts'), { service: 'sts', region: 'eu-west-1' }],
    ['scope without a service', local, signed('sqs'), { kind: 'unknown', service: 'sqs' }],
    [
      'presigned scope',
      `${local}/?X-Amz-Credential=test%2F20250101%2Fus-west-2%2Fsts%2Faws4_request`,
      {},
      { service: 'sts', region: 'us-west-2' },
    ],
    ['target', local, { 'x-amz-target': 'DynamoDB_20120810.GetItem' }, { service: 'dynamodb' }],
    [
      'unknown target',
      local,
      { 'x-amz-target': 'Kinesis_20131202.PutRecord' },
      { kind: 'unknown', service: 'Kinesis_20131202.PutRecord' },
    ],
    [
      'one signing name, two services',
      local,
      { ...signed('dynamodb'), 'x-amz-target': 'DynamoDBStreams_20120810.GetRecords' },
      { service: 'dynamodbstreams' },
    ],
    [
      'one signing name, no hint',
      `${local}/v2/apis`,
      signed('apigateway'),
      { service: 'apigateway,apigatewayv2' },
    ],
    [
      'AWS host',
      'https://dynamodb.eu-central-1.amazonaws.com',
      {},
      { service: 'dynamodb', region: 'eu-central-1' },
    ],
    [
      'AWS host of two labels',
      'https://streams.dynamodb.us-east-1.amazonaws.com',
      {},
      { service: 'dynamodbstreams', region: 'us-east-1' },
    ],
    [
      'AWS host in China',
      'https://sts.cn-north-1.amazonaws.com.cn',
      {},
      { service: 'sts', region: 'cn-north-1' },
    ],
    ['global AWS host', 'https://sts.amazonaws.com', {}, { service: 'sts', region: undefined }],
    [
      'LocalStack host',
      'http://sts.eu-west-3.localhost.localstack.cloud:4566',
      {},
      { service: 'sts', region: 'eu-west-3' },
    ],
    ['localhost subdomain', 'http://lambda.localhost:4566/2015-03-31/functions', {}, { service: 'lambda' }],
    [
      'bucket in an AWS host',
      'https://my.bucket.s3.eu-west-1.amazonaws.com/a%2Fb',
      {},
      { service: 's3', region: 'eu-west-1', path: '/my.bucket/a%2Fb' },
    ],
    [
      'bucket, dualstack',
      'https://b.s3.dualstack.eu-west-1.amazonaws.com/k',
      {},
      { service: 's3', path: '/b/k' },
    ],
    [
      'bucket, older dash',
      'https://b.s3-eu-west-1.amazonaws.com/k',
      {},
      { service: 's3', region: 'eu-west-1', path: '/b/k' },
    ],
    ['bucket before s3.localhost', 'http://b.s3.localhost:4566/k', {}, { service: 's3', path: '/b/k' }],
    [
      'bucket before localhost, signed',
      'http://b.localhost:4566/k',
      signed('s3'),
      { service: 's3', path: '/b/k' },
    ],
    [
      'path style, signed, whatever the path',
      `${local}/restapis/x/y/_user_request_/z`,
      signed('s3'),
      { service: 's3', path: '/restapis/x/y/_user_request_/z' },
    ],
    [
      'REST data plane by host',
      'http://a1b2.execute-api.eu-west-1.localhost:4566/prod/items',
      {},
      { endpoint: 'apigateway.execute', api: 'a1b2' },
    ],
    [
      'REST data plane, signed',
      'https://a1b2.execute-api.eu-west-1.amazonaws.com/prod',
      signed('execute-api'),
      { endpoint: 'apigateway.execute', api: 'a1b2' },
    ],
    [
      'REST data plane by path',
      `${local}/restapis/a1b2/prod/_user_request_/items`,
      {},
      { endpoint: 'apigateway.execute', api: 'a1b2' },
    ],
    [
      'function URL',
      'https://xyz.lambda-url.us-east-1.on.aws/',
      {},
      { endpoint: 'lambda.functionUrl', id: 'xyz', region: 'us-east-1' },
    ],
    ['unsigned REST by path', `${local}/2015-03-31/functions/f/invocations`, {}, { service: 'lambda' }],
    [
      'unsigned form',
      local,
      { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
      { kind: 'form' },
    ],
    [
      'unsigned query string',
      `${local}/?Action=GetCallerIdentity&Version=2011-06-15`,
      {},
      { service: 'sts' },
    ],
    ['nothing at all is S3', `${local}/bucket/key`, {}, { service: 's3', path: '/bucket/key' }],
  ])('%s: %s', (_what, url, headers, expected) => {
    expect(route(url, headers)).toMatchObject(expected);
  });

  it('reads the service of an unsigned form from its API version', () => {
    expect(
      read(router.routeForm('Action=AssumeRoleWithWebIdentity&Version=2011-06-15', 'eu-west-1')),
    ).toMatchObject({ service: 'sts', region: 'eu-west-1' });
    expect(read(router.routeForm('Action=X&Version=1999-01-01', undefined))).toMatchObject({
      kind: 'unknown',
    });
  });
});

describe('loopback hosts', () => {
  it.each([
    ['localhost:4566', true],
    ['127.0.0.1', true],
    ['[::1]:4566', true],
    ['x.localhost', true],
    ['s3.localhost.localstack.cloud:4566', true],
    ['evil.example', false],
    ['localhost.evil.example', false],
    ['127.0.0.1.evil.example', false],
    ['', false],
    [undefined, false],
  ])('%s: %s', (host, expected) => {
    expect(isLoopbackHost(host)).toBe(expected);
  });
});

describe('custom domains', () => {
  const routed = (isEmpty: boolean) =>
    createRouter(
      [entry('s3'), entry('apigateway'), entry('dynamodb', { targetPrefix: 'DynamoDB_20120810' })],
      {
        isEmpty,
        find: (host) =>
          host === 'api.example.com'
            ? { service: 'apigateway', endpoint: 'execute-api', params: { domain: host } }
            : undefined,
      },
    );
  const at = (host: string, path: string) => ({ method: 'GET', path, query: '', headers: { host } });

  it('come before everything else, at the root too', () => {
    expect(routed(false).route(at('API.example.com:4566', '/'), undefined)).toMatchObject({
      kind: 'endpoint',
      endpoint: 'execute-api',
      params: { domain: 'api.example.com', path: '/' },
    });
    expect(routed(false).route(at('other.example.com', '/'), undefined)).toMatchObject({ kind: 'operation' });
  });

  it('are not asked for while there are none', () => {
    expect(routed(true).route(at('api.example.com', '/'), undefined)).toMatchObject({ kind: 'operation' });
  });

  it('are none of the names that are the own of the cloud', () => {
    const services = [entry('s3'), entry('dynamodb')];
    const own = (host: string) => isServiceHost(services, host);
    expect(['api.execute-api.localhost', 's3.localhost', 'b.s3.eu-west-1.localhost'].map(own)).toEqual([
      true,
      true,
      true,
    ]);
    expect(['api.example.com', 'shop.localhost', 'a.b.localhost.localstack.cloud'].map(own)).toEqual([
      false,
      false,
      false,
    ]);
  });
});
