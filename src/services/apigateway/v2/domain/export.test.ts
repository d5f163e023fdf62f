import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exportHttpApi, type HttpExport } from './export.ts';
import { importHttpApi } from './import.ts';
import type { HttpAuthorizer, HttpIntegration, HttpRoute } from './types.ts';

const plain = (value: unknown) => JSON.parse(JSON.stringify(value));
const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{0,8}$/);
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const texts = fc.dictionary(name, name, { minKeys: 1, maxKeys: 2 });

const authorizers: HttpAuthorizer[] = [
  {
    AuthorizerId: 'jwt',
    Name: 'byToken',
    AuthorizerType: 'JWT',
    IdentitySource: ['$request.header.Authorization'],
    JwtConfiguration: { Audience: ['a', 'b'], Issuer: 'https://issuer.example' },
  },
  {
    AuthorizerId: 'function',
    Name: 'byFunction',
    AuthorizerType: 'REQUEST',
    IdentitySource: ['$request.header.A', '$request.querystring.b'],
    AuthorizerUri: 'arn:aws:x',
    AuthorizerCredentialsArn: 'arn:aws:iam::1:role/r',
    AuthorizerPayloadFormatVersion: '2.0',
    AuthorizerResultTtlInSeconds: 5,
    EnableSimpleResponses: true,
  },
];

const integration = (id: string): fc.Arbitrary<HttpIntegration> =>
  fc.record({
    IntegrationId: fc.constant(id),
    IntegrationType: fc.constantFrom('AWS_PROXY' as const, 'HTTP_PROXY' as const),
    IntegrationSubtype: maybe(fc.constant('SQS-SendMessage')),
    IntegrationMethod: maybe(fc.constantFrom('POST', 'ANY')),
    IntegrationUri: maybe(fc.constant('https://backend.example/{id}')),
    ConnectionType: fc.constantFrom('INTERNET', 'VPC_LINK'),
    ConnectionId: maybe(name),
    CredentialsArn: maybe(fc.constant('arn:aws:iam::1:role/r')),
    Description: maybe(name),
    PayloadFormatVersion: fc.constantFrom('1.0', '2.0'),
    RequestParameters: maybe(texts),
    ResponseParameters: maybe(fc.dictionary(fc.constantFrom('200', '404'), texts, { minKeys: 1 })),
    TimeoutInMillis: fc.constantFrom(30_000, 100),
    TlsConfig: maybe(fc.constant({ ServerNameToVerify: 'backend.example' })),
  });

const keys = ['$default', 'ANY /{proxy+}', 'GET /pets', 'DELETE /pets', 'GET /pets/{id}'];
const route = (RouteKey: string): fc.Arbitrary<HttpRoute> =>
  fc
    .record({
      RouteId: fc.constant(RouteKey),
      RouteKey: fc.constant(RouteKey),
      Target: maybe(fc.constantFrom('integrations/one', 'integrations/two', 'integrations/three')),
      guard: fc.constantFrom('NONE', 'AWS_IAM', 'JWT', 'CUSTOM'),
      scopes: maybe(fc.uniqueArray(name, { minLength: 1, maxLength: 2 })),
      OperationName: maybe(name),
      ApiKeyRequired: fc.constant(false),
    })
    .map(({ guard, scopes, ...rest }) => ({
      ...rest,
      AuthorizationType: guard as HttpRoute['AuthorizationType'],
      AuthorizerId: guard === 'JWT' ? 'jwt' : guard === 'CUSTOM' ? 'function' : undefined,
      AuthorizationScopes: guard === 'JWT' ? scopes : undefined,
    }));

const exported: fc.Arbitrary<HttpExport> = fc
  .record({
    api: fc.record({
      Name: name,
      Description: maybe(name),
      Version: name,
      Tags: maybe(texts),
      DisableExecuteApiEndpoint: fc.boolean(),
      CorsConfiguration: maybe(
        fc.record({
          AllowCredentials: maybe(fc.boolean()),
          AllowHeaders: maybe(fc.constant(['a', 'b'])),
          AllowMethods: maybe(fc.constant(['*'])),
          AllowOrigins: maybe(fc.constant(['https://x.example'])),
          ExposeHeaders: maybe(fc.constant(['c'])),
          MaxAge: maybe(fc.nat(100)),
        }),
      ),
    }),
    integrations: fc.tuple(integration('one'), integration('two'), integration('three')),
    routes: fc.tuple(...keys.map(route)),
  })
  .map(({ api, integrations, routes }) => ({
    snapshot: plain({
      api: {
        ...api,
        ApiId: 'api1',
        ProtocolType: 'HTTP' as const,
        RouteSelectionExpression: '',
        ApiKeySelectionExpression: '',
        IpAddressType: 'ipv4',
        CreatedDate: 0,
      },
      integrations,
      routes,
      authorizers,
    }) as HttpExport['snapshot'],
    stageName: 'prod',
    endpoint: 'https://api1.execute-api.eu-west-1.amazonaws.com',
    extensions: true,
  }));

function expected({ snapshot: { api, integrations, routes } }: HttpExport): unknown {
  return {
    api: {
      Name: api.Name,
      Description: api.Description,
      Version: api.Version,
      Tags: api.Tags,
      DisableExecuteApiEndpoint: api.DisableExecuteApiEndpoint || undefined,
    },
    cors: api.CorsConfiguration,
    routes: routes.map(({ Target, AuthorizerId, RouteId: _r, ApiKeyRequired: _a, ...rest }) => {
      const used = integrations.find(({ IntegrationId }) => Target === `integrations/${IntegrationId}`);
      const { IntegrationId, ...made } = used ?? {};
      const shared = routes.filter((other) => other.Target === Target).length > 1;
      return {
        ...rest,
        authorizerName: authorizers.find((entry) => entry.AuthorizerId === AuthorizerId)?.Name,
        integration: used && made,
        sharedAs:
          used && shared ? `#/components/x-amazon-apigateway-integrations/${IntegrationId}` : undefined,
      };
    }),
    authorizers: [...authorizers]
      .sort((a, b) => (a.Name < b.Name ? -1 : 1))
      .map(({ AuthorizerId: _, ...authorizer }) => authorizer),
    warnings: routes
      .filter(({ Target }) => !Target)
      .map(({ RouteKey }) => `Route ${RouteKey} has no integration`),
  };
}

describe('an export of an HTTP API', () => {
  it('imports as the same API again', () => {
    fc.assert(
      fc.property(exported, (input) => {
        const found = importHttpApi(plain(exportHttpApi(input)), 'ignore');
        expect(plain(found)).toEqual(plain(expected(input)));
      }),
      { numRuns: 100 },
    );
  });

  it('would be found wanting if it left anything out', () => {
    const canary = fc.property(exported, (input) => {
      const found = importHttpApi(plain(exportHttpApi({ ...input, extensions: false })), 'ignore');
      expect(plain(found)).toEqual(plain(expected(input)));
    });
    expect(fc.check(canary, { numRuns: 20 }).failed).toBe(true);
  });

  it('without extensions has none', () => {
    fc.assert(
      fc.property(exported, (input) => {
        const text = JSON.stringify(exportHttpApi({ ...input, extensions: false }));
        expect(text.replaceAll('x-amazon-apigateway-any-method', '')).not.toContain('x-amazon');
      }),
      { numRuns: 20 },
    );
  });
});
