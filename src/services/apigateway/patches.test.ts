/** What every Update* may patch: https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html */
import { beforeAll, describe, expect, it } from 'vitest';
import { MemoryStore } from '../../store/index.ts';
import { functionUri, openToyCloud, type ToyCloud } from './testing/toyCloud.ts';

let cloud: ToyCloud;
const names: Record<string, Record<string, string>> = {};
const call = <T = Record<string, string>>(operation: string, input: object) =>
  cloud.call<T>(operation, input);

const certificate = 'arn:aws:acm:eu-west-1:123456789012:certificate/1';

beforeAll(async () => {
  cloud = openToyCloud(new MemoryStore());
  const { id: restApiId = '', rootResourceId = '' } = await call('CreateRestApi', { name: 'a' });
  const { id: resourceId = '' } = await call('CreateResource', {
    restApiId,
    parentId: rootResourceId,
    pathPart: 'p',
  });
  const method = { restApiId, resourceId, httpMethod: 'GET' };
  await call('PutMethod', { ...method, authorizationType: 'NONE' });
  await call('PutIntegration', {
    ...method,
    type: 'HTTP',
    integrationHttpMethod: 'GET',
    uri: 'https://a.example',
  });
  const response = { ...method, statusCode: '200' };
  await call('PutMethodResponse', {
    ...response,
    responseParameters: { 'method.response.header.A': false },
  });
  await call('PutIntegrationResponse', response);
  const { id: authorizerId = '' } = await call('CreateAuthorizer', {
    restApiId,
    name: 'g',
    type: 'REQUEST',
    authorizerUri: functionUri('g'),
    identitySource: 'method.request.header.A',
    authorizerResultTtlInSeconds: 0,
  });
  const { id: requestValidatorId = '' } = await call('CreateRequestValidator', { restApiId, name: 'v' });
  const { id: deploymentId = '' } = await call('CreateDeployment', { restApiId, stageName: 'prod' });
  await call('CreateModel', { restApiId, name: 'M', contentType: 'application/json', schema: '{}' });
  await call('PutGatewayResponse', { restApiId, responseType: 'DEFAULT_4XX' });
  const { id: documentationPartId = '' } = await call('CreateDocumentationPart', {
    restApiId,
    location: { type: 'API' },
    properties: '{}',
  });
  await call('CreateDocumentationVersion', { restApiId, documentationVersion: '1' });
  const { id: apiKey = '' } = await call('CreateApiKey', { name: 'k', enabled: true });
  const { id: usagePlanId = '' } = await call('CreateUsagePlan', {
    name: 'u',
    apiStages: [{ apiId: restApiId, stage: 'prod' }],
  });
  const domainName = 'api.example.com';
  await call('CreateDomainName', {
    domainName,
    certificateArn: certificate,
    regionalCertificateArn: certificate,
    endpointConfiguration: { types: ['REGIONAL'] },
  });
  await call('CreateBasePathMapping', { domainName, restApiId, stage: 'prod' });
  const { clientCertificateId = '' } = await call('GenerateClientCertificate', {});
  const { id: vpcLinkId = '' } = await call('CreateVpcLink', {
    name: 'l',
    targetArns: ['arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/net/n/1'],
  });
  Object.assign(names, {
    Account: {},
    ApiKey: { apiKey },
    Authorizer: { restApiId, authorizerId },
    BasePathMapping: { domainName, basePath: '(none)' },
    ClientCertificate: { clientCertificateId },
    Deployment: { restApiId, deploymentId },
    DocumentationPart: { restApiId, documentationPartId },
    DocumentationVersion: { restApiId, documentationVersion: '1' },
    DomainName: { domainName },
    GatewayResponse: { restApiId, responseType: 'DEFAULT_4XX' },
    Integration: method,
    IntegrationResponse: response,
    Method: method,
    MethodResponse: response,
    Model: { restApiId, modelName: 'M' },
    RequestValidator: { restApiId, requestValidatorId },
    Resource: { restApiId, resourceId },
    RestApi: { restApiId },
    Stage: { restApiId, stageName: 'prod' },
    UsagePlan: { usagePlanId },
    VpcLink: { vpcLinkId },
  });
});

/** What → path → operations and a value. `{…}` is a name from above. */
const table: Record<string, Record<string, [ops: string, value: string]>> = {
  Account: {
    '/cloudwatchRoleArn': ['replace', 'arn:aws:iam::123456789012:role/r'],
    '/features': ['add', 'UsagePlans'],
  },
  ApiKey: {
    '/customerId': ['replace', 'c'],
    '/description': ['replace', 'd'],
    '/enabled': ['replace', 'false'],
    '/labels': ['add remove', 'l'],
    '/name': ['replace', 'n'],
    '/stages': ['add remove', '{restApiId}/prod'],
  },
  Authorizer: {
    '/authorizerUri': ['replace', functionUri('h')],
    '/authorizerCredentials': ['replace', 'arn:aws:iam::123456789012:role/r'],
    '/authorizerResultTtlInSeconds': ['replace', '0'],
    '/authType': ['replace', 'custom'],
    '/identitySource': ['add replace remove', 'method.request.header.B'],
    '/identityValidationExpression': ['replace', '.*'],
    '/name': ['replace', 'n'],
    '/providerARNs': ['add remove', 'arn:aws:cognito-idp:eu-west-1:123456789012:userpool/p'],
    '/type': ['replace', 'REQUEST'],
  },
  BasePathMapping: {
    '/restapiId': ['replace', '{restApiId}'],
    '/stage': ['replace', 'prod'],
    '/basepath': ['replace', '(none)'],
  },
  ClientCertificate: { '/description': ['replace', 'd'] },
  Deployment: { '/description': ['replace', 'd'] },
  DocumentationPart: { '/properties': ['replace', '{"a":1}'] },
  DocumentationVersion: { '/description': ['replace', 'd'] },
  DomainName: {
    '/certificateName': ['add replace', 'n'],
    '/certificateArn': ['add replace remove', certificate],
    '/endpointConfiguration/ipAddressType': ['replace', 'dualstack'],
    '/endpointAccessMode': ['replace', 'BASIC'],
    '/mutualTlsAuthentication/truststoreUri': ['add replace', 's3://bucket/store.pem'],
    '/mutualTlsAuthentication/truststoreVersion': ['add replace remove', '1'],
    '/regionalCertificateName': ['add replace remove', 'n'],
    '/regionalCertificateArn': ['add replace', certificate],
    '/routingMode': ['replace', 'ROUTING_RULE_ONLY'],
    '/securityPolicy': ['replace', 'TLS_1_2'],
    '/ownershipVerificationCertificateArn': ['add replace remove', certificate],
  },
  GatewayResponse: {
    '/statusCode': ['replace', '418'],
    '/responseParameters/gatewayresponse.header.A': ['add replace remove', "'a'"],
    '/responseTemplates/application~1json': ['add replace remove', '{}'],
  },
  Integration: {
    '/cacheKeyParameters/method.request.path.a': ['add replace remove', 'method.request.path.a'],
    '/cacheNamespace': ['replace', 'c'],
    '/connectionId': ['replace', 'l'],
    '/connectionType': ['replace', 'INTERNET'],
    '/contentHandling': ['replace', 'CONVERT_TO_TEXT'],
    '/httpMethod': ['replace', 'POST'],
    '/passthroughBehavior': ['replace', 'NEVER'],
    '/requestParameters/integration.request.header.A': ['add replace remove', "'a'"],
    '/requestTemplates/application~1json': ['add replace remove', '{}'],
    '/responseTransferMode': ['replace', 'BUFFERED'],
    '/timeoutInMillis': ['replace', '1000'],
    '/tlsConfig/insecureSkipVerification': ['replace', 'true'],
    '/uri': ['replace', 'https://b.example'],
  },
  IntegrationResponse: {
    '/contentHandling': ['replace', 'CONVERT_TO_TEXT'],
    '/responseParameters/method.response.header.A': ['add replace remove', "'a'"],
    '/responseTemplates/application~1json': ['add replace remove', '{}'],
    '/selectionPattern': ['replace', '2..'],
  },
  Method: {
    '/authorizationScopes': ['add remove', 's'],
    '/authorizationType': ['replace', 'NONE'],
    '/apiKeyRequired': ['replace', 'true'],
    '/operationName': ['replace', 'op'],
    '/requestParameters/method.request.querystring.a': ['add replace remove', 'true'],
    '/requestModels/application~1json': ['add replace remove', 'M'],
    '/requestValidatorId': ['replace', '{requestValidatorId}'],
  },
  MethodResponse: {
    '/responseModels/application~1json': ['add replace remove', 'M'],
    '/responseParameters/method.response.header.A': ['add replace remove', 'true'],
  },
  Model: { '/description': ['replace', 'd'], '/schema': ['replace', '{"type":"object"}'] },
  RequestValidator: {
    '/name': ['replace', 'n'],
    '/validateRequestBody': ['replace', 'true'],
    '/validateRequestParameters': ['replace', 'true'],
  },
  Resource: { '/pathPart': ['replace', 'q'] },
  RestApi: {
    '/apiKeySource': ['replace', 'AUTHORIZER'],
    '/binaryMediaTypes/image~1png': ['add replace remove', 'image/png'],
    '/description': ['add replace remove', 'd'],
    '/disableExecuteApiEndpoint': ['replace', 'true'],
    '/endpointConfiguration/types/EDGE': ['replace', 'PRIVATE'],
    '/endpointConfiguration/vpcEndpointIds': ['add remove', 'vpce-1'],
    '/endpointConfiguration/ipAddressType': ['replace', 'dualstack'],
    '/endpointAccessMode': ['replace', 'BASIC'],
    '/minimumCompressionSize': ['replace', '10'],
    '/name': ['replace', 'n'],
    '/policy': ['replace', '{}'],
    '/securityPolicy': ['replace', 'TLS_1_2'],
  },
  Stage: {
    '/accessLogSettings/destinationArn': [
      'add replace remove',
      'arn:aws:logs:eu-west-1:123456789012:log-group:g',
    ],
    '/accessLogSettings/format': ['add replace remove', '$context.requestId'],
    '/accessLogSettings': ['remove', ''],
    '/cacheClusterEnabled': ['replace', 'true'],
    '/cacheClusterSize': ['replace', '0.5'],
    '/canarySettings/percentTraffic': ['replace', '5'],
    '/canarySettings/stageVariableOverrides': ['replace', '{"a":"b"}'],
    '/canarySettings/useStageCache': ['replace', 'true'],
    '/canarySettings': ['remove', ''],
    '/deploymentId': ['replace', '{deploymentId}'],
    '/description': ['replace', 'd'],
    '/documentationVersion': ['replace', '1'],
    '/clientCertificateId': ['replace', '{clientCertificateId}'],
    '/variables': ['replace remove', '{"a":"b"}'],
    '/variables/a': ['replace', 'b'],
    '/tracingEnabled': ['replace', 'true'],
    '/p/GET/metrics/enabled': ['replace', 'true'],
    '/~1p/GET/throttling/burstLimit': ['replace', '1'],
    '/*/*/throttling/rateLimit': ['replace', '1'],
    '/*/*/caching/enabled': ['replace', 'true'],
    '/*/*/caching/dataEncrypted': ['replace', 'true'],
    '/*/*/caching/ttlInSeconds': ['replace', '1'],
    '/*/*/caching/requireAuthorizationForCacheControl': ['replace', 'true'],
    '/*/*/caching/unauthorizedCacheControlHeaderStrategy': ['replace', 'FAIL_WITH_403'],
  },
  UsagePlan: {
    '/apiStages/{restApiId}:prod/throttle/~1p/GET/rateLimit': ['add replace', '1'],
    '/apiStages/{restApiId}:prod/throttle/~1p/GET/burstLimit': ['add replace', '1'],
    '/apiStages/{restApiId}:prod/throttle/~1p/GET': ['remove', ''],
    '/apiStages/{restApiId}:prod/throttle': [
      'add replace remove',
      '{"/p/GET":{"rateLimit":1,"burstLimit":1}}',
    ],
    '/apiStages': ['remove add', '{restApiId}:prod'],
    '/description': ['replace', 'd'],
    '/name': ['replace', 'n'],
    '/productCode': ['add replace remove', 'p'],
    '/quota/limit': ['add replace', '5'],
    '/quota/offset': ['add replace', '0'],
    '/quota/period': ['add replace', 'DAY'],
    '/quota': ['remove', ''],
    '/throttle/burstLimit': ['add replace', '1'],
    '/throttle/rateLimit': ['add replace', '1'],
    '/throttle': ['remove', ''],
  },
  VpcLink: { '/name': ['replace', 'n'], '/description': ['replace', 'd'] },
};

describe('the documented patches', () => {
  const filled = (text: string) =>
    text.replaceAll(/\{([a-z]\w+)\}/gi, (_, name: string) => {
      const found = Object.values(names).find((entry) => entry[name] !== undefined);
      return found?.[name] ?? expect.fail(`no ${name}`);
    });

  it.each(Object.keys(table))('of Update%s are taken', async (what) => {
    for (const [path, [ops, value]] of Object.entries(table[what] ?? {})) {
      for (const op of ops.split(' ')) {
        const input = { ...names[what], patchOperations: [{ op, path: filled(path), value: filled(value) }] };
        try {
          await call(`Update${what}`, input);
        } catch (error) {
          expect.fail(`${op} ${path}: ${String(error)}`);
        }
      }
    }
  });

  it.each(Object.keys(table))('of Update%s are all there are', async (what) => {
    const patch = (patchOperations: object[]) => call(`Update${what}`, { ...names[what], patchOperations });
    await expect(patch([{ op: 'replace', path: '/no/such/place/anywhere', value: 'x' }])).rejects.toThrow(
      "Invalid patch path  '/no/such/place/anywhere' specified for op 'replace'. Must be one of: [",
    );
    await expect(patch([{ op: 'test', path: '/description', value: 'x' }])).rejects.toThrow(
      'Invalid patch operation specified. Must be one of: [',
    );
  });
});
