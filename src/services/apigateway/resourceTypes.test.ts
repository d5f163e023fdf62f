/** CloudFormation types of domains, documentation and what is recorded beside APIs. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { ResourceState, ResourceType } from '../../platform/index.ts';
import { MemoryStore } from '../../store/index.ts';
import { apigateway } from './index.ts';
import { restResources } from './resources/index.ts';
import { functionUri, openToyCloud, type ToyCloud } from './testing/toyCloud.ts';
import { apigatewayv2 } from './v2/index.ts';
import { httpResources } from './v2/resources.ts';

let cloud: ToyCloud;
const type = (name: string) =>
  [...restResources, ...httpResources].find((resource) => resource.name === `AWS::${name}`) as ResourceType;
const create = (name: string, properties: object) =>
  type(name).create(cloud.resourceContext, properties as Record<string, unknown>);
const update = (name: string, state: ResourceState, now: object, before: object) =>
  type(name).update(
    cloud.resourceContext,
    state,
    now as Record<string, unknown>,
    before as Record<string, unknown>,
  );
const remove = (name: string, state: ResourceState, properties: object) =>
  type(name).delete(cloud.resourceContext, state, properties as Record<string, unknown>);
const rest = <T = Record<string, unknown>>(operation: string, input: object) =>
  cloud.resourceContext.aws.call<T>('apigateway', operation, input);
const http = <T = Record<string, unknown>>(operation: string, input: object) =>
  cloud.resourceContext.aws.call<T>('apigatewayv2', operation, input);

const certificate = 'arn:aws:acm:eu-west-1:123456789012:certificate/1';

beforeEach(() => {
  cloud = openToyCloud(new MemoryStore(), [apigateway, apigatewayv2]);
  cloud.functions.set('f', (event) => ({ statusCode: 200, body: JSON.stringify(event.stageVariables) }));
});

async function deployed(): Promise<string> {
  const api = await create('ApiGateway::RestApi', {
    Body: {
      swagger: '2.0',
      info: { title: 't', version: '1' },
      paths: {
        '/a': {
          get: {
            'x-amazon-apigateway-integration': {
              type: 'aws_proxy',
              httpMethod: 'POST',
              uri: functionUri('f'),
            },
          },
        },
      },
    },
  });
  await create('ApiGateway::Deployment', { RestApiId: api.physicalId, StageName: 'prod' });
  return api.physicalId;
}

describe('resource types', () => {
  it('serve an API under a domain name, and let it go', async () => {
    const RestApiId = await deployed();
    const before = {
      DomainName: 'api.example.com',
      RegionalCertificateArn: certificate,
      EndpointConfiguration: { Types: ['REGIONAL'] },
      Tags: [{ Key: 'a', Value: 'b' }],
    };
    const domain = await create('ApiGateway::DomainName', before);
    expect(domain).toMatchObject({
      physicalId: 'api.example.com',
      attributes: {
        RegionalHostedZoneId: 'ZLY8HYME6SFDD',
        DomainNameArn: expect.stringContaining('/domainnames/'),
      },
    });
    const mapped = { DomainName: domain.physicalId, BasePath: 'v1', RestApiId, Stage: 'prod' };
    const mapping = await create('ApiGateway::BasePathMapping', mapped);
    expect(mapping.physicalId).toBe('api.example.com|v1');
    expect((await cloud.send('http://api.example.com/v1/a')).status).toBe(200);
    const other = await deployed();
    await update('ApiGateway::BasePathMapping', mapping, { ...mapped, RestApiId: other }, mapped);
    expect(await rest('GetBasePathMapping', { domainName: 'api.example.com', basePath: 'v1' })).toMatchObject(
      {
        restApiId: other,
      },
    );
    const mutual = {
      ...before,
      MutualTlsAuthentication: { TruststoreUri: 's3://b/k', TruststoreVersion: '1' },
    };
    await update(
      'ApiGateway::DomainName',
      domain,
      { ...mutual, SecurityPolicy: 'TLS_1_0', Tags: [] },
      before,
    );
    expect(await rest('GetDomainName', { domainName: 'api.example.com' })).toMatchObject({
      mutualTlsAuthentication: { truststoreUri: 's3://b/k', truststoreVersion: '1' },
      securityPolicy: 'TLS_1_0',
      tags: { 'aws:cloudformation:stack-name': 'stack' },
    });
    await update('ApiGateway::DomainName', domain, before, mutual);
    expect(await rest('GetDomainName', { domainName: 'api.example.com' })).not.toHaveProperty(
      'mutualTlsAuthentication.truststoreUri',
    );
    await remove('ApiGateway::BasePathMapping', mapping, mapped);
    await remove('ApiGateway::DomainName', domain, before);
    await remove('ApiGateway::DomainName', domain, before);
    expect(await rest('GetDomainNames', {})).toMatchObject({ items: [] });
  });

  it('hold private domain names, their mappings and who may reach them', async () => {
    const RestApiId = await deployed();
    const properties = {
      DomainName: 'in.example.com',
      CertificateArn: certificate,
      Policy: { Version: '2012-10-17' },
    };
    const domain = await create('ApiGateway::DomainNameV2', properties);
    expect(domain.physicalId).toBe(
      `arn:aws:apigateway:eu-west-1:123456789012:/domainnames/in.example.com+${domain.attributes.DomainNameId}`,
    );
    const mapped = { DomainNameArn: domain.physicalId, RestApiId, Stage: 'prod' };
    const mapping = await create('ApiGateway::BasePathMappingV2', mapped);
    expect(mapping.attributes.BasePathMappingArn).toBe(`${domain.physicalId}/basepathmappings/(none)`);
    const access = {
      DomainNameArn: domain.physicalId,
      AccessAssociationSource: 'vpce-1',
      AccessAssociationSourceType: 'VPCE',
    };
    const association = await create('ApiGateway::DomainNameAccessAssociation', access);
    expect(association.physicalId).toContain('/vpcesource/vpce-1');
    await remove('ApiGateway::DomainNameAccessAssociation', association, access);
    await remove('ApiGateway::BasePathMappingV2', mapping, mapped);
    await remove('ApiGateway::DomainNameV2', domain, properties);
    expect(await rest('GetDomainNames', {})).toMatchObject({ items: [] });
  });

  it('hold domain names, mappings, rules and links of HTTP APIs', async () => {
    const RestApiId = await deployed();
    const before = {
      DomainName: 'shop.example.com',
      DomainNameConfigurations: [{ CertificateArn: certificate, EndpointType: 'REGIONAL' }],
      Tags: { a: 'b' },
    };
    const domain = await create('ApiGatewayV2::DomainName', before);
    expect(domain.attributes).toMatchObject({
      RegionalDomainName: expect.stringMatching(/^d-/),
      RegionalHostedZoneId: 'ZLY8HYME6SFDD',
    });
    const mapped = { DomainName: 'shop.example.com', ApiId: RestApiId, Stage: 'prod', ApiMappingKey: 'a/b' };
    const mapping = await create('ApiGatewayV2::ApiMapping', mapped);
    expect((await cloud.send('http://shop.example.com/a/b/a')).status).toBe(200);
    const { ApiMappingKey: _, ...rootMapping } = mapped;
    await update('ApiGatewayV2::ApiMapping', mapping, rootMapping, mapped);
    expect((await cloud.send('http://shop.example.com/a')).status).toBe(200);
    await update('ApiGatewayV2::DomainName', domain, { ...before, RoutingMode: 'ROUTING_RULE_ONLY' }, before);
    expect((await cloud.send('http://shop.example.com/a')).status).toBe(403);
    const ruled = {
      DomainNameArn: domain.attributes.DomainNameArn,
      Priority: 1,
      Conditions: [{ MatchBasePaths: { AnyOf: ['x'] } }],
      Actions: [{ InvokeApi: { ApiId: RestApiId, Stage: 'prod', StripBasePath: true } }],
    };
    const rule = await create('ApiGatewayV2::RoutingRule', ruled);
    expect((await cloud.send('http://shop.example.com/x/a')).status).toBe(200);
    const changed = { ...ruled, Conditions: [{ MatchBasePaths: { AnyOf: ['y'] } }] };
    await update('ApiGatewayV2::RoutingRule', rule, changed, ruled);
    expect((await cloud.send('http://shop.example.com/x/a')).status).toBe(403);
    await remove('ApiGatewayV2::RoutingRule', rule, changed);
    await remove('ApiGatewayV2::ApiMapping', mapping, mapped);
    await remove('ApiGatewayV2::DomainName', domain, before);
    const linked = { Name: 'l', SubnetIds: ['s'] };
    const link = await create('ApiGatewayV2::VpcLink', linked);
    await update('ApiGatewayV2::VpcLink', link, { ...linked, Name: 'm' }, linked);
    expect(await http('GetVpcLink', { VpcLinkId: link.physicalId })).toMatchObject({ Name: 'm' });
    await remove('ApiGatewayV2::VpcLink', link, linked);
  });

  it('document an API, and link what stands beside it', async () => {
    const RestApiId = await deployed();
    const part = {
      RestApiId,
      Location: { Type: 'METHOD', Path: '/a', Method: 'GET' },
      Properties: '{"summary":"s"}',
    };
    const made = await create('ApiGateway::DocumentationPart', part);
    const version = { RestApiId, DocumentationVersion: '1' };
    const published = await create('ApiGateway::DocumentationVersion', version);
    expect(published.physicalId).toBe('1');
    await update('ApiGateway::DocumentationPart', made, { ...part, Properties: '{"summary":"t"}' }, part);
    expect(await rest('GetDocumentationParts', { restApiId: RestApiId })).toMatchObject({
      items: [{ id: made.physicalId, properties: '{"summary":"t"}' }],
    });
    await update('ApiGateway::DocumentationVersion', published, { ...version, Description: 'd' }, version);
    await remove('ApiGateway::DocumentationVersion', published, version);
    await remove('ApiGateway::DocumentationPart', made, part);
    const certified = await create('ApiGateway::ClientCertificate', { Description: 'c' });
    await update('ApiGateway::ClientCertificate', certified, { Description: 'd' }, { Description: 'c' });
    expect(
      await rest('GetClientCertificate', { clientCertificateId: certified.attributes.ClientCertificateId }),
    ).toMatchObject({ description: 'd' });
    await remove('ApiGateway::ClientCertificate', certified, {});
    const linked = {
      Name: 'l',
      TargetArns: ['arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/net/n/1'],
    };
    const link = await create('ApiGateway::VpcLink', linked);
    await update('ApiGateway::VpcLink', link, { ...linked, Description: 'd' }, linked);
    expect(await rest('GetVpcLink', { vpcLinkId: link.physicalId })).toMatchObject({ description: 'd' });
    await remove('ApiGateway::VpcLink', link, linked);
  });

  it('release by canaries', async () => {
    const RestApiId = await deployed();
    const next = await create('ApiGateway::Deployment', { RestApiId });
    const before = { RestApiId, StageName: 'live', DeploymentId: next.physicalId, Variables: { a: 'own' } };
    const stage = await create('ApiGateway::Stage', before);
    const canary = {
      DeploymentId: next.physicalId,
      PercentTraffic: 100,
      StageVariableOverrides: { a: 'canary' },
      UseStageCache: false,
    };
    const url = `http://${RestApiId}.execute-api.localhost:4566/live/a`;
    expect((await cloud.send(url)).text).toBe('{"a":"own"}');
    await update('ApiGateway::Stage', stage, { ...before, CanarySetting: canary }, before);
    expect((await cloud.send(url)).text).toBe('{"a":"canary"}');
    await update('ApiGateway::Stage', stage, before, { ...before, CanarySetting: canary });
    expect((await cloud.send(url)).text).toBe('{"a":"own"}');
    const released = {
      RestApiId,
      StageName: 'live',
      DeploymentCanarySettings: { PercentTraffic: 100, StageVariableOverrides: { a: 'new' } },
    };
    await create('ApiGateway::Deployment', released);
    expect((await cloud.send(url)).text).toBe('{"a":"new"}');
  });

  it('override what quick create made', async () => {
    const api = await create('ApiGatewayV2::Api', {
      Name: 'quick',
      ProtocolType: 'HTTP',
      Target: 'arn:aws:lambda:eu-west-1:123456789012:function:f',
    });
    await create('ApiGatewayV2::ApiGatewayManagedOverrides', {
      ApiId: api.physicalId,
      Stage: { StageVariables: { a: 'overridden' } },
      Integration: { TimeoutInMillis: '1000', Description: 'd' },
      Route: { OperationName: 'op' },
    });
    expect((await cloud.send(`http://${api.physicalId}.execute-api.localhost:4566/`)).text).toBe(
      '{"a":"overridden"}',
    );
    expect(await http('GetIntegrations', { ApiId: api.physicalId })).toMatchObject({
      Items: [{ TimeoutInMillis: 1000, Description: 'd' }],
    });
    expect(await http('GetRoutes', { ApiId: api.physicalId })).toMatchObject({
      Items: [{ OperationName: 'op' }],
    });
    const bare = await create('ApiGatewayV2::Api', { Name: 'bare', ProtocolType: 'HTTP' });
    await expect(
      create('ApiGatewayV2::ApiGatewayManagedOverrides', {
        ApiId: bare.physicalId,
        Stage: { Description: 'd' },
      }),
    ).rejects.toThrow('quick create');
  });

  it('map what integrations of HTTP APIs answer, as templates write it', async () => {
    const api = await create('ApiGatewayV2::Api', { Name: 'm', ProtocolType: 'HTTP' });
    const integration = await create('ApiGatewayV2::Integration', {
      ApiId: api.physicalId,
      IntegrationType: 'AWS_PROXY',
      IntegrationUri: 'arn:aws:lambda:eu-west-1:123456789012:function:f',
      PayloadFormatVersion: '2.0',
      ResponseParameters: {
        200: { ResponseParameters: [{ Destination: 'overwrite:statuscode', Source: '201' }] },
      },
    });
    await create('ApiGatewayV2::Route', {
      ApiId: api.physicalId,
      RouteKey: '$default',
      Target: `integrations/${integration.physicalId}`,
    });
    await create('ApiGatewayV2::Stage', { ApiId: api.physicalId, StageName: '$default', AutoDeploy: true });
    expect((await cloud.send(`http://${api.physicalId}.execute-api.localhost:4566/`)).status).toBe(201);
  });
});
