import { managedPolicyArn, type SamContext } from './context.ts';
import { InvalidResource } from './errors.ts';
import { assumeRolePolicy } from './iam.ts';
import { CfnResource, inheritedAttributes } from './resource.ts';
import { boolean, literal, map, type ReadResource, type Schema, stringOrMap } from './schema.ts';
import { combineTags } from './tags.ts';
import { asMap, type Dict, getAtt, isMap, isNumber, isPresent, isText, tagList } from './values.ts';

export const capacityProviderSchema: Schema = {
  CapacityProviderName: literal(stringOrMap),
  VpcConfig: literal(map, true),
  OperatorRole: literal(stringOrMap),
  Tags: literal(map),
  PropagateTags: literal(boolean),
  InstanceRequirements: literal(map),
  ScalingConfig: literal(map),
  KmsKeyArn: literal(stringOrMap),
  LoggingConfig: literal(map),
  ManagedResourceTags: literal(map),
};

type Kind = 'list' | 'integer' | 'number' | 'dictionary';

/** The members of the nested properties; any may be an intrinsic function. */
const members: Readonly<Record<string, Readonly<Record<string, Kind>>>> = {
  VpcConfig: { SecurityGroupIds: 'list', SubnetIds: 'list' },
  InstanceRequirements: { Architectures: 'list', AllowedTypes: 'list', ExcludedTypes: 'list' },
  ScalingConfig: { MaxVCpuCount: 'integer', AverageCPUUtilization: 'number' },
  ManagedResourceTags: { Tags: 'dictionary' },
};

/** AWS::Serverless::CapacityProvider: managed instances for functions, and the role that operates them. */
export function transformCapacityProvider(resource: ReadResource, context: SamContext): CfnResource[] {
  const { logicalId, properties } = resource;
  checkMembers(logicalId, properties);
  const attributes = inheritedAttributes(resource.attributes);
  const role = isPresent(properties.OperatorRole) ? undefined : operatorRole(logicalId, attributes, context);
  const provider: Dict = {
    CapacityProviderName: isPresent(properties.CapacityProviderName)
      ? properties.CapacityProviderName
      : undefined,
    VpcConfig: properties.VpcConfig,
    PermissionsConfig: {
      CapacityProviderOperatorRoleArn: role ? getAtt(role.logicalId, 'Arn') : properties.OperatorRole,
    },
    Tags: tagList({ ...asMap(properties.Tags), 'lambda:createdBy': 'SAM' }),
    KmsKeyArn: isPresent(properties.KmsKeyArn) ? properties.KmsKeyArn : undefined,
  };
  if (isPresent(properties.InstanceRequirements)) {
    const { Architectures, AllowedTypes, ExcludedTypes } = asMap(properties.InstanceRequirements);
    provider.InstanceRequirements = present({
      Architectures,
      AllowedInstanceTypes: AllowedTypes,
      ExcludedInstanceTypes: ExcludedTypes,
    });
  }
  if (isPresent(properties.ScalingConfig))
    provider.CapacityProviderScalingConfig = scaling(asMap(properties.ScalingConfig));
  if (isPresent(properties.LoggingConfig))
    provider.TelemetryConfig = { LoggingConfig: properties.LoggingConfig };
  if (isPresent(properties.ManagedResourceTags)) {
    const { Tags } = asMap(properties.ManagedResourceTags);
    provider.PropagateTags = isMap(Tags) ? { Mode: 'Explicit', ExplicitTags: tagList(Tags) } : {};
  }
  const resources = [
    ...(role ? [role] : []),
    new CfnResource(logicalId, 'AWS::Lambda::CapacityProvider', provider, resource),
  ];
  combineTags(resources, properties.Tags, properties.PropagateTags);
  return resources;
}

function present(map: Dict): Dict {
  return Object.fromEntries(Object.entries(map).filter(([, value]) => value !== undefined && value !== null));
}

function scaling({ MaxVCpuCount, AverageCPUUtilization }: Dict): Dict {
  const config = present({ MaxVCpuCount });
  if (AverageCPUUtilization === undefined || AverageCPUUtilization === null)
    return { ...config, ScalingMode: 'Auto' };
  const policy = {
    PredefinedMetricType: 'LambdaCapacityProviderAverageCPUUtilization',
    TargetValue: AverageCPUUtilization,
  };
  return { ...config, ScalingMode: 'Manual', ScalingPolicies: [policy] };
}

function operatorRole(logicalId: string, attributes: Dict, context: SamContext): CfnResource {
  return new CfnResource(
    `${logicalId}OperatorRole`,
    'AWS::IAM::Role',
    {
      AssumeRolePolicyDocument: assumeRolePolicy('lambda.amazonaws.com'),
      ManagedPolicyArns: [managedPolicyArn(context, 'AWSLambdaManagedEC2ResourceOperator')],
      Tags: tagList({ 'lambda:createdBy': 'SAM' }),
    },
    { attributes },
  );
}

function checkMembers(logicalId: string, properties: Dict): void {
  const errors: string[] = [];
  for (const [name, known] of Object.entries(members)) {
    if (!isMap(properties[name])) continue;
    const given = properties[name];
    for (const [member, kind] of Object.entries(known)) {
      const value = given[member];
      const path = `${name}.${member}`;
      if (value === undefined || value === null) {
        if (path === 'VpcConfig.SubnetIds') errors.push(`Property '${path}' is required.`);
      } else if (!fits(value, kind)) {
        errors.push(
          `Property '${path}' value must be ${kind === 'dictionary' ? kind : `dictionary or ${kind}`}.`,
        );
      }
    }
    for (const member of Object.keys(given)) {
      if (!(member in known)) errors.push(`Property '${name}.${member}' is an invalid property.`);
    }
  }
  if (errors.length > 0) throw new InvalidResource(logicalId, errors.join(' '));
  const { AllowedTypes, ExcludedTypes } = asMap(properties.InstanceRequirements);
  if (AllowedTypes !== undefined && ExcludedTypes !== undefined) {
    throw new InvalidResource(
      logicalId,
      "Cannot specify 'InstanceRequirements.AllowedTypes' and 'InstanceRequirements.ExcludedTypes' together.",
    );
  }
}

function fits(value: unknown, kind: Kind): boolean {
  if (isMap(value)) return true;
  if (kind === 'list') return Array.isArray(value);
  if (kind === 'dictionary') return false;
  const number = isText(value) || isNumber(value) ? Number(value) : Number.NaN;
  return kind === 'integer' ? Number.isInteger(number) : !Number.isNaN(number);
}
