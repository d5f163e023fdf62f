/** What the service keeps. All of it is plain JSON. */
import type { Principal } from '../../platform/index.ts';
import type { StackOutput } from './domain/evaluation.ts';
import type { StackParameter } from './domain/parameters.ts';
import type { PlannedChange } from './domain/plan.ts';
import type { ResourceStatus, StackStatus } from './domain/status.ts';
import type { DeletionPolicy, UpdateReplacePolicy } from './domain/template/model.ts';
import type { Tree } from './domain/template/parse.ts';

/** Where a stack lives. */
export interface Place {
  readonly account: string;
  readonly region: string;
}

export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

/** What an operation sets and a rollback sets back. */
export interface StackInputs {
  /** The template as it was sent. */
  readonly original: string;
  /** The template after its transforms. */
  readonly processed: Tree;
  readonly parameters: readonly StackParameter[];
  readonly tags: readonly Tag[];
  readonly capabilities: readonly string[];
  readonly notificationArns: readonly string[];
}

export type OnFailure = 'DO_NOTHING' | 'ROLLBACK' | 'DELETE';

export interface StackRecord {
  readonly stackId: string;
  readonly stackName: string;
  readonly status: StackStatus;
  readonly statusReason?: string | undefined;
  readonly description?: string | undefined;
  /** Milliseconds since the epoch, as all times here. */
  readonly createdAt: number;
  readonly updatedAt?: number;
  readonly deletedAt?: number;
  readonly outputs: readonly StackOutput[];
  readonly disableRollback: boolean;
  readonly retainExceptOnCreate?: boolean;
  readonly terminationProtection: boolean;
  readonly timeoutInMinutes?: number;
  readonly roleArn?: string | undefined;
  readonly changeSetId?: string;
  readonly parentId?: string;
  readonly rootId?: string;
  readonly stackPolicy?: string;
  readonly deletionMode?: 'STANDARD' | 'FORCE_DELETE_STACK';
  /** The operation at work, or the last one. */
  readonly operationId?: string;
  /** The update at work is to be rolled back. */
  readonly cancelRequested?: boolean;
  /** How many events the stack has had. */
  readonly eventCount: number;
}

export type OperationPhase =
  | 'create'
  | 'create-rollback'
  | 'update'
  | 'update-cleanup'
  | 'update-rollback'
  | 'update-rollback-cleanup'
  | 'delete'
  | 'done';

export interface OperationRecord {
  readonly id: string;
  readonly phase: OperationPhase;
  /** Who asked; resources are made in this name unless the stack has a role. */
  readonly principal: Principal;
  readonly startedAt: number;
  readonly clientRequestToken?: string | undefined;
  readonly onFailure: OnFailure;
  readonly retainExceptOnCreate: boolean;
  /** Logical ids that DeleteStack leaves where they are. */
  readonly retain: readonly string[];
  /** Logical ids that ContinueUpdateRollback takes as rolled back. */
  readonly skip: readonly string[];
  readonly force: boolean;
  /** What the stack goes back to when an update fails. */
  readonly previous?: StackInputs;
  /** The status that a cancelled deletion goes back to. */
  readonly statusBefore?: StackStatus;
  readonly changeSetName?: string;
}

export interface ResourceVersion {
  readonly physicalId: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Evaluated and typed: what the handler was given. */
  readonly properties: Readonly<Record<string, unknown>>;
  readonly stackTags: readonly Tag[];
}

export interface ResourceRecord {
  readonly logicalId: string;
  readonly type: string;
  readonly status: ResourceStatus;
  readonly reason?: string | undefined;
  readonly updatedAt: number;
  /** What exists now. */
  readonly current?: ResourceVersion | undefined;
  /** What was there before the update at work touched it. */
  readonly previous?: ResourceVersion | undefined;
  /** What the update at work tries to make of it. */
  readonly attempted?: Readonly<Record<string, unknown>> | undefined;
  /** The update at work makes a new one in its place; `made` once that exists. */
  readonly replacement?: 'pending' | 'made' | undefined;
  /** The update that failed had changed nothing yet: there is nothing to bring back. */
  readonly untouched?: boolean | undefined;
  /** Made by the operation at work, which may still be rolled back. */
  readonly isNew?: boolean | undefined;
  /** Replaced ones that wait for their deletion. */
  readonly discarded: readonly ResourceVersion[];
  readonly dependencies: readonly string[];
  readonly deletionPolicy: DeletionPolicy;
  readonly updateReplacePolicy: UpdateReplacePolicy;
  readonly metadata?: unknown;
  /** How far the phase at work has come with it: what a crash resumes from. */
  readonly step?: { readonly phase: string; readonly state: 'running' | 'done' | 'failed' } | undefined;
}

export interface EventRecord {
  readonly eventId: string;
  readonly time: number;
  readonly logicalId: string;
  readonly physicalId?: string | undefined;
  readonly type: string;
  readonly status: string;
  readonly reason?: string | undefined;
  readonly properties?: string | undefined;
  readonly clientRequestToken?: string | undefined;
}

export interface ExportRecord {
  readonly name: string;
  readonly value: string;
  readonly stackId: string;
}

export interface ChangeSetRecord {
  readonly changeSetId: string;
  readonly changeSetName: string;
  readonly stackId: string;
  readonly type: 'CREATE' | 'UPDATE';
  readonly description?: string;
  readonly createdAt: number;
  readonly status: 'CREATE_COMPLETE' | 'FAILED';
  readonly statusReason?: string;
  readonly executionStatus:
    | 'AVAILABLE'
    | 'UNAVAILABLE'
    | 'EXECUTE_IN_PROGRESS'
    | 'EXECUTE_COMPLETE'
    | 'EXECUTE_FAILED';
  readonly roleArn?: string;
  readonly onStackFailure?: OnFailure;
  readonly inputs?: StackInputs;
  readonly changes: readonly unknown[];
  /** The same without values, for the stack policy. */
  readonly plan?: readonly PlannedChange[];
  readonly clientToken?: string;
  readonly includeNestedStacks?: boolean;
  /** For FAILED ones, whose inputs may be unreadable: what DescribeChangeSet still shows. */
  readonly shown: Pick<StackInputs, 'parameters' | 'tags' | 'capabilities' | 'notificationArns'>;
}

/** A call that a step has made, and its answer. */
export interface JournalRecord {
  /** Service, operation and digest of the input. */
  readonly call: string;
  readonly output: unknown;
}

/** A request that a client named by a token, so that it may be sent twice. */
export interface TokenRecord {
  readonly stackId: string;
  readonly operation: string;
}

/** What a custom resource answers. */
export interface CallbackResponse {
  readonly Status: 'SUCCESS' | 'FAILED';
  readonly Reason?: string;
  readonly PhysicalResourceId?: string;
  readonly Data?: unknown;
  readonly NoEcho?: boolean;
}

/** A custom resource's request that waits for its answer. */
export interface CallbackRecord {
  readonly secret: string;
  readonly sentAt: number;
  readonly response?: CallbackResponse;
}
