import { lambdaCode } from './codeLocation.ts';
import type { SamContext } from './context.ts';
import { InvalidResource } from './errors.ts';
import { resolveParameters } from './intrinsics.ts';
import { hashedId } from './logicalIds.ts';
import { CfnResource, inheritedAttributes } from './resource.ts';
import {
  boolean,
  listOf,
  optional,
  type ReadResource,
  required,
  type Schema,
  string,
  stringOrMap,
} from './schema.ts';
import { type Dict, isEmpty, isIntrinsic, isMap, isPresent, isText, text } from './values.ts';

export const layerVersionSchema: Schema = {
  LayerName: optional(stringOrMap),
  Description: optional(string),
  PublishLambdaVersion: optional(boolean),
  ContentUri: required(stringOrMap),
  CompatibleArchitectures: optional(listOf(stringOrMap)),
  CompatibleRuntimes: optional(listOf(stringOrMap)),
  LicenseInfo: optional(string),
  RetentionPolicy: optional(string),
};

/**
 * AWS::Serverless::LayerVersion. Layer versions can't be changed, so the logical id ends with a hash of the
 * properties: a change makes a new version, and by default the old one stays.
 */
export function transformLayerVersion(resource: ReadResource, context: SamContext): CfnResource[] {
  const { logicalId, properties } = resource;
  for (const name of ['LayerName', 'LicenseInfo', 'Description', 'RetentionPolicy']) {
    properties[name] = knownText(logicalId, name, properties[name], context);
    if (properties[name] === undefined) delete properties[name];
  }
  const attributes = inheritedAttributes(resource.attributes);
  const retention = retentionPolicy(logicalId, properties.RetentionPolicy);
  attributes.DeletionPolicy = retention ?? attributes.DeletionPolicy ?? 'Retain';
  const newId = hashedId(logicalId, { [logicalId]: hashedParts(resource) });
  const { CompatibleArchitectures, CompatibleRuntimes, Description, LicenseInfo } = properties;
  checkArchitectures(newId, CompatibleArchitectures);
  const layer = {
    LayerName: isPresent(properties.LayerName) ? properties.LayerName : logicalId,
    Description,
    Content: lambdaCode(properties.ContentUri, newId, 'ContentUri'),
    CompatibleArchitectures,
    CompatibleRuntimes,
    LicenseInfo,
  };
  return [
    new CfnResource(newId, 'AWS::Lambda::LayerVersion', layer, { attributes, dependsOn: resource.dependsOn }),
  ];
}

/** The whole resource as written, without what doesn't change the version. */
function hashedParts(resource: ReadResource): Dict {
  const { DeletionPolicy, UpdateReplacePolicy, Metadata, ...attributes } = resource.attributes;
  const whole = new CfnResource(resource.logicalId, resource.type, resource.properties, {
    dependsOn: resource.dependsOn,
    attributes,
  });
  return whole.toTemplate();
}

/** A value that must be known now: a parameter is resolved, another intrinsic function is left alone. */
function knownText(logicalId: string, name: string, given: unknown, context: SamContext): unknown {
  if (isEmpty(given)) return given;
  const value = resolveParameters(given, context.parameters);
  if (!isText(value) && !isMap(value)) {
    throw new InvalidResource(
      logicalId,
      `Could not resolve parameter for '${name}' or parameter is not a String.`,
    );
  }
  return value;
}

function retentionPolicy(logicalId: string, value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  const options = "['Retain', 'Delete']";
  const refuse = (message: string): never => {
    throw new InvalidResource(logicalId, message);
  };
  if (isIntrinsic(value)) {
    refuse(
      `'RetentionPolicy' does not accept intrinsic functions, please use one of the following options: ${options}`,
    );
  }
  if (!isText(value)) {
    refuse(`Invalid 'RetentionPolicy' type, please use one of the following options: ${options}`);
  }
  const found = ['Retain', 'Delete'].find((option) => option.toLowerCase() === text(value).toLowerCase());
  return found ?? refuse(`'RetentionPolicy' must be one of the following options: ${options}.`);
}

function checkArchitectures(logicalId: string, architectures: unknown): void {
  if (!Array.isArray(architectures)) return;
  if (!architectures.every((item) => isIntrinsic(item) || ['arm64', 'x86_64'].includes(text(item)))) {
    throw new InvalidResource(logicalId, "CompatibleArchitectures needs to be a list of 'x86_64' or 'arm64'");
  }
}
