import { parseS3Uri } from '../codeLocation.ts';
import type { SamContext } from '../context.ts';
import { InvalidResource } from '../errors.ts';
import { linkEvents, transformEvents } from '../events/eventSource.ts';
import { assumeRolePolicy, executionRole } from '../iam.ts';
import { CfnResource, inheritedAttributes } from '../resource.ts';
import {
  boolean,
  listOf,
  literal,
  map,
  mapOf,
  oneOf,
  optional,
  passThrough,
  type ReadResource,
  type Schema,
  string,
  stringOrMap,
} from '../schema.ts';
import { propagateTags } from '../tags.ts';
import { asList, asMap, type Dict, getAtt, isEmpty, isMap, isPresent, tagList, text } from '../values.ts';
import { definitionString } from './definition.ts';
import { stateMachineEvents } from './stateMachineEvents.ts';

/** AWS::Serverless::StateMachine. Order is the order in which SAM checks. */
export const stateMachineSchema: Schema = {
  Definition: optional(map),
  DefinitionUri: optional(stringOrMap),
  Logging: optional(map),
  Role: optional(string),
  RolePath: passThrough,
  DefinitionSubstitutions: optional(map),
  Events: optional(mapOf(map)),
  Name: optional(string),
  Type: optional(string),
  Tags: optional(map),
  PropagateTags: optional(boolean),
  Policies: optional(oneOf(string, listOf(stringOrMap))),
  Tracing: optional(map),
  PermissionsBoundary: optional(string),
  AutoPublishAlias: passThrough,
  DeploymentPreference: passThrough,
  UseAliasAsEventTarget: literal(boolean),
};

export function transformStateMachine(resource: ReadResource, context: SamContext): CfnResource[] {
  const { logicalId, properties } = resource;
  const refuse = (message: string): never => {
    throw new InvalidResource(logicalId, message);
  };
  const events = linkEvents(resource, stateMachineEvents, context, 'declared');
  const machine = new CfnResource(
    logicalId,
    'AWS::StepFunctions::StateMachine',
    definition(resource),
    resource,
  );
  const resources = [machine];
  if (isPresent(properties.Role) && isPresent(properties.Policies)) {
    refuse("Specify either 'Role' or 'Policies' (but not both at the same time) or neither of them");
  }
  if (isPresent(properties.Role)) machine.properties.RoleArn = properties.Role;
  else {
    const role = stateMachineRole(resource, context);
    machine.properties.RoleArn = role.arn;
    resources.push(role);
  }
  Object.assign(machine.properties, {
    StateMachineName: properties.Name,
    StateMachineType: properties.Type,
    LoggingConfiguration: properties.Logging,
    TracingConfiguration: properties.Tracing,
    Tags: stateMachineTags(properties.Tags),
  });
  const published = publish(resource);
  resources.push(...published);
  const alias = published[1];
  const target = isPresent(properties.UseAliasAsEventTarget) && alias ? alias : machine;
  resources.push(
    ...transformEvents(events, {
      owner: logicalId,
      target,
      role: undefined,
      context,
      permissionsBoundary: properties.PermissionsBoundary,
    }),
  );
  propagateTags(resources, properties.Tags, properties.PropagateTags);
  return resources;
}

function definition(resource: ReadResource): Dict {
  const { logicalId, properties } = resource;
  const { Definition, DefinitionUri, DefinitionSubstitutions: given } = properties;
  if (isPresent(Definition) && isPresent(DefinitionUri)) {
    throw new InvalidResource(
      logicalId,
      "Specify either 'Definition' or 'DefinitionUri' property and not both.",
    );
  }
  if (isPresent(Definition)) {
    const { substitutions, DefinitionString } = definitionString(Definition);
    const all = { ...asMap(given), ...substitutions };
    return { DefinitionString, DefinitionSubstitutions: isPresent(all) ? all : undefined };
  }
  if (isEmpty(DefinitionUri)) {
    throw new InvalidResource(
      logicalId,
      "Either 'Definition' or 'DefinitionUri' property must be specified.",
    );
  }
  return {
    DefinitionS3Location: location(logicalId, DefinitionUri),
    DefinitionSubstitutions: isPresent(given) ? given : undefined,
  };
}

function location(logicalId: string, uri: unknown): Dict {
  if (isMap(uri) && (isEmpty(uri.Bucket) || isEmpty(uri.Key))) {
    throw new InvalidResource(
      logicalId,
      "'DefinitionUri' requires Bucket and Key properties to be specified.",
    );
  }
  const pointer = isMap(uri) ? uri : (parseS3Uri(uri) as Dict | undefined);
  if (!pointer) {
    throw new InvalidResource(
      logicalId,
      "'DefinitionUri' is not a valid S3 Uri of the form 's3://bucket/key' with optional versionId query parameter.",
    );
  }
  const { Bucket, Key } = pointer;
  return 'Version' in pointer ? { Bucket, Key, Version: pointer.Version } : { Bucket, Key };
}

function stateMachineTags(tags: unknown): Dict[] {
  return [...tagList({ 'stateMachine:createdBy': 'SAM' }), ...tagList(tags)];
}

function stateMachineRole(resource: ReadResource, context: SamContext): CfnResource {
  const { logicalId, properties } = resource;
  const traced = asMap(properties.Tracing).Enabled === true;
  const tracing = context.partition === 'aws' ? 'AWSXrayWriteOnlyAccess' : 'AWSXRayDaemonWriteAccess';
  return executionRole(
    logicalId,
    {
      attributes: inheritedAttributes(resource.attributes),
      trust: assumeRolePolicy('states.amazonaws.com'),
      policies: [...asList(properties.Policies), ...(traced ? [tracing] : [])],
      managedPolicies: [],
      inlinePolicies: [],
      path: properties.RolePath,
      permissionsBoundary: properties.PermissionsBoundary,
      tags: stateMachineTags(properties.Tags),
    },
    context,
  );
}

/** `AutoPublishAlias`: a version, and the alias that moves to it as `DeploymentPreference` says. */
function publish(resource: ReadResource): CfnResource[] {
  const { logicalId, properties } = resource;
  const { AutoPublishAlias: name, DeploymentPreference: preference } = properties;
  if (isEmpty(name)) {
    for (const property of ['UseAliasAsEventTarget', 'DeploymentPreference']) {
      if (isPresent(properties[property])) {
        throw new InvalidResource(
          logicalId,
          `'${property}' requires 'AutoPublishAlias' property to be specified.`,
        );
      }
    }
    return [];
  }
  const attributes = inheritedAttributes(resource.attributes);
  const version = new CfnResource(
    `${logicalId}Version`,
    'AWS::StepFunctions::StateMachineVersion',
    {
      StateMachineArn: { Ref: logicalId },
      StateMachineRevisionId: getAtt(logicalId, 'StateMachineRevisionId'),
    },
    { attributes: { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain', ...attributes } },
  );
  const deployment = isPresent(preference) ? asMap(preference) : { Type: 'ALL_AT_ONCE' };
  const alias = new CfnResource(
    `${logicalId}Alias${text(name)}`,
    'AWS::StepFunctions::StateMachineAlias',
    { Name: name, DeploymentPreference: { ...deployment, StateMachineVersionArn: version.ref } },
    { attributes },
  );
  return [version, alias];
}
