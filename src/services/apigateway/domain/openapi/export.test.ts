import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ApiSnapshot, Authorizer, Integration, Method, Resource } from '../types.ts';
import { readDocument } from './document.ts';
import { type ExportedStage, type ExportOptions, exportOpenApi } from './export.ts';
import { type ImportedApi, importOpenApi } from './import.ts';

const whole: ExportOptions = { version: 3, integrations: true, authorizers: true, documentation: true };

/** Without what is undefined: records say nothing of it, documents neither. */
const plain = (value: unknown) => JSON.parse(JSON.stringify(value));

const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{0,8}$/);
const text = fc.string({ maxLength: 12 });
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const uri = fc.constantFrom(
  'https://backend.example/{id}',
  'arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:1:function:f/invocations',
);
const texts = fc.dictionary(name, text, { minKeys: 1, maxKeys: 3 });
const templates = fc.dictionary(fc.constantFrom('application/json', 'text/plain'), text, { minKeys: 1 });
const statuses = ['200', '302', '404', '500'];

const integration: fc.Arbitrary<Integration> = fc.record({
  type: fc.constantFrom('HTTP', 'AWS', 'MOCK', 'HTTP_PROXY', 'AWS_PROXY'),
  httpMethod: maybe(fc.constantFrom('GET', 'POST', 'ANY')),
  uri: maybe(uri),
  connectionType: maybe(fc.constantFrom('VPC_LINK')),
  connectionId: maybe(name),
  credentials: maybe(fc.constant('arn:aws:iam::1:role/r')),
  requestParameters: maybe(
    fc
      .dictionary(name, text, { minKeys: 1 })
      .map((entries) =>
        Object.fromEntries(
          Object.entries(entries).map(([key, value]) => [`integration.request.header.${key}`, value]),
        ),
      ),
  ),
  requestTemplates: maybe(templates),
  passthroughBehavior: fc.constantFrom('WHEN_NO_MATCH', 'WHEN_NO_TEMPLATES', 'NEVER'),
  contentHandling: maybe(fc.constantFrom('CONVERT_TO_BINARY', 'CONVERT_TO_TEXT')),
  timeoutInMillis: fc.constantFrom(29_000, 50, 12_345),
  cacheNamespace: fc.constantFrom('', 'shared'),
  cacheKeyParameters: fc.uniqueArray(name, { maxLength: 2 }),
  integrationResponses: maybe(
    fc.uniqueArray(fc.constantFrom(...statuses), { minLength: 1 }).chain((codes) =>
      fc
        .tuple(
          ...codes.map((statusCode, index) =>
            fc.record({
              statusCode: fc.constant(statusCode),
              selectionPattern: fc.constant(index === 0 ? undefined : `${statusCode}|x.*`),
              responseParameters: maybe(texts),
              responseTemplates: maybe(templates),
              contentHandling: maybe(fc.constantFrom('CONVERT_TO_TEXT')),
            }),
          ),
        )
        .map((responses) => Object.fromEntries(responses.map((response) => [response.statusCode, response]))),
    ),
  ),
  tlsConfig: maybe(fc.record({ insecureSkipVerification: fc.boolean() })),
  responseTransferMode: maybe(fc.constantFrom('STREAM', 'BUFFERED')),
}) as fc.Arbitrary<Integration>;

const models = ['Empty', 'Error', 'Pet'];
const body = fc.dictionary(
  fc.constantFrom('application/json', 'application/xml'),
  fc.constantFrom(...models),
  {
    minKeys: 1,
  },
);
const flags = (prefix: string) =>
  fc
    .dictionary(name, fc.boolean(), { minKeys: 1, maxKeys: 3 })
    .map((entries) =>
      Object.fromEntries(Object.entries(entries).map(([key, value]) => [prefix + key, value])),
    );

const method = (httpMethod: string): fc.Arbitrary<Method> =>
  fc
    .record({
      httpMethod: fc.constant(httpMethod),
      guard: fc.constantFrom('NONE', 'AWS_IAM', 'token', 'pool'),
      authorizationScopes: fc.uniqueArray(name, { minLength: 1, maxLength: 2 }),
      apiKeyRequired: fc.boolean(),
      requestValidatorId: maybe(fc.constant('v1')),
      operationName: maybe(name),
      requestParameters: maybe(
        fc.tuple(flags('method.request.querystring.q'), flags('method.request.header.h')).map(([a, b]) => ({
          'method.request.path.id': true,
          ...a,
          ...b,
        })),
      ),
      requestModels: maybe(body),
      methodResponses: maybe(
        fc
          .dictionary(
            fc.constantFrom(...statuses),
            fc.record({
              responseParameters: maybe(flags('method.response.header.')),
              responseModels: maybe(body),
            }),
            { minKeys: 1 },
          )
          .map((responses) =>
            Object.fromEntries(
              Object.entries(responses).map(([statusCode, response]) => [
                statusCode,
                { statusCode, ...response },
              ]),
            ),
          ),
      ),
      methodIntegration: maybe(integration),
    })
    .map(({ guard, authorizationScopes, ...rest }) => ({
      ...rest,
      ...(guard === 'NONE' || guard === 'AWS_IAM'
        ? { authorizationType: guard }
        : {
            authorizationType: guard === 'pool' ? 'COGNITO_USER_POOLS' : 'CUSTOM',
            authorizerId: guard,
            authorizationScopes: guard === 'pool' ? authorizationScopes : undefined,
          }),
    })) as fc.Arbitrary<Method>;

const authorizers: Authorizer[] = [
  {
    id: 'token',
    name: 'byToken',
    type: 'TOKEN',
    authType: 'custom',
    authorizerUri: 'arn:aws:x',
    identitySource: 'method.request.header.Authorization',
    identityValidationExpression: '^x-[a-z]+',
    authorizerResultTtlInSeconds: 10,
  },
  {
    id: 'request',
    name: 'byRequest',
    type: 'REQUEST',
    authType: 'custom',
    authorizerUri: 'arn:aws:y',
    authorizerCredentials: 'arn:aws:iam::1:role/r',
    identitySource: 'method.request.header.A, method.request.querystring.b',
    authorizerResultTtlInSeconds: 300,
  },
  {
    id: 'pool',
    name: 'byPool',
    type: 'COGNITO_USER_POOLS',
    authType: 'cognito_user_pools',
    providerARNs: ['arn:aws:cognito-idp:eu-west-1:1:userpool/p'],
    identitySource: 'method.request.header.Authorization',
    authorizerResultTtlInSeconds: 300,
  },
];

const resource = (id: string, path: string, methods: readonly string[]): fc.Arbitrary<Resource> =>
  fc.tuple(...methods.map(method)).map((made) => ({
    id,
    path,
    parentId: 'root',
    resourceMethods: Object.fromEntries(made.map((entry) => [entry.httpMethod, entry])),
  }));

const stage: fc.Arbitrary<ExportedStage> = fc
  .record({
    api: fc.record({
      name: name,
      description: maybe(name),
      version: name,
      binaryMediaTypes: maybe(fc.uniqueArray(fc.constantFrom('image/*', '*/*'), { minLength: 1 })),
      minimumCompressionSize: maybe(fc.nat(1000)),
      apiKeySource: fc.constantFrom('HEADER', 'AUTHORIZER'),
      policy: maybe(fc.constant('{"Version":"2012-10-17","Statement":[]}')),
      disableExecuteApiEndpoint: fc.boolean(),
      vpcEndpointIds: maybe(fc.constant(['vpce-1'])),
      tags: maybe(texts),
    }),
    resources: fc.tuple(
      resource('r1', '/pets/{id}', ['GET', 'POST']),
      resource('r2', '/{proxy+}', ['ANY']),
      resource('r3', '/', ['OPTIONS', 'DELETE']),
      resource('r4', '/empty', []),
    ),
    gatewayResponses: fc.constantFrom(
      [],
      [{ responseType: 'DEFAULT_4XX', statusCode: '418', responseTemplates: { 'application/json': '{}' } }],
    ),
    documented: fc.boolean(),
  })
  .map(({ api, resources, gatewayResponses, documented }) => ({
    snapshot: {
      api: {
        ...api,
        id: 'api1',
        createdDate: 0,
        rootResourceId: 'r3',
        endpointConfiguration: { types: ['REGIONAL'], vpcEndpointIds: api.vpcEndpointIds },
      },
      resources,
      models: [
        { id: 'm1', name: 'Empty', contentType: 'application/json', schema: '{"title":"Empty Schema"}' },
        { id: 'm2', name: 'Error', contentType: 'application/json', schema: '{"type":"object"}' },
        {
          id: 'm3',
          name: 'Pet',
          contentType: 'application/json',
          schema:
            '{"type":"object","properties":{"e":{"$ref":"https://apigateway.amazonaws.com/restapis/old/models/Error"}}}',
        },
      ],
      validators: [{ id: 'v1', name: 'all', validateRequestBody: true, validateRequestParameters: false }],
      authorizers,
      gatewayResponses,
    } as unknown as ApiSnapshot,
    stageName: 'prod',
    deployedAt: 0,
    documentation: documented
      ? {
          version: '1',
          createdDate: 0,
          parts: [
            { id: 'd1', location: { type: 'API' }, properties: '{"info":{"contact":{"name":"c"}}}' },
            { id: 'd2', location: { type: 'METHOD', path: '/', method: '*' }, properties: '{"summary":"s"}' },
            {
              id: 'd3',
              location: { type: 'RESPONSE', path: '/pets/{id}', method: 'GET', statusCode: '200' },
              properties: '{"description":"a pet"}',
            },
          ],
        }
      : undefined,
    endpoint: 'https://api1.execute-api.eu-west-1.amazonaws.com',
  }));

/** What an import of the document must find, in its own words. */
function expected({ snapshot, documentation }: ExportedStage): unknown {
  const { api, resources, validators, gatewayResponses } = snapshot;
  const paths: Record<string, unknown> = {};
  for (const { id, path, resourceMethods } of resources) {
    const methods = Object.entries(resourceMethods).map(([key, method]) => {
      const { authorizerId, requestValidatorId, methodIntegration, ...rest } = method;
      return [
        key,
        {
          ...rest,
          authorizerName: authorizers.find((entry) => entry.id === authorizerId)?.name,
          validatorName: requestValidatorId && 'all',
          methodIntegration: methodIntegration && {
            ...methodIntegration,
            cacheNamespace: methodIntegration.cacheNamespace === id ? '' : methodIntegration.cacheNamespace,
          },
        },
      ];
    });
    paths[path] = Object.fromEntries(methods);
  }
  return {
    api: {
      name: api.name,
      description: api.description,
      version: api.version,
      binaryMediaTypes: api.binaryMediaTypes,
      minimumCompressionSize: api.minimumCompressionSize,
      policy: api.policy,
      tags: api.tags,
      vpcEndpointIds: api.endpointConfiguration.vpcEndpointIds,
      apiKeySource: api.apiKeySource === 'HEADER' ? undefined : api.apiKeySource,
      disableExecuteApiEndpoint: api.disableExecuteApiEndpoint || undefined,
    },
    paths,
    models: snapshot.models.map(({ id: _, ...model }) => ({
      ...model,
      schema: model.schema?.replaceAll('/restapis/old/', '/restapis/new/'),
    })),
    validators: validators.map(({ id: _, ...validator }) => validator),
    authorizers: [...authorizers]
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ id: _, ...authorizer }) => authorizer),
    gatewayResponses,
    documentation: (documentation?.parts ?? []).map(({ id: _, ...part }) => part),
    warnings: [],
  };
}

const reimported = (exported: ExportedStage, options: ExportOptions): ImportedApi =>
  importOpenApi(readDocument(Buffer.from(JSON.stringify(exportOpenApi(exported, options)))), 'new');

describe('an export', () => {
  it('imports as the same API again', () => {
    fc.assert(
      fc.property(stage, (exported) => {
        const found = plain(reimported(exported, whole));
        // A resource without methods and a method without settings are as good as absent ones.
        expect(found).toEqual(plain(expected(exported)));
      }),
      { numRuns: 100 },
    );
  });

  it('would be found wanting if it left anything out', () => {
    const canary = fc.property(stage, (exported) => {
      const found = plain(reimported(exported, { ...whole, authorizers: false }));
      expect(found).toEqual(plain(expected(exported)));
    });
    expect(fc.check(canary, { numRuns: 20 }).failed).toBe(true);
  });

  it('of 2.0 does so too, but for what 2.0 can not say', () => {
    fc.assert(
      fc.property(stage, (exported) => {
        for (const { resourceMethods } of exported.snapshot.resources) {
          for (const entry of Object.values(resourceMethods)) {
            // One body for all its types, no required headers of responses, one schema for all types.
            if (entry.requestModels) entry.requestModels = { 'application/json': 'Pet', 'text/x': 'Pet' };
            const models = new Set<string>();
            for (const response of Object.values(entry.methodResponses ?? {})) {
              for (const key of Object.keys(response.responseParameters ?? {})) {
                (response.responseParameters as Record<string, boolean>)[key] = false;
              }
              response.responseModels = { 'application/json': 'Error' };
              models.add('application/json');
            }
          }
        }
        expect(plain(reimported(exported, { ...whole, version: 2 }))).toEqual(plain(expected(exported)));
      }),
      { numRuns: 100 },
    );
  });

  it('names its paths in order and the address of its stage', () => {
    const [exported] = fc.sample(stage, 1) as [ExportedStage];
    const once = exportOpenApi(exported, whole);
    expect(Object.keys(once.paths as object)).toEqual(['/', '/empty', '/pets/{id}', '/{proxy+}']);
    expect(once).toMatchObject({
      openapi: '3.0.1',
      servers: [
        {
          url: 'https://api1.execute-api.eu-west-1.amazonaws.com/{basePath}',
          variables: { basePath: { default: 'prod' } },
        },
      ],
    });
  });

  it('says no more than it is asked for', () => {
    fc.assert(
      fc.property(stage, (exported) => {
        const bare = JSON.stringify(
          exportOpenApi(exported, {
            version: 3,
            integrations: false,
            authorizers: false,
            documentation: false,
          }),
        );
        expect(
          bare
            .replaceAll('x-amazon-apigateway-any-method', '')
            .replaceAll('x-amazon-apigateway-tag-value', ''),
        ).not.toContain('x-amazon-apigateway');
      }),
      { numRuns: 20 },
    );
  });

  it('shows documentation where OpenAPI has a place for it, inherited from above', () => {
    const [exported] = fc.sample(
      stage.filter(
        ({ documentation, snapshot }) =>
          documentation !== undefined &&
          snapshot.resources[0]?.resourceMethods.GET?.methodResponses?.['200'] !== undefined,
      ),
      1,
    ) as [ExportedStage];
    const document = exportOpenApi(exported, { ...whole, documentation: false });
    expect(document).toMatchObject({
      info: { contact: { name: 'c' } },
      paths: { '/pets/{id}': { get: { summary: 's', responses: { 200: { description: 'a pet' } } } } },
    });
  });
});
