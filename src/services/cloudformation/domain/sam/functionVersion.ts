import type { SamContext } from './context.ts';
import { InvalidResource } from './errors.ts';
import { resolveParameters } from './intrinsics.ts';
import { givenHashId, hashedId } from './logicalIds.ts';
import { CfnResource, inheritedAttributes } from './resource.ts';
import type { ReadResource } from './schema.ts';
import { asList, asMap, type Dict, isEmpty, isPresent, isText, referencedId, text } from './values.ts';

/** `AutoPublishAlias`: a version of the function as it is now, and the alias that points to it. */
export function publishVersion(
  resource: ReadResource,
  lambda: CfnResource,
  context: SamContext,
): { version: CfnResource; alias: CfnResource } {
  const name = aliasName(resource.logicalId, resource.properties.AutoPublishAlias, context);
  const hash = codeHash(resource, lambda, context);
  const version = lambdaVersion(resource, lambda, hash, context);
  return { version, alias: lambdaAlias(resource, name, version) };
}

function aliasName(logicalId: string, value: unknown, context: SamContext): string {
  const name = resolveParameters(value, context.parameters);
  if (!isText(name)) {
    throw new InvalidResource(
      logicalId,
      "'AutoPublishAlias' must be a string or a Ref to a template parameter",
    );
  }
  return text(name);
}

/** The author's own hash of the code, which also shows in the description. */
function codeHash(resource: ReadResource, lambda: CfnResource, context: SamContext): string | undefined {
  const { logicalId, properties } = resource;
  if (isEmpty(properties.AutoPublishCodeSha256)) return undefined;
  const hash = resolveParameters(properties.AutoPublishCodeSha256, context.parameters);
  if (!isText(hash)) throw new InvalidResource(logicalId, 'AutoPublishCodeSha256 must be a string');
  const description = resolveParameters(properties.Description, context.parameters);
  if (isEmpty(description)) lambda.properties.Description = hash;
  else if (isText(description)) lambda.properties.Description = `${text(description)} ${text(hash)}`;
  else lambda.properties.Description = { 'Fn::Join': [' ', [description, hash]] };
  return text(hash);
}

/** A version is named after what it is made of, so that a change of that makes a new version. */
function lambdaVersion(
  resource: ReadResource,
  lambda: CfnResource,
  hash: string | undefined,
  context: SamContext,
): CfnResource {
  const { logicalId, properties } = resource;
  const prefix = `${logicalId}Version`;
  const data = isPresent(properties.AutoPublishAliasAllProperties)
    ? allVersionData(lambda, context)
    : versionData(lambda, context);
  const attributes = inheritedAttributes(resource.attributes);
  attributes.DeletionPolicy ??=
    properties.VersionDeletionPolicy ??
    (properties.CapacityProviderConfig === undefined ? 'Retain' : 'Delete');
  const isScaled = properties.CapacityProviderConfig !== undefined;
  return new CfnResource(
    hash ? givenHashId(prefix, hash) : hashedId(prefix, data),
    'AWS::Lambda::Version',
    {
      FunctionName: lambda.ref,
      Description: properties.VersionDescription,
      FunctionScalingConfig: isScaled ? properties.FunctionScalingConfig : undefined,
    },
    { attributes },
  );
}

function versionData(lambda: CfnResource, context: SamContext): Dict {
  const code = resolveParameters(lambda.properties.Code, context.parameters);
  const { Environment, MemorySize, SnapStart } = lambda.properties;
  const data: Dict = { ...asMap(code), ...asMap(Environment) };
  if (isPresent(MemorySize)) data.MemorySize = MemorySize;
  if (isPresent(SnapStart) && text(asMap(SnapStart).ApplyOn ?? 'None') !== 'None') data.SnapStart = SnapStart;
  return data;
}

function allVersionData(lambda: CfnResource, context: SamContext): Dict {
  resolveParameters(lambda.properties.Code, context.parameters);
  const data = { ...asMap(lambda.toTemplate().Properties) };
  for (const layer of asList(lambda.properties.Layers)) {
    const id = referencedId(layer);
    // The layer as the template declares it: the transform of layers comes later.
    const properties = id === undefined ? undefined : asMap(asMap(context.output.Resources)[id]).Properties;
    if (id !== undefined && isPresent(asMap(properties).PublishLambdaVersion)) data[id] = properties;
  }
  return data;
}

function lambdaAlias(resource: ReadResource, name: string, version: CfnResource): CfnResource {
  const { logicalId, properties } = resource;
  if (!name) throw new InvalidResource(logicalId, 'Alias name is required to create an alias');
  if (!/^(?!^[0-9]+$)([a-zA-Z0-9\-_]+)$/.test(name)) {
    throw new InvalidResource(
      logicalId,
      `AutoPublishAlias name ('${name}') must contain only alphanumeric characters, hyphens, or underscores matching (?!^[0-9]+$)([a-zA-Z0-9-_]+) pattern.`,
    );
  }
  const idSuffix = name.replaceAll('-', 'D').replaceAll('_', 'U');
  return new CfnResource(
    `${logicalId}Alias${idSuffix}`,
    'AWS::Lambda::Alias',
    {
      Name: name,
      FunctionName: { Ref: logicalId },
      FunctionVersion: { 'Fn::GetAtt': [version.logicalId, 'Version'] },
      ProvisionedConcurrencyConfig: isPresent(properties.ProvisionedConcurrencyConfig)
        ? properties.ProvisionedConcurrencyConfig
        : undefined,
    },
    { attributes: inheritedAttributes(resource.attributes) },
  );
}
