/** AWS::ApiGatewayV2::DomainName, ApiMapping, RoutingRule and VpcLink. */
import type { Properties, ResourceType } from '../../../platform/index.ts';
import { privateName } from '../resources/domains.ts';
import {
  createOnly,
  flagOf,
  given,
  list,
  map,
  number,
  numberOf,
  objectOf,
  objectsOf,
  required,
  text,
  textOf,
} from '../resources/properties.ts';
import { call, deleteIfThere } from './resourceCalls.ts';
import { setTags, tagsOf } from './resourceTags.ts';

type Output = Record<string, unknown>;

const configuration = {
  CertificateArn: text,
  CertificateName: text,
  EndpointType: text,
  IpAddressType: text,
  OwnershipVerificationCertificateArn: text,
  SecurityPolicy: text,
};

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-domainname.html */
const domainName: ResourceType = {
  name: 'AWS::ApiGatewayV2::DomainName',
  properties: {
    DomainName: required(createOnly(text)),
    DomainNameConfigurations: { type: 'array', members: configuration },
    MutualTlsAuthentication: { type: 'object', members: { TruststoreUri: text, TruststoreVersion: text } },
    RoutingMode: text,
    Tags: map,
  },
  attributes: ['DomainName', 'DomainNameArn', 'RegionalDomainName', 'RegionalHostedZoneId'],
  async create(ctx, properties) {
    const Tags = tagsOf(ctx, properties.Tags);
    return state(await call(ctx, 'CreateDomainName', { ...domainInput(properties), Tags }));
  },
  async update(ctx, current, properties, previous) {
    const updated = await call(ctx, 'UpdateDomainName', {
      RoutingMode: 'API_MAPPING_ONLY',
      // An empty truststore switches mutual TLS off.
      MutualTlsAuthentication: previous.MutualTlsAuthentication ? { TruststoreUri: '' } : undefined,
      ...domainInput(properties),
    });
    await setTags(ctx, `/domainnames/${current.physicalId}`, properties.Tags, previous.Tags);
    return state(updated);
  },
  async delete(ctx, current) {
    await deleteIfThere(ctx, 'DeleteDomainName', { DomainName: current.physicalId });
  },
};

function domainInput(properties: Properties): object {
  return given({
    DomainName: textOf(properties.DomainName),
    DomainNameConfigurations: properties.DomainNameConfigurations,
    MutualTlsAuthentication: properties.MutualTlsAuthentication,
    RoutingMode: textOf(properties.RoutingMode),
  });
}

function state(domain: Output) {
  const [first] = objectsOf(domain.DomainNameConfigurations);
  return {
    physicalId: String(domain.DomainName),
    attributes: given({
      DomainName: domain.DomainName,
      DomainNameArn: domain.DomainNameArn,
      RegionalDomainName: first?.ApiGatewayDomainName,
      RegionalHostedZoneId: first?.HostedZoneId,
    }),
  };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-apimapping.html */
const apiMapping: ResourceType = {
  name: 'AWS::ApiGatewayV2::ApiMapping',
  properties: {
    ApiId: required(text),
    ApiMappingKey: text,
    DomainName: required(createOnly(text)),
    Stage: required(text),
  },
  attributes: ['ApiMappingId'],
  async create(ctx, properties) {
    const { ApiMappingId } = await call<{ ApiMappingId: string }>(
      ctx,
      'CreateApiMapping',
      mappingInput(properties),
    );
    return { physicalId: ApiMappingId, attributes: { ApiMappingId } };
  },
  async update(ctx, current, properties) {
    const ApiMappingId = current.physicalId;
    await call(ctx, 'UpdateApiMapping', { ApiMappingKey: '', ...mappingInput(properties), ApiMappingId });
    return current;
  },
  async delete(ctx, current, properties) {
    await deleteIfThere(ctx, 'DeleteApiMapping', {
      DomainName: textOf(properties.DomainName),
      ApiMappingId: current.physicalId,
    });
  },
};

function mappingInput(properties: Properties): object {
  return given({
    ApiId: textOf(properties.ApiId),
    ApiMappingKey: textOf(properties.ApiMappingKey),
    DomainName: textOf(properties.DomainName),
    Stage: textOf(properties.Stage),
  });
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-routingrule.html */
const routingRule: ResourceType = {
  name: 'AWS::ApiGatewayV2::RoutingRule',
  properties: {
    Actions: required({ type: 'array', members: { InvokeApi: { type: 'object' } } }),
    Conditions: required({
      type: 'array',
      members: { MatchBasePaths: { type: 'object' }, MatchHeaders: { type: 'object' } },
    }),
    DomainNameArn: required(createOnly(text)),
    Priority: required(number),
  },
  attributes: ['RoutingRuleArn', 'RoutingRuleId'],
  async create(ctx, properties) {
    return ruleState(await call(ctx, 'CreateRoutingRule', ruleInput(properties)));
  },
  async update(ctx, current, properties) {
    const RoutingRuleId = textOf(current.attributes.RoutingRuleId);
    return ruleState(await call(ctx, 'PutRoutingRule', { ...ruleInput(properties), RoutingRuleId }));
  },
  async delete(ctx, current, properties) {
    const { DomainName, DomainNameId } = ruleInput(properties);
    const RoutingRuleId = textOf(current.attributes.RoutingRuleId);
    await deleteIfThere(ctx, 'DeleteRoutingRule', { DomainName, DomainNameId, RoutingRuleId });
  },
};

function ruleInput(properties: Properties) {
  const { domainName, domainNameId } = privateName(textOf(properties.DomainNameArn) ?? '');
  return {
    DomainName: domainName,
    DomainNameId: domainNameId,
    Priority: numberOf(properties.Priority),
    Conditions: objectsOf(properties.Conditions),
    Actions: objectsOf(properties.Actions).map((action) => {
      const { ApiId, Stage, StripBasePath } = objectOf(action.InvokeApi);
      return { InvokeApi: given({ ApiId, Stage, StripBasePath: flagOf(StripBasePath) }) };
    }),
  };
}

function ruleState({ RoutingRuleArn, RoutingRuleId }: Output) {
  return { physicalId: String(RoutingRuleArn), attributes: { RoutingRuleArn, RoutingRuleId } };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-vpclink.html */
const vpcLink: ResourceType = {
  name: 'AWS::ApiGatewayV2::VpcLink',
  properties: {
    Name: required(text),
    SecurityGroupIds: createOnly(list),
    SubnetIds: required(createOnly(list)),
    Tags: map,
  },
  attributes: ['VpcLinkId'],
  async create(ctx, properties) {
    const { VpcLinkId } = await call<{ VpcLinkId: string }>(ctx, 'CreateVpcLink', {
      Name: textOf(properties.Name),
      SecurityGroupIds: properties.SecurityGroupIds,
      SubnetIds: properties.SubnetIds,
      Tags: tagsOf(ctx, properties.Tags),
    });
    return { physicalId: VpcLinkId, attributes: { VpcLinkId } };
  },
  async update(ctx, current, properties, previous) {
    await call(ctx, 'UpdateVpcLink', { VpcLinkId: current.physicalId, Name: textOf(properties.Name) });
    await setTags(ctx, `/vpclinks/${current.physicalId}`, properties.Tags, previous.Tags);
    return current;
  },
  async delete(ctx, current) {
    await deleteIfThere(ctx, 'DeleteVpcLink', { VpcLinkId: current.physicalId });
  },
};

export const httpDomainResources: readonly ResourceType[] = [domainName, apiMapping, routingRule, vpcLink];
