import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AwsError } from '../../../../kernel/index.ts';
import { importHttpApi } from '../../v2/domain/import.ts';
import { readDocument } from './document.ts';
import { importOpenApi } from './import.ts';

const uri =
  'arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:1:function:f/invocations';
const yaml = `
openapi: 3.0.1
info: { title: Pets, version: "2", description: d }
servers:
  - url: https://x.example/{basePath}
    variables: { basePath: { default: /v1/pets } }
    x-amazon-apigateway-endpoint-configuration: { disableExecuteApiEndpoint: true }
x-amazon-apigateway-binary-media-types: ["image/*"]
x-amazon-apigateway-request-validator: basic
x-amazon-apigateway-request-validators:
  basic: { validateRequestBody: true, validateRequestParameters: false }
tags: [{ name: team, x-amazon-apigateway-tag-value: a }]
security: [{ key: [] }]
components:
  securitySchemes:
    key: { type: apiKey, name: x-api-key, in: header }
    token:
      type: apiKey
      name: Authorization
      in: header
      x-amazon-apigateway-authtype: custom
      x-amazon-apigateway-authorizer: { type: token, authorizerUri: ${uri}, authorizerResultTtlInSeconds: 10 }
  parameters:
    page: { name: page, in: query, required: true, schema: { type: integer } }
  schemas:
    Pet-Shop: { type: object, properties: { owner: { $ref: '#/components/schemas/Owner' } } }
    Owner: { type: string, nullable: true }
paths:
  /pets/{id}:
    parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
    post:
      operationId: addPet
      security: [{ token: [read] }]
      parameters: [{ $ref: '#/components/parameters/page' }]
      requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/Pet-Shop' } } } }
      responses:
        "200": { description: ok, headers: { X-A: { schema: { type: string } } } }
        default: { description: other }
      x-amazon-apigateway-integration:
        type: aws_proxy
        httpMethod: post
        uri: ${uri}
        passthroughBehavior: when_no_match
        contentHandling: CONVERT_TO_TEXT
  /open:
    x-amazon-apigateway-any-method:
      security: []
      responses: {}
      x-amazon-apigateway-integration: { type: mock }
`;

describe('an OpenAPI document', () => {
  const imported = importOpenApi(readDocument(Buffer.from(yaml)), 'api1');

  it('says what the API is', () => {
    expect(imported.api).toMatchObject({
      name: 'Pets',
      version: '2',
      description: 'd',
      binaryMediaTypes: ['image/*'],
      disableExecuteApiEndpoint: true,
      tags: { team: 'a' },
    });
    expect(imported.authorizers).toMatchObject([
      { name: 'token', type: 'TOKEN', identitySource: 'method.request.header.Authorization' },
    ]);
    expect(imported.models.map((model) => [model.name, model.schema])).toEqual([
      [
        'PetShop',
        '{"type":"object","properties":{"owner":{"$ref":"https://apigateway.amazonaws.com/restapis/api1/models/Owner"}}}',
      ],
      ['Owner', '{"type":["string","null"],"nullable":true}'],
    ]);
  });

  it('says what its methods are', () => {
    expect(imported.paths['/pets/{id}']?.POST).toMatchObject({
      authorizationType: 'CUSTOM',
      authorizerName: 'token',
      authorizationScopes: ['read'],
      apiKeyRequired: false,
      operationName: 'addPet',
      validatorName: 'basic',
      requestParameters: { 'method.request.path.id': true, 'method.request.querystring.page': true },
      requestModels: { 'application/json': 'PetShop' },
      methodResponses: { 200: { responseParameters: { 'method.response.header.X-A': false } } },
      methodIntegration: { type: 'AWS_PROXY', httpMethod: 'POST', uri, contentHandling: 'CONVERT_TO_TEXT' },
    });
    expect(imported.paths['/open']?.ANY).toMatchObject({ authorizationType: 'NONE', apiKeyRequired: false });
  });

  it.each([
    ['ignore', ['/pets/{id}', '/open']],
    ['prepend', ['/v1/pets/pets/{id}', '/v1/pets/open']],
    ['split', ['/pets/pets/{id}', '/pets/open']],
  ] as const)('has its base path treated: %s', (mode, paths) => {
    expect(Object.keys(importOpenApi(readDocument(Buffer.from(yaml)), 'api', mode).paths)).toEqual(paths);
  });

  it.each([
    ['', /empty/],
    ['{"swagger":', /malformed/],
    ['just text', /no object/],
    ['{"asyncapi":"2.0"}', /swagger 2.0 or openapi 3.x/],
    ['{"openapi":"3.0.0","paths":{"/a":{"$ref":"#/none"}}}', /Unable to resolve reference/],
    ['{"openapi":"3.0.0","paths":{"/a":{"$ref":"#/paths/~1a"}}}', /circle/],
    [
      '{"openapi":"3.0.0","paths":{"/a":{"get":{"x-amazon-apigateway-integration":{"type":"magic"}}}}}',
      /Invalid integration type/,
    ],
  ])('that is none is refused: %s', (text, message) => {
    expect(() => importOpenApi(readDocument(Buffer.from(text)), 'api')).toThrow(message);
  });
});

/** Replaces one value somewhere in a document by any JSON. */
function mutated(document: unknown, path: readonly number[], value: unknown): unknown {
  if (path.length === 0 || typeof document !== 'object' || document === null) return value;
  const keys = Object.keys(document);
  const key = keys[(path[0] as number) % Math.max(1, keys.length)];
  if (key === undefined) return value;
  const copy = structuredClone(document) as Record<string, unknown>;
  copy[key] = mutated(copy[key], path.slice(1), value);
  return copy;
}

describe('a damaged document', () => {
  const { root } = readDocument(Buffer.from(yaml));

  it('is imported or refused in words of AWS, never a crash', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20), { minLength: 1, maxLength: 8 }), fc.jsonValue(), (path, value) => {
        try {
          const damaged = mutated(root, path, value);
          const document = readDocument(Buffer.from(JSON.stringify(damaged)));
          importOpenApi(document, 'api', 'prepend');
          importHttpApi(document.root, 'prepend');
        } catch (error) {
          expect(error).toBeInstanceOf(AwsError);
          expect((error as AwsError).status).toBe(400);
        }
      }),
      // Objects whose toString is no function broke what made text of any value.
      { numRuns: 500, examples: [[[0], { toString: 0 }]] },
    );
  });
});
