/** Requests by HTTP: https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway.html and its neighbours. */
import { arn, base64, type Common, jsonOrText, type Sample, sample } from './sample.ts';

const agent = 'curl/8.5.0';
const sourceIp = '203.0.113.7';
const apiId = 'a1b2c3d4e5';

const request = {
  method: 'POST',
  path: '/items/42',
  body: '{"name":"first"}',
  query: 'page=1',
  stage: 'prod',
};

/** `page=1&tag=a&tag=b` as the proxies hand it on. */
function queryOf(text: string) {
  const query = new URLSearchParams(text);
  const names = [...new Set(query.keys())];
  return {
    raw: text,
    last:
      names.length === 0 ? null : Object.fromEntries(names.map((name) => [name, query.getAll(name).at(-1)])),
    all: names.length === 0 ? null : Object.fromEntries(names.map((name) => [name, query.getAll(name)])),
    joined: Object.fromEntries(names.map((name) => [name, query.getAll(name).join(',')])),
  };
}

const headersTo = (host: string): Record<string, string> => ({
  accept: '*/*',
  'content-type': 'application/json',
  host,
  'user-agent': agent,
  'x-forwarded-for': sourceIp,
  'x-forwarded-port': '443',
  'x-forwarded-proto': 'https',
});

const listsOf = (values: Record<string, string>) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, [value]]));

const hostOf = ({ region }: Common) => `${apiId}.execute-api.${region}.amazonaws.com`;

function restContext(common: Common, method: string, path: string, stage: string, resource: string) {
  return {
    accountId: common.account,
    apiId,
    domainName: hostOf(common),
    domainPrefix: apiId,
    extendedRequestId: 'Jfa3bGVXoAMEvZg=',
    httpMethod: method,
    identity: {
      accessKey: null,
      accountId: null,
      caller: null,
      cognitoAuthenticationProvider: null,
      cognitoAuthenticationType: null,
      cognitoIdentityId: null,
      cognitoIdentityPoolId: null,
      principalOrgId: null,
      sourceIp,
      user: null,
      userAgent: agent,
      userArn: null,
    },
    path: `/${stage}${path}`,
    protocol: 'HTTP/1.1',
    requestId: common.uuid(),
    requestTime: `${new Date(common.time).toUTCString().slice(5, 16).replaceAll(' ', '/')}:${new Date(common.time).toISOString().slice(11, 19)} +0000`,
    requestTimeEpoch: common.time,
    resourceId: 'x7y8z9',
    resourcePath: resource,
    stage,
  };
}

/** Payload format 2.0, of HTTP APIs and function URLs. */
function version2(common: Common, values: Readonly<typeof request>, host: string, routeKey: string) {
  const query = queryOf(values.query);
  const { method, path, stage, body } = values;
  const time = new Date(common.time);
  return {
    version: '2.0',
    routeKey,
    rawPath: path,
    rawQueryString: query.raw,
    cookies: ['session=abc'],
    headers: headersTo(host),
    ...(query.last ? { queryStringParameters: query.joined } : {}),
    requestContext: {
      accountId: common.account,
      apiId: host.split('.')[0],
      domainName: host,
      domainPrefix: host.split('.')[0],
      http: { method, path, protocol: 'HTTP/1.1', sourceIp, userAgent: agent },
      requestId: common.uuid(),
      routeKey,
      stage,
      time: `${time.toUTCString().slice(5, 16).replaceAll(' ', '/')}:${time.toISOString().slice(11, 19)} +0000`,
      timeEpoch: common.time,
    },
    ...(body === '' ? {} : { body }),
    isBase64Encoded: false,
  };
}

const restProxy = sample(
  'a request through a REST API (Lambda proxy integration)',
  { ...request, resource: '/{proxy+}' },
  (values, common) => {
    const query = queryOf(values.query);
    const headers = headersTo(hostOf(common));
    return {
      resource: values.resource,
      path: values.path,
      httpMethod: values.method,
      headers,
      multiValueHeaders: listsOf(headers),
      queryStringParameters: query.last,
      multiValueQueryStringParameters: query.all,
      pathParameters: values.resource === '/{proxy+}' ? { proxy: values.path.replace(/^\//, '') } : null,
      stageVariables: null,
      requestContext: restContext(common, values.method, values.path, values.stage, values.resource),
      body: values.body === '' ? null : values.body,
      isBase64Encoded: false,
    };
  },
);

const httpProxy = sample('a request through an HTTP API (payload format 2.0)', request, (values, common) =>
  version2(common, values, hostOf(common), `${values.method} ${values.path}`),
);

const tokenAuthorizer = sample(
  'what a TOKEN authorizer of a REST API is asked',
  { token: 'Bearer abc', method: 'GET', path: '/items', stage: 'prod' },
  ({ token, method, path, stage }, common) => ({
    type: 'TOKEN',
    authorizationToken: token,
    methodArn: arn(common, 'execute-api', `${apiId}/${stage}/${method}${path}`),
  }),
);

const requestAuthorizer = sample(
  'what a REQUEST authorizer of a REST API is asked',
  { method: 'GET', path: '/items', query: 'page=1', stage: 'prod', token: 'Bearer abc' },
  ({ method, path, query, stage, token }, common) => {
    const headers: Record<string, string> = { ...headersTo(hostOf(common)), authorization: token };
    return {
      type: 'REQUEST',
      methodArn: arn(common, 'execute-api', `${apiId}/${stage}/${method}${path}`),
      resource: path,
      path,
      httpMethod: method,
      headers,
      multiValueHeaders: listsOf(headers),
      queryStringParameters: queryOf(query).last ?? {},
      multiValueQueryStringParameters: queryOf(query).all ?? {},
      pathParameters: {},
      stageVariables: {},
      requestContext: restContext(common, method, path, stage, path),
    };
  },
);

const { body: _body, ...withoutBody } = request;

const httpAuthorizer = sample(
  'what a Lambda authorizer of an HTTP API is asked (payload format 2.0)',
  { ...withoutBody, token: 'Bearer abc' },
  (values, common) => {
    const routeKey = `${values.method} ${values.path}`;
    const asked = { ...values, body: '' };
    const { isBase64Encoded: _flag, ...rest } = version2(common, asked, hostOf(common), routeKey);
    return {
      ...rest,
      type: 'REQUEST',
      routeArn: arn(common, 'execute-api', `${apiId}/${values.stage}/${values.method}${values.path}`),
      identitySource: [values.token],
      headers: { ...rest.headers, authorization: values.token },
    };
  },
);

const websocket = sample(
  'a message through a WebSocket API',
  { 'route-key': '$default', body: '{"action":"hello"}', 'connection-id': 'L0SM9cOFvHcCIhw=', stage: 'prod' },
  (values, common) => ({
    requestContext: {
      routeKey: values['route-key'],
      messageId: 'L0SNBeVgvHcCIhw=',
      eventType:
        values['route-key'] === '$connect'
          ? 'CONNECT'
          : values['route-key'] === '$disconnect'
            ? 'DISCONNECT'
            : 'MESSAGE',
      extendedRequestId: 'L0SNBGGxvHcFeEA=',
      messageDirection: 'IN',
      stage: values.stage,
      connectedAt: common.time - 1000,
      requestTimeEpoch: common.time,
      identity: { sourceIp },
      requestId: 'L0SNBGGxvHcFeEA=',
      domainName: hostOf(common),
      connectionId: values['connection-id'],
      apiId,
    },
    body: values.body,
    isBase64Encoded: false,
  }),
);

const { stage: _stage, ...withoutStage } = request;

const loadBalancer = sample(
  'a request through an Application Load Balancer',
  withoutStage,
  (values, common) => ({
    requestContext: {
      elb: {
        targetGroupArn: arn(common, 'elasticloadbalancing', 'targetgroup/functions/49e9d65c45c6791a'),
      },
    },
    httpMethod: values.method,
    path: values.path,
    queryStringParameters: queryOf(values.query).last ?? {},
    headers: headersTo('functions-1234567890.elb.amazonaws.com'),
    body: values.body,
    isBase64Encoded: false,
  }),
);

const functionUrl = sample(
  'a request through a function URL',
  { ...request, stage: '$default' },
  (values, common) =>
    version2(
      common,
      values,
      `abcdefghij0123456789abcdefghij01.lambda-url.${common.region}.on.aws`,
      '$default',
    ),
);

/** https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-event-structure.html */
function edge(eventType: string, responds: boolean): Sample {
  return sample(
    `Lambda@Edge: ${eventType}`,
    {
      uri: '/index.html',
      method: 'GET',
      query: '',
      host: 'd111111abcdef8.cloudfront.net',
      ...(responds ? { status: '200' } : {}),
    },
    ({ uri, method, query, host, status = '' }, common) => ({
      Records: [
        {
          cf: {
            config: {
              distributionDomainName: host,
              distributionId: 'EDFDVBD6EXAMPLE',
              eventType,
              requestId: base64(common.uuid()),
            },
            request: {
              clientIp: sourceIp,
              headers: {
                host: [{ key: 'Host', value: host }],
                'user-agent': [{ key: 'User-Agent', value: agent }],
              },
              method,
              querystring: query,
              uri,
            },
            ...(responds
              ? {
                  response: {
                    status,
                    statusDescription: status === '200' ? 'OK' : '',
                    headers: { server: [{ key: 'Server', value: 'AmazonS3' }] },
                  },
                }
              : {}),
          },
        },
      ],
    }),
  );
}

const resolver = sample(
  'a direct Lambda resolver of AppSync',
  { field: 'getItem', type: 'Query', arguments: '{"id":"42"}' },
  ({ field, type, arguments: given }, _common) => ({
    arguments: jsonOrText(given),
    identity: null,
    source: null,
    request: { headers: { 'content-type': 'application/json', 'user-agent': agent }, domainName: null },
    prev: null,
    info: {
      selectionSetList: ['id', 'name'],
      selectionSetGraphQL: '{\n  id\n  name\n}',
      fieldName: field,
      parentTypeName: type,
      variables: {},
    },
    stash: {},
  }),
);

export const http = {
  apigateway: {
    'aws-proxy': restProxy,
    'http-api-proxy': httpProxy,
    authorizer: tokenAuthorizer,
    'request-authorizer': requestAuthorizer,
    'http-api-authorizer': httpAuthorizer,
    websocket,
  },
  alb: { request: loadBalancer },
  appsync: { resolver },
  cloudfront: {
    'viewer-request': edge('viewer-request', false),
    'origin-request': edge('origin-request', false),
    'origin-response': edge('origin-response', true),
    'viewer-response': edge('viewer-response', true),
  },
  'function-url': { request: functionUrl },
} satisfies Record<string, Record<string, Sample>>;
