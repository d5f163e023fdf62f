import type { SamContext } from './context.ts';
import { InvalidResource } from './errors.ts';
import { resolveMappings, resolveParameters } from './intrinsics.ts';
import { CfnResource, inheritedAttributes } from './resource.ts';
import {
  integer,
  listOf,
  map,
  optional,
  type ReadResource,
  required,
  type Schema,
  string,
  stringOrMap,
} from './schema.ts';
import { samTags } from './tags.ts';
import { asMap, type Dict, isEmpty, isMap, isText, text } from './values.ts';

export const applicationSchema: Schema = {
  Location: required(stringOrMap),
  TemplateUrl: optional(string),
  Parameters: optional(map),
  NotificationARNs: optional(listOf(stringOrMap)),
  Tags: optional(map),
  TimeoutInMinutes: optional(integer),
};

/** AWS::Serverless::Application: a nested stack, from a template's URL or from the application repository. */
export function transformApplication(resource: ReadResource, context: SamContext): CfnResource[] {
  const { logicalId, properties } = resource;
  const { Location, Parameters, NotificationARNs, TimeoutInMinutes, Tags } = properties;
  const found = isMap(Location)
    ? fromRepository(logicalId, Location, context)
    : { TemplateURL: Location, tags: {} };
  const stack: Dict = {
    TemplateURL: found.TemplateURL,
    Parameters,
    NotificationARNs,
    Tags: samTags(logicalId, Tags, found.tags),
    TimeoutInMinutes,
  };
  return [
    new CfnResource(logicalId, 'AWS::CloudFormation::Stack', stack, {
      attributes: inheritedAttributes(resource.attributes),
      dependsOn: resource.dependsOn,
    }),
  ];
}

/** What SAM checks of a location before it checks any type. */
export function checkLocation(logicalId: string, resource: Dict): void {
  const properties = asMap(resource.Properties);
  requireKeys(logicalId, properties, ['Location']);
  if (isMap(properties.Location)) {
    requireKeys(logicalId, properties.Location, ['ApplicationId', 'SemanticVersion']);
  }
}

function requireKeys(logicalId: string, map: Dict, names: readonly string[]): void {
  const missing = names.find((name) => !(name in map));
  if (missing !== undefined) {
    throw new InvalidResource(logicalId, `Resource is missing the required [${missing}] property.`);
  }
}

function fromRepository(
  logicalId: string,
  location: Dict,
  context: SamContext,
): { TemplateURL: string; tags: Dict } {
  const refuse: (message: string) => never = (message) => {
    throw new InvalidResource(logicalId, message);
  };
  const known = (value: unknown) =>
    resolveMappings(resolveParameters(value, context.parameters), context.mappings);
  const id = known(location.ApplicationId);
  const version = known(location.SemanticVersion);
  const unresolved = (name: string) =>
    `Property '${name}' cannot be resolved. Only FindInMap and Ref intrinsic functions are supported.`;
  if (id === undefined || id === null) refuse("Property 'ApplicationId' is required.");
  if (isMap(id)) refuse(unresolved('ApplicationId'));
  if (isEmpty(version)) refuse("Property 'SemanticVersion' cannot be blank.");
  if (isMap(version)) refuse(unresolved('SemanticVersion'));
  if (!isText(id)) refuse("Property 'Location.ApplicationId' should be a string.");
  if (!isText(version)) refuse("Property 'Location.SemanticVersion' should be a string.");
  if (!context.applicationTemplateUrl) {
    refuse('Serverless Application Repository is not available in this region.');
  }
  if (/\{\{resolve:ssm:[a-zA-Z0-9_.\-/]+(:\d+)?\}\}/.test(text(id))) {
    refuse(
      "Serverless Application Repostiory does not support dynamic reference in 'ApplicationId' property.",
    );
  }
  return {
    TemplateURL: context.applicationTemplateUrl(text(id), text(version)),
    tags: { 'serverlessrepo:applicationId': id, 'serverlessrepo:semanticVersion': version },
  };
}
