/** Domains, exports, documentation and generated clients, through the official clients. */

import { createContext, runInContext } from 'node:vm';
import {
  APIGatewayClient,
  CreateBasePathMappingCommand,
  CreateDeploymentCommand,
  CreateDocumentationVersionCommand,
  CreateDomainNameCommand,
  GetDomainNamesCommand,
  GetExportCommand,
  GetSdkCommand,
  ImportRestApiCommand,
  PutRestApiCommand,
} from '@aws-sdk/client-api-gateway';
import {
  ApiGatewayV2Client,
  CreateApiMappingCommand,
  CreateDomainNameCommand as CreateHttpDomainNameCommand,
  CreateStageCommand as CreateHttpStageCommand,
  DeleteApiMappingCommand,
  DeleteDomainNameCommand as DeleteHttpDomainNameCommand,
  ExportApiCommand,
  GetApiMappingsCommand,
  ImportApiCommand,
} from '@aws-sdk/client-apigatewayv2';
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { fromBuffer } from 'yauzl';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';
import { signRequest } from '../../src/identity/index.ts';
import { boto3, python } from './support/clients.ts';
import { fetchAs } from './support/hosts.ts';
import { type Server, startServer, temporaryFolder } from './support/server.ts';

const certificate = 'arn:aws:acm:us-east-1:000000000000:certificate/11111111-2222-3333-4444-555555555555';

const document = {
  openapi: '3.0.1',
  info: { title: 'wire', version: '7' },
  components: {
    securitySchemes: {
      sigv4: {
        type: 'apiKey',
        name: 'Authorization',
        in: 'header',
        'x-amazon-apigateway-authtype': 'awsSigv4',
      },
    },
  },
  paths: {
    '/signed/{id}': {
      get: {
        summary: 'For those who sign',
        security: [{ sigv4: [] }],
        parameters: [
          { name: 'id', in: 'path', required: true, schema: { type: 'string' } },
          { name: 'q', in: 'query', schema: { type: 'string' } },
        ],
        responses: { 200: { description: '200 response' } },
        'x-amazon-apigateway-integration': {
          type: 'mock',
          requestTemplates: { 'application/json': '{"statusCode":200}' },
          responses: {
            default: {
              statusCode: '200',
              responseTemplates: {
                'application/json':
                  '{"id":"$input.params(\'id\')","q":"$input.params(\'q\')","who":"$context.identity.userArn"}',
              },
            },
          },
        },
      },
    },
    '/open': {
      get: {
        responses: { 200: { description: '200 response' } },
        'x-amazon-apigateway-integration': {
          type: 'mock',
          requestTemplates: { 'application/json': '{"statusCode":200}' },
          responses: {
            default: {
              statusCode: '200',
              responseTemplates: { 'application/json': '"$context.customDomain.basePathMatched"' },
            },
          },
        },
      },
    },
  },
};

describe('with the SDK for JavaScript', () => {
  let cloud: Cloud;
  let gateway: APIGatewayClient;
  let http: ApiGatewayV2Client;
  let restApiId: string;
  beforeAll(async () => {
    cloud = await startCloud({ iam: 'enforce' });
    gateway = new APIGatewayClient(cloud.clientConfig);
    http = new ApiGatewayV2Client(cloud.clientConfig);
    const body = Buffer.from(JSON.stringify(document));
    const api = await gateway.send(new ImportRestApiCommand({ body }));
    restApiId = api.id ?? '';
    await gateway.send(new CreateDeploymentCommand({ restApiId, stageName: 'prod' }));
  });
  afterAll(() => cloud?.close());

  /** A user that may invoke what `resource` names. */
  async function user(UserName: string, resource: string) {
    const iam = new IAMClient(cloud.clientConfig);
    await iam.send(new CreateUserCommand({ UserName }));
    const Statement = [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: resource }];
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
    await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'call', PolicyDocument }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
    return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
  }

  it('a domain name serves REST and HTTP APIs, from the moment it is made until it is deleted', async () => {
    const domainName = 'api.wire.example';
    const made = await gateway.send(
      new CreateDomainNameCommand({
        domainName,
        regionalCertificateArn: certificate,
        endpointConfiguration: { types: ['REGIONAL'] },
      }),
    );
    expect(made.domainNameStatus).toBe('AVAILABLE');
    expect((await gateway.send(new GetDomainNamesCommand({}))).items).toHaveLength(1);
    await gateway.send(
      new CreateBasePathMappingCommand({ domainName, basePath: 'v1', restApiId, stage: 'prod' }),
    );
    const url = 'http://api.wire.example/v1/open';
    expect(await fetchAs(cloud.endpoint, url)).toMatchObject({ status: 200, text: '"v1"' });

    const { ApiId } = await http.send(
      new ImportApiCommand({
        Body: JSON.stringify({
          openapi: '3.0.1',
          info: { title: 'h', version: '1' },
          paths: {
            '/open': {
              get: {
                'x-amazon-apigateway-integration': {
                  type: 'http_proxy',
                  httpMethod: 'GET',
                  uri: `${cloud.endpoint}/_brume/health`,
                  payloadFormatVersion: '1.0',
                },
              },
            },
          },
        }),
      }),
    );
    await http.send(new CreateHttpStageCommand({ ApiId, StageName: '$default', AutoDeploy: true }));
    const { ApiMappingId } = await http.send(
      new CreateApiMappingCommand({
        ApiId,
        DomainName: domainName,
        Stage: '$default',
        ApiMappingKey: 'v1/deep',
      }),
    );
    expect((await http.send(new GetApiMappingsCommand({ DomainName: domainName }))).Items).toHaveLength(2);
    const health = await fetchAs(cloud.endpoint, 'http://api.wire.example/v1/deep/open');
    expect(JSON.parse(health.text)).toMatchObject({ status: 'running' });
    await expect(
      http.send(
        new CreateHttpDomainNameCommand({
          DomainName: domainName,
          DomainNameConfigurations: [{ CertificateArn: certificate }],
        }),
      ),
    ).rejects.toMatchObject({
      name: 'BadRequestException',
      message: 'The domain name you provided already exists.',
    });
    await http.send(new DeleteApiMappingCommand({ DomainName: domainName, ApiMappingId }));
    await http.send(new DeleteHttpDomainNameCommand({ DomainName: domainName }));
    expect((await fetchAs(cloud.endpoint, url)).text).not.toBe('"v1"');
  });

  it('a domain name is never one of the cloud itself', async () => {
    for (const domainName of [
      's3.localhost',
      `${restApiId}.execute-api.localhost`,
      'x.lambda-url.localhost',
    ]) {
      const made = gateway.send(
        new CreateDomainNameCommand({
          domainName,
          regionalCertificateArn: certificate,
          endpointConfiguration: { types: ['REGIONAL'] },
        }),
      );
      await expect(made).rejects.toThrow('Invalid domain name specified');
    }
  });

  it('a request to a domain name is signed for that name, and allowed on the API behind it', async () => {
    const domainName = 'iam.wire.example';
    await gateway.send(
      new CreateDomainNameCommand({
        domainName,
        regionalCertificateArn: certificate,
        endpointConfiguration: { types: ['REGIONAL'] },
      }),
    );
    await gateway.send(
      new CreateBasePathMappingCommand({ domainName, basePath: 'v1', restApiId, stage: 'prod' }),
    );
    const arn = (id: string) =>
      `arn:aws:execute-api:us-east-1:000000000000:${restApiId}/prod/GET/signed/${id}`;
    const credentials = await user('guest', arn('7'));
    const send = (id: string) => {
      const path = `/v1/signed/${id}`;
      const headers = signRequest(
        { method: 'GET', path, headers: { host: domainName } },
        { ...credentials, region: 'us-east-1', service: 'execute-api', now: cloud.clock.now() },
      );
      return fetchAs(cloud.endpoint, `http://${domainName}${path}`, { headers });
    };
    const allowed = await send('7');
    expect([allowed.status, JSON.parse(allowed.text)]).toMatchObject([
      200,
      { id: '7', who: 'arn:aws:iam::000000000000:user/guest' },
    ]);
    expect((await send('8')).status).toBe(403);
  });

  it('exports are documents that import as the same API', async () => {
    await gateway.send(
      new CreateDocumentationVersionCommand({ restApiId, documentationVersion: '1', stageName: 'prod' }),
    );
    const read = async (restApiId: string, exportType: string, accepts?: string) => {
      const parameters = { extensions: 'apigateway' };
      const answer = await gateway.send(
        new GetExportCommand({ restApiId, stageName: 'prod', exportType, parameters, accepts }),
      );
      const text = Buffer.from(answer.body ?? []).toString();
      return answer.contentType?.includes('yaml') ? parse(text) : JSON.parse(text);
    };
    const first = await read(restApiId, 'oas30');
    expect(await read(restApiId, 'oas30', 'application/yaml')).toEqual(first);
    expect(first.paths['/signed/{id}'].get).toMatchObject({
      summary: 'For those who sign',
      security: [{ sigv4: [] }],
    });
    expect(first.servers[0].url).toContain(`://${restApiId}.execute-api.us-east-1.`);
    const again = await gateway.send(new ImportRestApiCommand({ body: Buffer.from(JSON.stringify(first)) }));
    const id = again.id ?? '';
    // Merged over itself it stays what it is.
    const body = Buffer.from(JSON.stringify(first));
    await gateway.send(new PutRestApiCommand({ restApiId: id, mode: 'merge', body }));
    await gateway.send(new CreateDeploymentCommand({ restApiId: id, stageName: 'prod' }));
    await gateway.send(
      new CreateDocumentationVersionCommand({ restApiId: id, documentationVersion: '1', stageName: 'prod' }),
    );
    const second = JSON.stringify(await read(id, 'oas30')).replaceAll(id, restApiId);
    expect(withoutDates(JSON.parse(second))).toEqual(withoutDates(first));
  });

  it('HTTP APIs are exported too', async () => {
    const Body = JSON.stringify({
      openapi: '3.0.1',
      info: { title: 'h', version: '1' },
      paths: {
        '/a/{b}': {
          get: {
            'x-amazon-apigateway-integration': {
              type: 'http_proxy',
              httpMethod: 'GET',
              uri: 'https://x.example',
            },
          },
        },
      },
    });
    const { ApiId } = await http.send(new ImportApiCommand({ Body }));
    const read = async (OutputType: 'JSON' | 'YAML') => {
      const { body } = await http.send(new ExportApiCommand({ ApiId, Specification: 'OAS30', OutputType }));
      return parse(Buffer.from(body ?? []).toString());
    };
    expect(await read('YAML')).toEqual(await read('JSON'));
    expect((await read('JSON')).paths['/a/{b}'].get['x-amazon-apigateway-integration']).toMatchObject({
      type: 'http_proxy',
      uri: 'https://x.example',
    });
  });

  it('a generated client signs its requests as IAM wants them', async () => {
    const { accessKeyId, secretAccessKey } = await user('caller', '*');
    const sdk = await gateway.send(
      new GetSdkCommand({ restApiId, stageName: 'prod', sdkType: 'javascript' }),
    );
    const files = await unzipped(Buffer.from(sdk.body ?? []));
    const page = createContext({
      TextEncoder,
      URL,
      crypto,
      async fetch(url: string, init: { method: string; headers: Record<string, string>; body?: string }) {
        const { status, headers, text } = await fetchAs(cloud.endpoint, url, init);
        return { status, ok: status < 400, statusText: '', headers, text: async () => text };
      },
    });
    runInContext(files.get('apiGateway-js-sdk/lib/apiGatewayCore.js') ?? '', page);
    runInContext(files.get('apiGateway-js-sdk/apigClient.js') ?? '', page);
    const factory = runInContext('apigClientFactory', page);
    const client = factory.newClient({
      accessKey: accessKeyId,
      secretKey: secretAccessKey,
    });
    const params = { id: "a b/c'é", q: 'x&y z=*' };
    expect((await client.signedIdGet(params)).data).toMatchObject({
      q: params.q,
      who: 'arn:aws:iam::000000000000:user/caller',
    });
    const forger = factory.newClient({ accessKey: accessKeyId, secretKey: 'wrong' });
    await expect(forger.signedIdGet(params)).rejects.toMatchObject({ response: { status: 403 } });
    await expect(factory.newClient({}).signedIdGet(params)).rejects.toMatchObject({
      response: { status: 403 },
    });
  });
});

function withoutDates(exported: Record<string, { createdDate?: string }>): unknown {
  const extension = exported['x-amazon-apigateway-documentation'];
  return { ...exported, 'x-amazon-apigateway-documentation': { ...extension, createdDate: undefined } };
}

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

describe.skipIf(!boto3)('with boto3', () => {
  const folder = temporaryFolder();
  let server: Server;
  const start = () => startServer(['--port', '0', '--data', folder.path, '--log-level', 'warn']);
  beforeAll(async () => {
    server = await start();
  });
  afterAll(async () => {
    await server?.kill('SIGKILL');
    folder.remove();
  });

  it('a domain name is made, mapped and exported, and survives the end of the process', async () => {
    const result = await python<Record<string, unknown>>(
      server.endpoint,
      `
import boto3, json
api = boto3.client('apigateway')
doc = json.loads(${JSON.stringify(JSON.stringify(document))})
made = api.import_rest_api(body=json.dumps(doc).encode())
api.create_deployment(restApiId=made['id'], stageName='prod')
domain = api.create_domain_name(domainName='boto.example', certificateArn='${certificate}')
api.create_base_path_mapping(domainName='boto.example', basePath='v1', restApiId=made['id'], stage='prod')
mappings = api.get_base_path_mappings(domainName='boto.example')['items']
try:
  api.create_base_path_mapping(domainName='boto.example', basePath='v1', restApiId=made['id'], stage='prod'); conflict = 'none'
except api.exceptions.ConflictException as error: conflict = error.response['Error']['Message']
exported = json.loads(api.get_export(restApiId=made['id'], stageName='prod', exportType='swagger', parameters={'extensions': 'integrations'})['body'].read())
cert = api.generate_client_certificate(description='d')
print(json.dumps({'distribution': domain['distributionDomainName'], 'mappings': mappings, 'conflict': conflict, 'swagger': exported['swagger'],
  'integration': exported['paths']['/open']['get']['x-amazon-apigateway-integration']['type'], 'days': (cert['expirationDate'] - cert['createdDate']).days,
  'parts': len(api.get_documentation_parts(restApiId=made['id'])['items'])}))
`,
    );
    expect(result).toMatchObject({
      distribution: expect.stringMatching(/\.cloudfront\.net$/),
      mappings: [{ basePath: 'v1', stage: 'prod' }],
      conflict: 'Base path already exists for this domain name',
      swagger: '2.0',
      integration: 'mock',
      days: 365,
      parts: 1,
    });
    const url = 'http://boto.example/v1/open';
    expect(await fetchAs(server.endpoint, url)).toMatchObject({ status: 200, text: '"v1"' });
    await server.kill('SIGKILL');
    server = await start();
    expect(await fetchAs(server.endpoint, url)).toMatchObject({ status: 200, text: '"v1"' });
  });
});
