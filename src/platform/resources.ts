/**
 * CloudFormation resource types, declared by the services that own them. A property that no rule names fails
 * the deployment before anything is created: silent success is what users of other tools complain about most.
 */

import type { Clock, Ids } from '../kernel/index.ts';
import type { AwsCaller } from './service.ts';

/** Plain data after intrinsics are resolved. */
export type Properties = Readonly<Record<string, unknown>>;

/** What CloudFormation must know of one property. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/ */
export interface PropertyRule {
  required?: boolean;
  /** Changing it replaces the resource (“Update requires: Replacement”). */
  createOnly?: boolean;
  /** What a template that doesn't say it means: saying just that replaces nothing. */
  default?: unknown;
  type?: 'string' | 'number' | 'boolean' | 'object' | 'array' | 'json' | 'tags';
  /** Members of an object, or of each object of an array; absent: anything goes. */
  members?: Readonly<Record<string, PropertyRule>>;
}

export interface ResourceContext {
  /** Acts as the stack's caller (or its role) in the stack's account and region. */
  readonly aws: AwsCaller;
  readonly account: string;
  readonly region: string;
  readonly stackName: string;
  readonly stackId: string;
  readonly logicalId: string;
  /** Stable over retries of the same step: use it as the idempotency token. */
  readonly token: string;
  /** Tags of the stack, to be merged under the resource's own. */
  readonly stackTags: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly signal: AbortSignal;
  /** `stack-logicalId-RANDOM` (`withoutStack`: `logicalId-Random`), cut to `lengthMax` as CloudFormation cuts it. */
  generateName(lengthMax: number, options?: { lowerCase?: boolean; withoutStack?: boolean }): string;
}

export interface ResourceState {
  /** The value of `Ref`. */
  physicalId: string;
  /** The values of `Fn::GetAtt`. */
  attributes: Readonly<Record<string, unknown>>;
}

export interface ResourceType {
  /** `AWS::DynamoDB::Table`. */
  readonly name: string;
  readonly properties: Readonly<Record<string, PropertyRule>>;
  /** Properties that no rule names are handed over as they are: what a custom resource takes is its own business. */
  readonly additionalProperties?: boolean;
  /** Attribute names that `Fn::GetAtt` takes. */
  readonly attributes: readonly string[];
  /** Creates it and resolves when it is stable (ACTIVE and the like). */
  create(ctx: ResourceContext, properties: Properties): Promise<ResourceState>;
  /** Changes it in place; never called when a `createOnly` property changed. */
  update(
    ctx: ResourceContext,
    current: ResourceState,
    properties: Properties,
    previous: Properties,
  ): Promise<ResourceState>;
  /** Resolves when it is gone; a resource that isn't there is a success. */
  delete(ctx: ResourceContext, current: ResourceState, properties: Properties): Promise<void>;
}
