import { InvalidResource } from './errors.ts';
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
import { type Dict, isEmpty, isIntrinsic, isMap, isText, text } from './values.ts';

export const applicationSchema: Schema = {
  Location: required(stringOrMap),
  TemplateUrl: optional(string),
  Parameters: optional(map),
  NotificationARNs: optional(listOf(stringOrMap)),
  Tags: optional(map),
  TimeoutInMinutes: optional(integer),
};

/**
 * AWS::Serverless::Application as a nested stack, from the URL of a template. Applications of the Serverless
 * Application Repository need that service, and are refused.
 */
export function transformApplication(resource: ReadResource): CfnResource[] {
  const { logicalId, properties } = resource;
  const { Location, Parameters, NotificationARNs, TimeoutInMinutes, Tags } = properties;
  if (isMap(Location)) checkRepositoryLocation(logicalId, Location);
  const stack: Dict = {
    TemplateURL: Location,
    Parameters,
    NotificationARNs,
    Tags: samTags(logicalId, Tags),
    TimeoutInMinutes,
  };
  return [
    new CfnResource(logicalId, 'AWS::CloudFormation::Stack', stack, {
      attributes: inheritedAttributes(resource.attributes),
      dependsOn: resource.dependsOn,
    }),
  ];
}

function checkRepositoryLocation(logicalId: string, location: Dict): never {
  for (const name of ['ApplicationId', 'SemanticVersion']) {
    const value = location[name];
    if (value === undefined || value === null) {
      throw new InvalidResource(logicalId, `Resource is missing the required [${name}] property.`);
    }
    if (isIntrinsic(value) || (!isText(value) && !isEmpty(value))) {
      throw new InvalidResource(
        logicalId,
        `Application with id ${text(value)} could not be resolved: intrinsic functions are not supported for ${name}.`,
      );
    }
  }
  throw new InvalidResource(
    logicalId,
    'Applications of the AWS Serverless Application Repository are not available here; give the URL of a template as Location.',
  );
}
