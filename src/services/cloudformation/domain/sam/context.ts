import type { SharedUsagePlan } from './api/usagePlan.ts';
import type { DeploymentPreferences } from './deploymentPreferences.ts';
import type { CfnResource } from './resource.ts';
import type { Dict } from './values.ts';

/** What the transform of one resource may read, and the few things that resources of a template share. */
export interface SamContext {
  readonly region: string;
  readonly partition: string;
  /** The template as it is read. Events write into the APIs, buckets and user pools they name. */
  readonly source: Dict;
  readonly resources: Dict;
  /** The template as it will be, before references are resolved. */
  readonly output: Dict;
  readonly parameters: Dict;
  readonly mappings: Dict;
  readonly managedPolicies: Readonly<Record<string, string>>;
  readonly deploymentPreferences: DeploymentPreferences;
  readonly sharedUsagePlan: SharedUsagePlan;
  /** One record set group per hosted zone, whatever number of APIs live in it. */
  readonly recordSetGroups: Map<string, CfnResource>;
  /** Names of the functions behind each API, which a new deployment depends on. */
  readonly functionNames: Map<string, string>;
  /** The Serverless Application Repository, where there is one. */
  readonly applicationTemplateUrl: ((applicationId: string, semanticVersion: string) => string) | undefined;
  /** Milliseconds since 1970, asked for by `AlwaysDeploy` only. */
  readonly now: () => number;
}

/** The conditions of the resulting template; made when first needed. */
export function conditionsOf(context: SamContext): Dict {
  context.output.Conditions ??= {};
  return context.output.Conditions as Dict;
}

/** `arn:PARTITION:SERVICE:${AWS::Region}:${AWS::AccountId}:RESOURCE`, for Fn::Sub. */
export function arnTemplate(
  partition: string,
  service: string,
  resource: string,
  account = '${AWS::AccountId}',
): string {
  return `arn:${partition}:${service}:\${AWS::Region}:${account ? `${account}:` : ''}${resource}`;
}

/** The partition in a template that must not depend on the region it is transformed in. */
export const partitionReference = '${AWS::Partition}';

export function managedPolicyArn(context: SamContext, name: string): string {
  return `arn:${context.partition}:iam::aws:policy/${name}`;
}
