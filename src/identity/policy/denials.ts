/**
 * What AWS says to a denial.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
 */
import type { Kind, Scene } from './evaluate.ts';

/** Managed policies are named by their ARN, to callers of their own account; inline ones have none. */
export function explicitly(scene: Scene, { kind, policy }: { kind: Kind; policy: string }): string {
  if (isHushed(scene)) return 'Access Denied';
  if (isForeignKey(scene, kind)) return aboutForeignKey(scene);
  const article = kind === 'role trust policy' ? 'the' : kind.startsWith('i') ? 'an' : 'a';
  const which = policy.startsWith('arn:') && !isForeign(scene) ? `: ${policy}` : '';
  return `${notAuthorized(scene)} with an explicit deny in ${article} ${kind}${which}`;
}

export function silently(scene: Scene, missing: Kind): string {
  if (isHushed(scene)) return 'Access Denied';
  if (isForeignKey(scene, missing)) return aboutForeignKey(scene);
  return `${notAuthorized(scene)} because no ${missing} allows the ${scene.action} action`;
}

/**
 * S3 gives no reasons to those who come unsigned or from another account.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html
 */
export function isHushed(scene: Scene): boolean {
  return scene.action.startsWith('s3:') && (scene.principal.type === 'anonymous' || isForeign(scene));
}

/** What a policy of another account's key says, and whether there is such a key, KMS doesn't tell apart. */
function isForeignKey(scene: Scene, kind: Kind): boolean {
  return kind === 'resource-based policy' && scene.action.startsWith('kms:') && isForeign(scene);
}

function aboutForeignKey({ principal, action }: Scene): string {
  return `User: ${principal.arn} is not authorized to perform: ${action} on this resource because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access`;
}

export function isForeign({ owner, principal }: Scene): boolean {
  return owner !== undefined && owner !== principal.account;
}

/** Services that say so where something is about no resource (`lambda:ListFunctions on resource: *`); others name none. */
const naming: ReadonlySet<string> = new Set(['iam', 'lambda', 'dynamodb', 'kms', 'cognito-idp']);

function notAuthorized({ principal, action, resource }: Scene): string {
  return `User: ${principal.arn} is not authorized to perform: ${action}${onResource(action, resource)}`;
}

function onResource(action: string, resource: string): string {
  const service = action.slice(0, action.indexOf(':'));
  if (action === 's3:ListAllMyBuckets' || (resource === '*' && !naming.has(service))) return '';
  if (service === 'iam') return ` on resource: ${iamResource(action.slice('iam:'.length), resource)}`;
  return ` on resource: ${service === 's3' ? `"${resource}"` : resource}`;
}

const iamEntity = /^arn:[^:]+:iam::[^:]*:(user|role|group|instance-profile|policy)\/(?:.*\/)?([^/]+)$/;
/** What makes an entity, or is about one without an operation of its own (PassRole, reports), names it by its ARN. */
const byArn =
  /^(Create(User|Role|Group|InstanceProfile|ServiceLinkedRole)$|PassRole$|Tag|Untag|Simulate|Generate|GetService|GetContext|List(Users|Roles|Groups|InstanceProfiles)$)/;

/**
 * IAM names what is there by kind and name (`role NAME`), policies by kind and ARN:
 * https://github.com/awsdocs/amazon-dynamodb-developer-guide, DAX.create-cluster.cli.create-service-role.access-denied
 */
function iamResource(operation: string, resource: string): string {
  if (operation === 'ListPolicies' && resource === '*') return 'policy path /';
  const [, kind, name] = iamEntity.exec(resource) ?? [];
  if (/^(Create|Tag)Policy$/.test(operation) && name !== undefined) return `policy ${name}`;
  if (kind === undefined || byArn.test(operation)) return resource;
  if (kind === 'policy') return `policy ${resource}`;
  return `${kind.replace('-', ' ')} ${name}`;
}
