import type { SamContext } from '../context.ts';
import { InvalidResource } from '../errors.ts';
import { CfnResource } from '../resource.ts';
import {
  anything,
  listOf,
  mapOf,
  oneOf,
  type ReadResource,
  required,
  type Schema,
  string,
} from '../schema.ts';
import { asList, asMap, type Dict, isEmpty, isMap, referencedId, text } from '../values.ts';
import { type Endpoint, EndpointError, findEndpoint } from './endpoint.ts';
import { fillProfile } from './fillProfile.ts';
import { type ConnectorProfile, connectorProfiles } from './profiles.ts';

export const connectorSchema: Schema = {
  Source: required(mapOf(anything)),
  Destination: required(oneOf(mapOf(anything), listOf(mapOf(anything)))),
  Permissions: required(listOf(string)),
};

/** AWS::Serverless::Connector: the policies and permissions by which one resource may use another. */
export function transformConnector(resource: ReadResource, context: SamContext): CfnResource[] {
  const { logicalId, properties } = resource;
  const { Source, Destination } = properties;
  const isSingle = isMap(Destination);
  const generated = asList(Destination).flatMap((destination, index) =>
    naming(logicalId, () => {
      const to = findEndpoint(asMap(destination), asMap(Source), context);
      const from = findEndpoint(asMap(Source), asMap(destination), context);
      const made = connect(resource, from, to, isSingle ? '' : `Destination${index}`, context);
      for (const policy of made) addMetadata(policy, logicalId, from, to, context);
      return made;
    }),
  );
  followDependencies(logicalId, generated, context);
  if (generated.length === 0) throw new InvalidResource(logicalId, "'Destination' is an empty list");
  return generated;
}

function naming<T>(logicalId: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof EndpointError) throw new InvalidResource(logicalId, error.message);
    throw error;
  }
}

function connect(
  resource: ReadResource,
  source: Endpoint,
  destination: Endpoint,
  suffix: string,
  context: SamContext,
): CfnResource[] {
  const profile = connectorProfiles[source.type]?.[destination.type];
  if (!profile) {
    throw new InvalidResource(
      resource.logicalId,
      `Unable to create connector from ${source.type} to ${destination.type}; it's not supported or the template is invalid.`,
    );
  }
  const permissions = [...new Set(asList(resource.properties.Permissions).map(text))];
  checkPermissions(resource.logicalId, permissions, profile, source, destination);
  const filled = fillProfile(profile, source, destination);
  const make: Maker = { resource, filled, permissions, source, destination, suffix, context };
  switch (profile.kind) {
    case 'rolePolicy':
      return [rolePolicy(make)];
    case 'lambdaPermission':
      return lambdaPermissions(make);
    case 'topicPolicy':
      return [resourcePolicy(make, 'AWS::SNS::TopicPolicy', 'Topics', 'arn', 'SNS topic ARN')];
    case 'queuePolicy':
      return [resourcePolicy(make, 'AWS::SQS::QueuePolicy', 'Queues', 'queueUrl', 'SQS queue URL')];
  }
}

interface Maker {
  readonly resource: ReadResource;
  readonly filled: ConnectorProfile;
  readonly permissions: readonly string[];
  readonly source: Endpoint;
  readonly destination: Endpoint;
  readonly suffix: string;
  readonly context: SamContext;
}

function checkPermissions(
  logicalId: string,
  permissions: readonly string[],
  profile: ConnectorProfile,
  source: Endpoint,
  destination: Endpoint,
): void {
  const valid = Object.keys(profile.permissions);
  if (permissions.length === 0) {
    throw new InvalidResource(
      logicalId,
      `'Permissions' cannot be empty; valid values are: ${valid.join(', ')}.`,
    );
  }
  const unsupported = `Unsupported 'Permissions' provided for connector from ${source.type} to ${destination.type}`;
  if (!permissions.every((permission) => valid.includes(permission))) {
    throw new InvalidResource(logicalId, `${unsupported}; valid values are: ${valid.join(', ')}.`);
  }
  const sorted = [...permissions].sort().join(' + ');
  const combinations = profile.combinations?.map((names) => [...names].sort().join(' + '));
  if (combinations && !combinations.includes(sorted)) {
    throw new InvalidResource(
      logicalId,
      `${unsupported}; valid combinations are: ${combinations.join(', ')}.`,
    );
  }
}

/** The end whose policy is extended, and what the template calls it. */
function extended({ filled, source, destination }: Maker): { end: Endpoint; name: string } {
  return filled.extends === 'source'
    ? { end: source, name: 'Source' }
    : { end: destination, name: 'Destination' };
}

function policyDocument({ filled, permissions }: Maker): Dict {
  const statements = Object.entries(filled.permissions).flatMap(([name, given]) =>
    permissions.includes(name) ? asList(given) : [],
  );
  return { Version: '2012-10-17', Statement: statements };
}

function rolePolicy(make: Maker): CfnResource {
  const { resource, filled, suffix, source, destination, context } = make;
  const { end, name } = extended(make);
  if (isEmpty(end.roleName)) {
    throw new InvalidResource(resource.logicalId, `Unable to get IAM role name from '${name}' resource.`);
  }
  const policy = new CfnResource(
    `${resource.logicalId}Policy${suffix}`,
    'AWS::IAM::ManagedPolicy',
    { PolicyDocument: policyDocument(make), Roles: [end.roleName] },
    resource,
  );
  if (filled.dependedBy === 'eventSourceMapping' && source.logicalId && destination.logicalId) {
    const mappings = mappingsBetween(source.logicalId, destination.logicalId, context);
    const [only] = mappings;
    if (only && mappings.length === 1) dependOn(only, [policy.logicalId]);
  }
  if (filled.dependedBy === 'source' && source.logicalId) {
    dependOn(asMap(asMap(context.output.Resources)[source.logicalId]), [policy.logicalId]);
  }
  return policy;
}

function lambdaPermissions(make: Maker): CfnResource[] {
  const { resource, filled, permissions, suffix } = make;
  const { end, name } = extended(make);
  if (isEmpty(end.arn)) {
    throw new InvalidResource(
      resource.logicalId,
      `Unable to get Lambda function ARN from '${name}' resource.`,
    );
  }
  return Object.entries(filled.permissions).flatMap(([permission, given]) => {
    if (!permissions.includes(permission)) return [];
    const id = `${resource.logicalId}${permission}LambdaPermission${suffix}`;
    const properties = { ...(given as Dict), FunctionName: end.arn };
    return [new CfnResource(id, 'AWS::Lambda::Permission', properties, resource)];
  });
}

function resourcePolicy(
  make: Maker,
  type: string,
  member: 'Topics' | 'Queues',
  attribute: 'arn' | 'queueUrl',
  called: string,
): CfnResource {
  const { resource, suffix } = make;
  const { end, name } = extended(make);
  if (isEmpty(end[attribute])) {
    throw new InvalidResource(resource.logicalId, `Unable to get ${called} from '${name}' resource.`);
  }
  return new CfnResource(
    `${resource.logicalId}${member === 'Topics' ? 'TopicPolicy' : 'QueuePolicy'}${suffix}`,
    type,
    { PolicyDocument: policyDocument(make), [member]: [end[attribute]] },
    resource,
  );
}

function addMetadata(
  policy: CfnResource,
  logicalId: string,
  source: Endpoint,
  destination: Endpoint,
  context: SamContext,
): void {
  const typeOf = (end: Endpoint) => asMap(context.resources[end.logicalId ?? '']).Type ?? end.type;
  policy.attributes.Metadata = {
    ...asMap(policy.attributes.Metadata),
    'aws:sam:connectors': {
      [logicalId]: { Source: { Type: typeOf(source) }, Destination: { Type: typeOf(destination) } },
    },
  };
}

function mappingsBetween(sourceId: string, functionId: string, context: SamContext): Dict[] {
  return Object.values(asMap(context.output.Resources))
    .map(asMap)
    .filter((resource) => {
      const { FunctionName, EventSourceArn } = asMap(resource.Properties);
      return (
        resource.Type === 'AWS::Lambda::EventSourceMapping' &&
        referencedId(FunctionName) === functionId &&
        referencedId(EventSourceArn) === sourceId
      );
    });
}

function dependOn(resource: Dict, ids: readonly string[]): void {
  resource.DependsOn = [...new Set([...asList(resource.DependsOn).map(text), ...ids])];
}

/** Who waited for the connector waits for what it became. */
function followDependencies(logicalId: string, generated: readonly CfnResource[], context: SamContext): void {
  for (const resource of Object.values(asMap(context.output.Resources)).map(asMap)) {
    const ids = asList(resource.DependsOn).map(text);
    if (!ids.includes(logicalId)) continue;
    resource.DependsOn = ids.filter((id) => id !== logicalId);
    dependOn(
      resource,
      generated.map((made) => made.logicalId),
    );
  }
}
