import { InvalidEvent, InvalidResource } from '../errors.ts';
import { expectMap, property } from '../expect.ts';
import { pythonText } from '../intrinsics.ts';
import { CfnResource } from '../resource.ts';
import { listOf, literal, mapOf, oneOf, optional, required, type Schema, string } from '../schema.ts';
import { asList, conditional, type Dict, isMap, isText, ref, sameValue, tagList, text } from '../values.ts';
import type { EventSource, LinkedEvent } from './eventSource.ts';
import { invokePermission } from './permission.ts';

const schema: Schema = {
  Bucket: required(string),
  Events: literal(oneOf(string, listOf(string)), true),
  Filter: optional(mapOf(string)),
};

/** Event of type S3: a bucket of the same template notifies the function. */
export const s3Event: EventSource = {
  schema,
  link: (event, context) => {
    const bucket = event.properties.Bucket;
    if (isMap(bucket) && 'Ref' in bucket) {
      if (!isText(bucket.Ref)) {
        throw new InvalidEvent(event.id, "'Ref' value in S3 events is not a valid string.");
      }
      const resource = context.resources[text(bucket.Ref)];
      if (resource !== undefined) return { bucket: resource, bucketId: text(bucket.Ref) };
    }
    throw new InvalidEvent(event.id, 'S3 events must reference an S3 bucket in the same template.');
  },
  transform: (event, { target }) => {
    const bucket = event.link.bucket as Dict;
    const bucketId = text(event.link.bucketId);
    const permission = invokePermission(event.logicalId, target, {
      principal: 's3.amazonaws.com',
      sourceAccount: ref('AWS::AccountId'),
    });
    if ('Condition' in permission.attributes) dependConditionally(bucket, bucketId, permission);
    else depend(bucket, event.logicalId, permission);
    notify(event, bucket, bucketId, target);
    return [permission, sameBucket(bucketId, bucket)];
  },
};

/** The bucket must not exist before the permission: S3 checks it when the notification is set. */
function depend(bucket: Dict, eventId: string, permission: CfnResource): void {
  const given = asList(bucket.DependsOn);
  if (bucket.DependsOn === null || !given.every(isText)) {
    throw new InvalidResource(
      eventId,
      "Invalid type for field 'DependsOn'. Expected a string or list of strings.",
    );
  }
  bucket.DependsOn = [...new Set([...given.map(text), permission.logicalId])];
}

/** DependsOn can't be conditional, a tag that refers to the permission can. */
function dependConditionally(bucket: Dict, bucketId: string, permission: CfnResource): void {
  bucket.Properties ??= {};
  const properties = bucket.Properties as Dict;
  const tags = properties.Tags ?? [];
  if (!Array.isArray(tags)) throw new InvalidResource(bucketId, "Property 'Tags' should be a list.");
  const id = permission.logicalId;
  const dependency = conditional(permission.attributes.Condition, ref(id), 'no dependency');
  properties.Tags = [...tags, ...tagList({ [`sam:ConditionalDependsOn:${id}`]: dependency })];
}

function notify(event: LinkedEvent, bucket: Dict, bucketId: string, target: CfnResource): void {
  const { Filter, Events } = event.properties;
  const properties = expectMap(
    bucket.Properties ?? {},
    property(bucketId, ''),
    'Properties should be a map.',
  );
  bucket.Properties = properties;
  properties.NotificationConfiguration ??= {};
  const config = expectMap(
    properties.NotificationConfiguration,
    property(bucketId, 'NotificationConfiguration'),
  );
  config.LambdaConfigurations ??= [];
  const notifications = config.LambdaConfigurations;
  if (!Array.isArray(notifications)) {
    throw new InvalidResource(bucketId, 'Invalid type for LambdaConfigurations. Must be a list.');
  }
  for (const Event of asList(Events)) {
    const plain: Dict = { Function: target.arn, ...(Filter === undefined ? {} : { Filter }), Event };
    const condition = target.attributes.Condition;
    const notification = condition === undefined ? plain : conditional(condition, plain);
    if (!notifications.some((known) => sameValue(known, notification))) notifications.push(notification);
  }
}

const bucketProperties = new Set([
  'AccessControl',
  'AccelerateConfiguration',
  'AnalyticsConfigurations',
  'BucketEncryption',
  'BucketName',
  'CorsConfiguration',
  'IntelligentTieringConfigurations',
  'InventoryConfigurations',
  'LifecycleConfiguration',
  'LoggingConfiguration',
  'MetricsConfigurations',
  'NotificationConfiguration',
  'ObjectLockConfiguration',
  'ObjectLockEnabled',
  'OwnershipControls',
  'PublicAccessBlockConfiguration',
  'ReplicationConfiguration',
  'Tags',
  'VersioningConfiguration',
  'WebsiteConfiguration',
]);

/** The bucket again, with what was added to it. */
function sameBucket(bucketId: string, bucket: Dict): CfnResource {
  requireType(bucketId, bucket, 'AWS::S3::Bucket');
  for (const name of Object.keys(bucket.Properties as Dict)) {
    if (!bucketProperties.has(name)) {
      throw new InvalidResource(
        bucketId,
        `property ${name} not defined for resource of type AWS::S3::Bucket`,
      );
    }
  }
  return existingResource(bucketId, bucket);
}

/** A resource of the template as a generated one, its attributes kept. */
export function existingResource(logicalId: string, resource: Dict): CfnResource {
  const attributes: Dict = {};
  for (const name of ['DeletionPolicy', 'UpdatePolicy', 'Condition', 'UpdateReplacePolicy', 'Metadata']) {
    if (name in resource) attributes[name] = resource[name];
  }
  const options = { attributes, dependsOn: resource.DependsOn };
  return new CfnResource(logicalId, text(resource.Type), resource.Properties as Dict, options);
}

/** That a resource of the template is what the event takes it for. */
export function requireType(logicalId: string, resource: Dict, type: string): void {
  if (resource.Type === undefined) throw new InvalidResource(logicalId, "Resource dict missing key 'Type'.");
  if (text(resource.Type) === type) return;
  throw new InvalidResource(
    logicalId,
    `Resource has incorrect Type; expected '${type}', got '${pythonText(resource.Type)}'`,
  );
}
