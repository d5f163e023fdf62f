import { createContext, runInContext } from 'node:vm';
import { beforeEach, describe, expect, it } from 'vitest';
import { fromBuffer } from 'yauzl';
import { MemoryStore } from '../../store/index.ts';
import { sdkFunctions } from './domain/sdk/javascript.ts';
import { functionUri, openToyCloud, type ToyCloud } from './testing/toyCloud.ts';

let cloud: ToyCloud;
beforeEach(() => {
  cloud = openToyCloud(new MemoryStore());
  cloud.functions.set('f', (event) => ({
    statusCode: event.path === '/teapot' ? 418 : 200,
    body: JSON.stringify(event),
  }));
});

function unzipped(archive: Buffer): Promise<Map<string, string>> {
  return new Promise((resolve, reject) => {
    const files = new Map<string, string>();
    fromBuffer(archive, { lazyEntries: true }, (error, zip) => {
      if (error) return reject(error);
      zip.on('end', () => resolve(files));
      zip.on('entry', (entry) =>
        zip.openReadStream(entry, async (failed, stream) => {
          if (failed) return reject(failed);
          const parts: Buffer[] = [];
          for await (const part of stream) parts.push(part as Buffer);
          files.set(entry.fileName, Buffer.concat(parts).toString());
          zip.readEntry();
        }),
      );
      zip.readEntry();
    });
  });
}

interface Result {
  status: number;
  data: { path: string; httpMethod: string; body: string; headers: Record<string, string> } & Record<
    string,
    unknown
  >;
}
type Client = Record<string, (params?: object, body?: unknown, additional?: object) => Promise<Result>>;

/** Loads the client as a page would, with the toy cloud as its network. */
function load(files: Map<string, string>, config: object): Client {
  const page = createContext({
    TextEncoder,
    URL,
    crypto,
    async fetch(url: string, init: { method: string; headers: Record<string, string>; body?: string }) {
      const { status, text, headers } = await cloud.send(url, init);
      return {
        status,
        ok: status < 400,
        statusText: '',
        headers: Object.entries(headers),
        text: async () => text,
      };
    },
  });
  for (const name of ['lib/apiGatewayCore.js', 'apigClient.js']) {
    runInContext(files.get(`apiGateway-js-sdk/${name}`) ?? '', page);
  }
  return runInContext('apigClientFactory', page).newClient(config);
}

const proxy = (more: object = {}) => ({
  responses: {},
  'x-amazon-apigateway-integration': { type: 'aws_proxy', httpMethod: 'POST', uri: functionUri('f') },
  ...more,
});

describe('the JavaScript SDK', () => {
  it('is a client whose functions call the stage', async () => {
    const document = {
      openapi: '3.0.1',
      info: { title: 'sdk', version: '1' },
      paths: {
        '/': { get: proxy() },
        '/teapot': { get: proxy() },
        '/pets/{petId}': {
          put: proxy({
            parameters: [
              { name: 'petId', in: 'path', required: true, schema: { type: 'string' } },
              { name: 'tag', in: 'query', schema: { type: 'string' } },
              { name: 'X-Owner', in: 'header', schema: { type: 'string' } },
            ],
          }),
        },
        '/files/{rest+}': { 'x-amazon-apigateway-any-method': proxy() },
      },
    };
    const body = Buffer.from(JSON.stringify(document));
    const { id: restApiId } = await cloud.call('ImportRestApi', { body });
    await cloud.call('CreateDeployment', { restApiId, stageName: 'prod' });
    const sdk = await cloud.call<{ body: Buffer; contentDisposition: string }>('GetSdk', {
      restApiId,
      stageName: 'prod',
      sdkType: 'javascript',
    });
    expect(sdk.contentDisposition).toBe('attachment; filename="javascript_2020-03-12_19-03Z.zip"');
    const files = await unzipped(sdk.body);
    expect(files.get('apiGateway-js-sdk/README.md')).toContain('`petsPetIdPut`: PUT /pets/{petId}');
    const client = load(files, { apiKey: 'key' });
    const put = await client.petsPetIdPut?.(
      { petId: 'a b/c', tag: 'é&', 'X-Owner': 'me' },
      { a: 1 },
      {
        queryParams: { more: '1' },
        headers: { 'X-More': '2' },
      },
    );
    expect(put?.status).toBe(200);
    expect(put?.data).toMatchObject({
      httpMethod: 'PUT',
      path: '/pets/a%20b%2Fc',
      queryStringParameters: { tag: 'é&', more: '1' },
      body: '{"a":1}',
      headers: {
        'X-Owner': 'me',
        'X-More': '2',
        'x-api-key': 'key',
        'Content-Type': 'application/json',
        Accept: 'application/json',
      },
    });
    expect((await client.filesRestDelete?.({ rest: 'x/y z' }))?.data).toMatchObject({
      path: '/files/x/y%20z',
      httpMethod: 'DELETE',
    });
    expect((await client.rootGet?.())?.data.path).toBe('/');
    await expect(client.teapotGet?.()).rejects.toMatchObject({ response: { status: 418 } });
    await expect(client.petsPetIdPut?.({})).rejects.toThrow('petId');
  });

  it('names functions by path and method', () => {
    const resource = (path: string, ...methods: string[]) => ({
      id: path,
      path,
      resourceMethods: Object.fromEntries(
        methods.map((httpMethod) => [
          httpMethod,
          { httpMethod, authorizationType: 'NONE' as const, apiKeyRequired: false },
        ]),
      ),
    });
    const names = sdkFunctions([
      resource('/a-b/c_d/{some.id}', 'POST'),
      resource('/', 'ANY', 'GET'),
      resource('/2fast', 'GET'),
    ]).map(({ name, method }) => `${name} ${method}`);
    expect(names).toContain('aBCDSomeIdPost POST');
    expect(names).toContain('_2fastGet GET');
    expect(names.filter((name) => name.startsWith('root'))).toHaveLength(7);
  });

  it('is the only one, and the others are refused clearly', async () => {
    const { id: restApiId } = await cloud.call('ImportRestApi', {
      body: Buffer.from(
        '{"swagger":"2.0","info":{"title":"t"},"paths":{"/":{"get":{"x-amazon-apigateway-integration":{"type":"mock"}}}}}',
      ),
    });
    await cloud.call('CreateDeployment', { restApiId, stageName: 'prod' });
    const of = (sdkType: string) => cloud.call('GetSdk', { restApiId, stageName: 'prod', sdkType });
    await expect(of('swift')).rejects.toThrow('not generated by this cloud');
    await expect(of('cobol')).rejects.toThrow('Invalid SDK type');
    expect(await cloud.call('GetSdkTypes', {})).toMatchObject({ items: [{ id: 'javascript' }] });
    expect(await cloud.call('GetSdkType', { id: 'javascript' })).toMatchObject({
      friendlyName: 'JavaScript',
    });
    await expect(cloud.call('GetSdkType', { id: 'cobol' })).rejects.toThrow('Invalid SDK type');
  });
});
