import { X509Certificate } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryStore } from '../../store/index.ts';
import { apigateway } from './index.ts';
import { functionUri, openToyCloud, type ToyCloud } from './testing/toyCloud.ts';
import { apigatewayv2 } from './v2/index.ts';

let cloud: ToyCloud;
const rest = <T = Record<string, unknown>>(operation: string, input: object) =>
  cloud.resourceContext.aws.call<T>('apigateway', operation, input);
const http = <T = Record<string, unknown>>(operation: string, input: object) =>
  cloud.resourceContext.aws.call<T>('apigatewayv2', operation, input);

const certificate = 'arn:aws:acm:eu-west-1:123456789012:certificate/11111111-2222-3333-4444-555555555555';
const regional = { endpointConfiguration: { types: ['REGIONAL'] }, regionalCertificateArn: certificate };

beforeEach(() => {
  cloud = openToyCloud(new MemoryStore(), [apigateway, apigatewayv2]);
  cloud.functions.set('f', (event) => ({ statusCode: 200, body: JSON.stringify(event) }));
});

async function restApi(settings: object = {}): Promise<string> {
  const body = Buffer.from(
    JSON.stringify({
      swagger: '2.0',
      info: { title: 'domains', version: '1' },
      paths: {
        '/{proxy+}': {
          'x-amazon-apigateway-any-method': {
            'x-amazon-apigateway-integration': {
              type: 'aws_proxy',
              httpMethod: 'POST',
              uri: functionUri('f'),
            },
          },
        },
        '/who': {
          get: {
            responses: { 200: { description: 'ok' } },
            'x-amazon-apigateway-integration': {
              type: 'mock',
              requestTemplates: { 'application/json': '{"statusCode":200}' },
              responses: {
                default: {
                  statusCode: '200',
                  responseTemplates: {
                    'application/json':
                      '$context.customDomain.basePathMatched|$context.domainName|$context.domainPrefix|$context.path|$context.stage',
                  },
                },
              },
            },
          },
        },
      },
      ...settings,
    }),
  );
  const { id } = await rest<{ id: string }>('ImportRestApi', { body });
  await rest('CreateDeployment', { restApiId: id, stageName: 'prod' });
  return id;
}

describe('a custom domain name of REST APIs', () => {
  it('is made with the names that AWS gives it, and read under both services', async () => {
    const made = await rest('CreateDomainName', {
      domainName: 'API.example.com',
      ...regional,
      tags: { a: 'b' },
    });
    expect(made).toMatchObject({
      domainName: 'api.example.com',
      domainNameArn: 'arn:aws:apigateway:eu-west-1::/domainnames/api.example.com',
      regionalDomainName: expect.stringMatching(/^d-[a-z0-9]{10}\.execute-api\.eu-west-1\.amazonaws\.com$/),
      regionalHostedZoneId: 'ZLY8HYME6SFDD',
      regionalCertificateArn: certificate,
      domainNameStatus: 'AVAILABLE',
      securityPolicy: 'TLS_1_2',
      endpointConfiguration: { types: ['REGIONAL'] },
      tags: { a: 'b' },
    });
    expect(await http('GetDomainName', { DomainName: 'api.example.com' })).toMatchObject({
      DomainName: 'api.example.com',
      ApiMappingSelectionExpression: '$request.basepath',
      RoutingMode: 'API_MAPPING_ONLY',
      DomainNameConfigurations: [
        {
          ApiGatewayDomainName: made.regionalDomainName,
          CertificateArn: certificate,
          DomainNameStatus: 'AVAILABLE',
          EndpointType: 'REGIONAL',
          HostedZoneId: 'ZLY8HYME6SFDD',
          SecurityPolicy: 'TLS_1_2',
        },
      ],
    });
    expect(await rest('GetDomainNames', {})).toMatchObject({ items: [{ domainName: 'api.example.com' }] });
    const edge = await rest('CreateDomainName', {
      domainName: 'edge.example.com',
      certificateArn: certificate,
    });
    expect(edge).toMatchObject({
      distributionDomainName: expect.stringMatching(/^d[a-z0-9]{13}\.cloudfront\.net$/),
      distributionHostedZoneId: 'Z2FDTNDATAQYW2',
    });
    await expect(rest('CreateDomainName', { domainName: 'api.example.com', ...regional })).rejects.toThrow(
      'The domain name you provided already exists.',
    );
  });

  it.each([
    ['localhost', 'Invalid domain name'],
    ['127.0.0.1', 'Invalid domain name'],
    ['s3.eu-west-1.amazonaws.com', 'Invalid domain name'],
    ['localhost.localstack.cloud', 'Invalid domain name'],
    ['a_b.example.com', 'Invalid domain name'],
  ])('is refused: %s', async (domainName, message) => {
    await expect(rest('CreateDomainName', { domainName, ...regional })).rejects.toThrow(message);
  });

  it('is patched as AWS documents, and refuses what it can not be', async () => {
    const domainName = 'api.example.com';
    await rest('CreateDomainName', { domainName, ...regional });
    const patch = (...patchOperations: object[]) => rest('UpdateDomainName', { domainName, patchOperations });
    expect(
      await patch(
        { op: 'replace', path: '/mutualTlsAuthentication/truststoreUri', value: 's3://bucket/store.pem' },
        { op: 'replace', path: '/mutualTlsAuthentication/truststoreVersion', value: '7' },
        { op: 'replace', path: '/securityPolicy', value: 'TLS_1_0' },
      ),
    ).toMatchObject({
      mutualTlsAuthentication: { truststoreUri: 's3://bucket/store.pem', truststoreVersion: '7' },
      securityPolicy: 'TLS_1_0',
    });
    await expect(
      patch({ op: 'replace', path: '/mutualTlsAuthentication/truststoreUri', value: 'http://x' }),
    ).rejects.toThrow('truststoreUri');
    await expect(patch({ op: 'replace', path: '/domainName', value: 'x' })).rejects.toThrow(
      'Invalid patch path',
    );
    await patch(
      { op: 'replace', path: '/mutualTlsAuthentication/truststoreUri', value: '' },
      { op: 'add', path: '/endpointConfiguration/types', value: 'EDGE' },
      { op: 'replace', path: '/certificateArn', value: certificate },
    );
    const both = await rest('GetDomainName', { domainName });
    expect(both).toMatchObject({ endpointConfiguration: { types: ['REGIONAL', 'EDGE'] } });
    expect(both.distributionDomainName).toBeDefined();
    expect(both.mutualTlsAuthentication).toBeUndefined();
  });

  it('serves what its base paths lead to, with the domain in the event and in $context', async () => {
    const api = await restApi();
    const domainName = 'api.example.com';
    await rest('CreateDomainName', { domainName, ...regional });
    expect(await cloud.send('http://api.example.com:4566/v1/who')).toMatchObject({
      status: 403,
      text: '{"message":"Forbidden"}',
    });
    await rest('CreateBasePathMapping', { domainName, basePath: 'v1', restApiId: api, stage: 'prod' });
    expect((await cloud.send('http://api.example.com:4566/v1/who')).text).toBe(
      'v1|api.example.com:4566|api|/v1/who|prod',
    );
    const event = JSON.parse((await cloud.send('http://api.example.com:4566/v1/a%20b/c?x=1')).text);
    expect(event).toMatchObject({
      path: '/v1/a%20b/c',
      resource: '/{proxy+}',
      pathParameters: { proxy: 'a%20b/c' },
      requestContext: {
        path: '/v1/a%20b/c',
        stage: 'prod',
        domainName: 'api.example.com:4566',
        domainPrefix: 'api',
      },
    });
    expect(event.requestContext).not.toHaveProperty('customDomain');
    expect((await cloud.send('http://api.example.com/v1x/who')).status).toBe(403);
    expect((await cloud.send('http://api.example.com/')).status).toBe(403);
  });

  it('takes the stage from the path when the mapping names none, and lets the API close its own address', async () => {
    const api = await restApi({
      'x-amazon-apigateway-endpoint-configuration': { disableExecuteApiEndpoint: true },
    });
    const domainName = 'api.example.com';
    await rest('CreateDomainName', { domainName, ...regional });
    expect(await rest('CreateBasePathMapping', { domainName, restApiId: api })).toMatchObject({
      basePath: '(none)',
      restApiId: api,
    });
    expect((await cloud.send('http://api.example.com/prod/who')).text).toBe(
      '|api.example.com|api|/prod/who|prod',
    );
    expect((await cloud.send(`http://${api}.execute-api.localhost:4566/prod/who`)).status).toBe(403);
    await rest('UpdateBasePathMapping', {
      domainName,
      basePath: '(none)',
      patchOperations: [{ op: 'replace', path: '/stage', value: 'prod' }],
    });
    expect((await cloud.send('http://api.example.com/who')).text).toBe('|api.example.com|api|/who|prod');
  });

  it('may be a wildcard for the names one label below', async () => {
    const api = await restApi();
    const domainName = '*.wild.example.com';
    await rest('CreateDomainName', { domainName, ...regional });
    await rest('CreateBasePathMapping', { domainName, restApiId: api, stage: 'prod' });
    expect((await cloud.send('http://any.wild.example.com/who')).text).toBe(
      '|any.wild.example.com|any|/who|prod',
    );
    await expect(cloud.send('http://a.b.wild.example.com/who')).rejects.toThrow('no data plane');
  });

  it('keeps mappings as AWS does', async () => {
    const api = await restApi();
    const domainName = 'api.example.com';
    await rest('CreateDomainName', { domainName, ...regional });
    const mapping = { domainName, restApiId: api, stage: 'prod' };
    for (const basePath of ['c', 'a', 'b']) await rest('CreateBasePathMapping', { ...mapping, basePath });
    const first = await rest<{ items: { basePath: string }[]; position: string }>('GetBasePathMappings', {
      domainName,
      limit: 2,
    });
    expect(first.items.map((item) => item.basePath)).toEqual(['a', 'b']);
    expect(
      await rest('GetBasePathMappings', { domainName, limit: 2, position: first.position }),
    ).toMatchObject({ items: [{ basePath: 'c' }] });
    await expect(rest('CreateBasePathMapping', { ...mapping, basePath: 'a' })).rejects.toThrow(
      'Base path already exists for this domain name',
    );
    await expect(rest('CreateBasePathMapping', { ...mapping, basePath: 'a/b' })).rejects.toThrow(
      'API Gateway V2',
    );
    await expect(rest('CreateBasePathMapping', { ...mapping, basePath: 'd', stage: 'no' })).rejects.toThrow(
      'Invalid stage identifier specified',
    );
    await expect(rest('GetBasePathMapping', { domainName, basePath: 'd' })).rejects.toThrow(
      'Invalid base path mapping identifier specified',
    );
    await expect(rest('GetBasePathMappings', { domainName: 'no.example.com' })).rejects.toThrow(
      'Invalid domain name identifier specified',
    );
    await expect(rest('DeleteRestApi', { restApiId: api })).rejects.toThrow('base path mappings');
    for (const basePath of ['c', 'a', 'b']) await rest('DeleteBasePathMapping', { domainName, basePath });
    await rest('DeleteDomainName', { domainName });
    await rest('DeleteRestApi', { restApiId: api });
    await expect(cloud.send('http://api.example.com/a/who')).rejects.toThrow('no data plane');
  });

  it('that is private is recorded under its id, with the endpoints that may reach it', async () => {
    const input = {
      domainName: 'inside.example.com',
      certificateArn: certificate,
      endpointConfiguration: { types: ['PRIVATE'] },
    };
    const made = await rest<{ domainNameId: string; domainNameArn: string }>('CreateDomainName', input);
    await rest('CreateDomainName', input);
    expect(made.domainNameArn).toBe(
      `arn:aws:apigateway:eu-west-1:123456789012:/domainnames/inside.example.com+${made.domainNameId}`,
    );
    const { domainNameAccessAssociationArn } = await rest('CreateDomainNameAccessAssociation', {
      domainNameArn: made.domainNameArn,
      accessAssociationSourceType: 'VPCE',
      accessAssociationSource: 'vpce-1',
    });
    expect(await rest('GetDomainNameAccessAssociations', {})).toMatchObject({
      items: [{ domainNameAccessAssociationArn, domainNameArn: made.domainNameArn }],
    });
    await rest('DeleteDomainNameAccessAssociation', { domainNameAccessAssociationArn });
    expect(await rest('GetDomainNameAccessAssociations', {})).toMatchObject({ items: [] });
    await rest('CreateDomainNameAccessAssociation', {
      domainNameArn: made.domainNameArn,
      accessAssociationSourceType: 'VPCE',
      accessAssociationSource: 'vpce-2',
    });
    const { domainNameId } = made;
    await rest('DeleteDomainName', { domainName: 'inside.example.com', domainNameId });
    expect(await rest('GetDomainNameAccessAssociations', {})).toMatchObject({ items: [] });
    await expect(rest('GetDomainName', { domainName: 'inside.example.com' })).rejects.toThrow(
      'Invalid domain name',
    );
    await expect(cloud.send('http://inside.example.com/')).rejects.toThrow('no data plane');
  });
});

describe('a custom domain name of HTTP APIs', () => {
  const configuration = {
    DomainNameConfigurations: [{ CertificateArn: certificate, EndpointType: 'REGIONAL' }],
  };

  async function httpApi(): Promise<string> {
    const { ApiId } = await http<{ ApiId: string }>('CreateApi', {
      Name: 'h',
      ProtocolType: 'HTTP',
      Target: 'arn:aws:lambda:eu-west-1:123456789012:function:f',
      DisableExecuteApiEndpoint: true,
    });
    return ApiId;
  }

  it('has mappings of several levels, of which the longest wins', async () => {
    const [rested, httped] = [await restApi(), await httpApi()];
    const DomainName = 'shop.example.com';
    await http('CreateDomainName', { DomainName, ...configuration });
    await http('CreateApiMapping', { DomainName, ApiId: httped, Stage: '$default', ApiMappingKey: 'orders' });
    const deep = await http<{ ApiMappingId: string }>('CreateApiMapping', {
      DomainName,
      ApiId: rested,
      Stage: 'prod',
      ApiMappingKey: 'orders/v1',
    });
    const shallow = JSON.parse((await cloud.send('http://shop.example.com/orders/7?a=b')).text);
    expect(shallow).toMatchObject({
      version: '2.0',
      rawPath: '/7',
      requestContext: { domainName: 'shop.example.com', domainPrefix: 'shop', http: { path: '/7' } },
    });
    expect((await cloud.send('http://shop.example.com/orders/v1/who')).text).toMatch(/^orders\/v1\|/);
    expect((await cloud.send(`http://${httped}.execute-api.localhost:4566/7`)).status).toBe(404);
    await http('UpdateApiMapping', {
      DomainName,
      ApiMappingId: deep.ApiMappingId,
      ApiId: rested,
      ApiMappingKey: '',
    });
    expect((await cloud.send('http://shop.example.com/who')).text).toMatch(/^\|/);
    await expect(
      http('CreateApiMapping', { DomainName, ApiId: rested, Stage: 'prod', ApiMappingKey: 'orders' }),
    ).rejects.toThrow('ApiMapping key already exists for this domain name');
    await expect(
      http('CreateApiMapping', { DomainName, ApiId: rested, Stage: 'prod', ApiMappingKey: '/x/' }),
    ).rejects.toThrow('no slash');
    await expect(http('DeleteApi', { ApiId: httped })).rejects.toThrow('base path mappings');
    const page = await http<{ Items: unknown[]; NextToken: string }>('GetApiMappings', {
      DomainName,
      MaxResults: '1',
    });
    expect(page.Items).toHaveLength(1);
    const last = await http<{ Items: { ApiMappingId: string }[] }>('GetApiMappings', {
      DomainName,
      NextToken: page.NextToken,
    });
    expect(last.Items).toHaveLength(1);
    await http('DeleteApiMapping', { DomainName, ApiMappingId: last.Items[0]?.ApiMappingId });
    await expect(
      http('GetApiMapping', { DomainName, ApiMappingId: last.Items[0]?.ApiMappingId }),
    ).rejects.toThrow();
  });

  it('leads to WebSocket APIs or to others, never to both', async () => {
    const DomainName = 'mixed.example.com';
    await http('CreateDomainName', { DomainName, ...configuration });
    const { ApiId } = await http('CreateApi', {
      Name: 'w',
      ProtocolType: 'WEBSOCKET',
      RouteSelectionExpression: '$request.body.action',
    });
    await http('CreateStage', { ApiId, StageName: 'live' });
    await http('CreateApiMapping', { DomainName, ApiId, Stage: 'live' });
    await expect(
      http('CreateApiMapping', { DomainName, ApiId: await httpApi(), Stage: '$default', ApiMappingKey: 'x' }),
    ).rejects.toThrow('WebSocket');
  });

  it('routes by rules before its mappings, when told so', async () => {
    const [one, two] = [await restApi(), await restApi()];
    const DomainName = 'rules.example.com';
    await http('CreateDomainName', {
      DomainName,
      ...configuration,
      RoutingMode: 'ROUTING_RULE_THEN_API_MAPPING',
    });
    await http('CreateApiMapping', { DomainName, ApiId: one, Stage: 'prod' });
    const rule = (priority: number, conditions: object[], strip: boolean) => ({
      DomainName,
      Priority: priority,
      Conditions: conditions,
      Actions: [{ InvokeApi: { ApiId: two, Stage: 'prod', StripBasePath: strip } }],
    });
    const beta = { MatchHeaders: { AnyOf: [{ Header: 'X-Version', ValueGlob: 'beta*' }] } };
    await http('CreateRoutingRule', rule(2, [beta], false));
    const made = await http<{ RoutingRuleId: string; RoutingRuleArn: string }>(
      'CreateRoutingRule',
      rule(1, [{ MatchBasePaths: { AnyOf: ['shop', 'store'] } }, beta], true),
    );
    expect(made.RoutingRuleArn).toBe(
      `arn:aws:apigateway:eu-west-1::/domainnames/rules.example.com/routingrules/${made.RoutingRuleId}`,
    );
    const apiOf = async (path: string, version = 'none') => {
      const headers = { 'X-Version': version };
      const { text } = await cloud.send(`http://rules.example.com${path}`, { headers });
      const event = JSON.parse(text);
      return [event.requestContext.apiId, event.path, event.pathParameters.proxy];
    };
    expect(await apiOf('/store/1', 'beta-2')).toEqual([two, '/store/1', '1']);
    expect(await apiOf('/other/1', 'beta-2')).toEqual([two, '/other/1', 'other/1']);
    expect(await apiOf('/store/1')).toEqual([one, '/store/1', 'store/1']);
    await expect(http('CreateRoutingRule', rule(1, [beta], false))).rejects.toThrow(
      'priority 1 already exists',
    );
    await http('PutRoutingRule', { ...rule(5, [], false), RoutingRuleId: made.RoutingRuleId });
    expect(await apiOf('/store/1')).toEqual([two, '/store/1', 'store/1']);
    expect(await http('ListRoutingRules', { DomainName })).toMatchObject({
      RoutingRules: [{ Priority: 2 }, { Priority: 5, RoutingRuleId: made.RoutingRuleId, Conditions: [] }],
    });
    await http('DeleteRoutingRule', { DomainName, RoutingRuleId: made.RoutingRuleId });
    expect((await apiOf('/store/1'))[0]).toBe(one);
  });
});

describe('what is recorded beside APIs', () => {
  it('client certificates are real ones, for a year', async () => {
    const made = await rest<{ clientCertificateId: string; pemEncodedCertificate: string }>(
      'GenerateClientCertificate',
      { description: 'd', tags: { a: 'b' } },
    );
    const parsed = new X509Certificate(made.pemEncodedCertificate);
    expect(Date.parse(parsed.validTo) - Date.parse(parsed.validFrom)).toBe(365 * 86_400_000);
    expect(Date.parse(parsed.validFrom)).toBe(cloud.clock.now());
    expect(made).not.toHaveProperty('privateKey');
    const clientCertificateId = made.clientCertificateId;
    const patchOperations = [{ op: 'replace', path: '/description', value: 'e' }];
    expect(await rest('UpdateClientCertificate', { clientCertificateId, patchOperations })).toMatchObject({
      description: 'e',
    });
    const api = await restApi();
    const use = (op: string) =>
      rest('UpdateStage', {
        restApiId: api,
        stageName: 'prod',
        patchOperations: [{ op, path: '/clientCertificateId', value: clientCertificateId }],
      });
    await use('replace');
    await expect(rest('DeleteClientCertificate', { clientCertificateId })).rejects.toThrow('in use');
    await use('remove');
    await rest('DeleteClientCertificate', { clientCertificateId });
    await expect(rest('GetClientCertificate', { clientCertificateId })).rejects.toThrow(
      'Invalid Client Certificate identifier specified',
    );
  });

  it('VPC links of both kinds become available', async () => {
    const target = 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/net/n/50dc6c495c0c9188';
    const { id: vpcLinkId, status } = await rest('CreateVpcLink', { name: 'l', targetArns: [target] });
    expect(status).toBe('PENDING');
    expect(await rest('GetVpcLink', { vpcLinkId })).toMatchObject({
      status: 'AVAILABLE',
      targetArns: [target],
    });
    await expect(rest('CreateVpcLink', { name: 'l', targetArns: ['arn:aws:x'] })).rejects.toThrow(
      'target ARN',
    );
    await rest('DeleteVpcLink', { vpcLinkId });
    await expect(rest('GetVpcLink', { vpcLinkId })).rejects.toThrow('Invalid Vpc Link identifier specified');
    const { VpcLinkId } = await http('CreateVpcLink', {
      Name: 'h',
      SubnetIds: ['subnet-1'],
      Tags: { a: 'b' },
    });
    const ResourceArn = `arn:aws:apigateway:eu-west-1::/vpclinks/${VpcLinkId}`;
    await http('TagResource', { ResourceArn, Tags: { c: 'd' } });
    expect(await http('GetVpcLinks', {})).toMatchObject({
      Items: [{ VpcLinkId, VpcLinkStatus: 'AVAILABLE', VpcLinkVersion: 'V2', Tags: { a: 'b', c: 'd' } }],
    });
    expect(await http('UpdateVpcLink', { VpcLinkId, Name: 'i' })).toMatchObject({ Name: 'i' });
    await http('DeleteVpcLink', { VpcLinkId });
  });
});
