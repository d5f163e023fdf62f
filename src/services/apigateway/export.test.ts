import { beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { MemoryStore } from '../../store/index.ts';
import { openToyCloud, type ToyCloud } from './testing/toyCloud.ts';

let cloud: ToyCloud;
const call = <T = Record<string, unknown>>(operation: string, input: object) =>
  cloud.call<T>(operation, input);

const document = (extra: object = {}) =>
  Buffer.from(
    JSON.stringify({
      openapi: '3.0.1',
      info: { title: 'pets', version: '1', description: 'All pets' },
      paths: {
        '/pets': {
          get: {
            summary: 'Lists pets',
            parameters: [
              { name: 'page', in: 'query', description: 'From one on', schema: { type: 'string' } },
            ],
            responses: { 200: { description: 'Some pets' }, 404: { description: '404 response' } },
            'x-amazon-apigateway-integration': { type: 'mock' },
          },
        },
      },
      ...extra,
    }),
  );

async function imported(extra: object = {}, parameters: object = {}): Promise<string> {
  const { id } = await call<{ id: string }>('ImportRestApi', { body: document(extra), parameters });
  return id;
}

async function exported(restApiId: string, input: object = {}): Promise<Record<string, unknown>> {
  const { body, contentType } = await call<{ body: Uint8Array; contentType: string }>('GetExport', {
    restApiId,
    stageName: 'prod',
    exportType: 'oas30',
    parameters: { extensions: 'apigateway' },
    ...input,
  });
  const text = Buffer.from(body).toString();
  return contentType === 'application/yaml' ? parse(text) : JSON.parse(text);
}

beforeEach(() => {
  cloud = openToyCloud(new MemoryStore());
});

describe('documentation', () => {
  it('is read from descriptions and summaries, published in versions, and exported with the stage', async () => {
    const restApiId = await imported();
    const { items } = await call<{ items: { id: string; location: object; properties: string }[] }>(
      'GetDocumentationParts',
      { restApiId },
    );
    const told = items.map(({ location, properties }) => ({ ...location, ...JSON.parse(properties) }));
    const at = { path: '/pets', method: 'GET' };
    expect(told).toHaveLength(3);
    expect(told).toEqual(
      expect.arrayContaining([
        { type: 'METHOD', ...at, summary: 'Lists pets' },
        { type: 'QUERY_PARAMETER', ...at, name: 'page', description: 'From one on' },
        { type: 'RESPONSE', ...at, statusCode: '200', description: 'Some pets' },
      ]),
    );
    await call('CreateDeployment', { restApiId, stageName: 'prod' });
    expect(await exported(restApiId)).not.toHaveProperty('x-amazon-apigateway-documentation');
    const documentationVersion = '1.0';
    await call('CreateDocumentationVersion', { restApiId, documentationVersion, stageName: 'prod' });
    const method = items.find((item) => JSON.parse(item.properties).summary);
    await call('UpdateDocumentationPart', {
      restApiId,
      documentationPartId: method?.id,
      patchOperations: [{ op: 'replace', path: '/properties', value: '{"summary":"changed"}' }],
    });
    // A version stays as it was.
    expect(await exported(restApiId)).toMatchObject({
      paths: {
        '/pets': { get: { summary: 'Lists pets', responses: { 200: { description: 'Some pets' } } } },
      },
      'x-amazon-apigateway-documentation': { version: '1.0', createdDate: '2020-03-12T19:03:58Z' },
    });
    await expect(call('DeleteDocumentationVersion', { restApiId, documentationVersion })).rejects.toThrow(
      "'prod'",
    );
    await call('UpdateStage', {
      restApiId,
      stageName: 'prod',
      patchOperations: [{ op: 'remove', path: '/documentationVersion' }],
    });
    await call('DeleteDocumentationVersion', { restApiId, documentationVersion });
    expect(await call('GetDocumentationVersions', { restApiId })).toMatchObject({ items: [] });
  });

  it('is left aside when the import is told to', async () => {
    const restApiId = await imported({}, { ignore: 'documentation' });
    expect(await call('GetDocumentationParts', { restApiId })).toMatchObject({ items: [] });
  });

  it('has one part for a place, of a shape that the place allows', async () => {
    const restApiId = await imported({}, { ignore: 'documentation' });
    const create = (location: object, properties = '{"description":"d"}') =>
      call('CreateDocumentationPart', { restApiId, location, properties });
    expect(await create({ type: 'METHOD', path: '/pets' })).toMatchObject({
      location: { type: 'METHOD', path: '/pets', method: '*' },
    });
    await expect(create({ type: 'METHOD', path: '/pets', method: '*' })).rejects.toThrow('already exists');
    await expect(create({ type: 'MODEL' })).rejects.toThrow('needs a name');
    await expect(create({ type: 'API', path: '/' })).rejects.toThrow("can't have a path");
    await expect(create({ type: 'API' }, 'no json')).rejects.toThrow('valid JSON object');
    const open = await call<{ items: { location: object }[] }>('GetDocumentationParts', {
      restApiId,
      locationStatus: 'UNDOCUMENTED',
      type: 'METHOD',
    });
    expect(open.items).toEqual([{ location: { type: 'METHOD', path: '/pets', method: 'GET' } }]);
    const { ids } = await call<{ ids: string[] }>('ImportDocumentationParts', {
      restApiId,
      mode: 'overwrite',
      body: Buffer.from(
        JSON.stringify({
          openapi: '3.0.1',
          'x-amazon-apigateway-documentation': {
            documentationParts: [{ location: { type: 'API' }, properties: { description: 'all of it' } }],
          },
        }),
      ),
    });
    expect(await call('GetDocumentationParts', { restApiId, limit: 1 })).toMatchObject({
      items: [{ id: ids[0], location: { type: 'API' }, properties: '{"description":"all of it"}' }],
      position: undefined,
    });
  });
});

describe('GetExport', () => {
  it('gives JSON or YAML, 3.0 or 2.0, that imports as the same API', async () => {
    const extra = {
      'x-amazon-apigateway-gateway-responses': { DEFAULT_4XX: { statusCode: 418 } },
      'x-amazon-apigateway-api-key-source': 'AUTHORIZER',
    };
    const restApiId = await imported(extra);
    await call('CreateDeployment', { restApiId, stageName: 'prod' });
    await call('CreateDocumentationVersion', { restApiId, documentationVersion: '1', stageName: 'prod' });
    for (const exportType of ['oas30', 'swagger']) {
      const json = await exported(restApiId, { exportType });
      expect(await exported(restApiId, { exportType, accepts: 'application/yaml' })).toEqual(json);
      const again = await call<{ id: string }>('ImportRestApi', { body: Buffer.from(JSON.stringify(json)) });
      await call('CreateDeployment', { restApiId: again.id, stageName: 'prod' });
      await call('CreateDocumentationVersion', {
        restApiId: again.id,
        documentationVersion: '1',
        stageName: 'prod',
      });
      const second = JSON.stringify(await exported(again.id, { exportType }));
      expect(JSON.parse(second.replaceAll(again.id, restApiId))).toEqual(json);
    }
  });

  it('refuses what it does not know', async () => {
    const restApiId = await imported();
    await call('CreateDeployment', { restApiId, stageName: 'prod' });
    await expect(exported(restApiId, { exportType: 'raml' })).rejects.toThrow('Invalid export type');
    await expect(exported(restApiId, { stageName: 'no' })).rejects.toThrow(
      'Invalid stage identifier specified',
    );
    await expect(exported(restApiId, { parameters: { extensions: 'all' } })).rejects.toThrow(
      'Invalid extension',
    );
  });
});

describe('an import', () => {
  it('warns of what it leaves out, and stops there when told to', async () => {
    const odd = {
      components: { securitySchemes: { basic: { type: 'http', scheme: 'basic' } } },
      paths: { '/a': { get: { responses: { default: { description: 'd' } } } } },
    };
    const { warnings } = await call<{ warnings: string[] }>('ImportRestApi', { body: document(odd) });
    expect(warnings).toEqual([
      "Unable to import security scheme 'basic': its type is not supported",
      "Ignoring response 'default' of GET for path /a: only status codes are supported",
    ]);
    await expect(call('ImportRestApi', { body: document(odd), failOnWarnings: true })).rejects.toThrow(
      'Warnings found during import',
    );
    await expect(
      call('ImportRestApi', { body: document({ 'x-amazon-apigateway-importexport-version': '9.9' }) }),
    ).rejects.toThrow('importexport-version');
  });
});
