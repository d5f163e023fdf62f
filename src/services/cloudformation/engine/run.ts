import { type Clock, type Ids, partitionOf, urlSuffixOf } from '../../../kernel/index.ts';
import type { AwsCaller, ResourceType } from '../../../platform/index.ts';
import type { TaskQueue } from '../../../tasks/port.ts';
import type { Telemetry } from '../../../telemetry/port.ts';
import { Evaluation } from '../domain/evaluation.ts';
import type { PseudoParameters } from '../domain/scope.ts';
import type { ResourceStatus, StackStatus } from '../domain/status.ts';
import { readTemplate } from '../domain/template/read.ts';
import type {
  EventRecord,
  OperationPhase,
  OperationRecord,
  Place,
  ResourceRecord,
  StackInputs,
  StackRecord,
} from '../records.ts';
import type { StackStore, StackWriter } from '../store/index.ts';

/** The payload of the queue `cloudformation.purge`. */
export interface PurgeTask extends Place {
  readonly stackId: string;
}

export type PurgeQueue = TaskQueue<PurgeTask>;

export interface EngineTools {
  /** Deleted stacks go there, to be forgotten in time. */
  readonly purges: PurgeQueue;
  readonly store: StackStore;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly telemetry: Telemetry;
  /** Where this cloud answers, `http://127.0.0.1:4566`. */
  readonly endpoint: string;
  resourceType(name: string): Promise<ResourceType | undefined>;
}

/**
 * One run of the engine over one operation of one stack: what it knows, and how it writes down what happens. Every
 * change of a resource, its event and the stack's event counter go into one transaction.
 */
export class StackRun {
  readonly tools: EngineTools;
  readonly place: Place;
  readonly stackId: string;
  readonly operation: OperationRecord;
  readonly inputs: StackInputs;
  readonly aws: AwsCaller;
  readonly signal: AbortSignal;
  /** Kept current by this run, the only writer while its operation is at work. */
  readonly resources: Map<string, ResourceRecord>;
  stack: StackRecord;
  /** The phase in which a step has failed, in this run or in one before a crash. */
  failedPhase: string | undefined;

  constructor(options: {
    tools: EngineTools;
    place: Place;
    stack: StackRecord;
    operation: OperationRecord;
    inputs: StackInputs;
    resources: readonly ResourceRecord[];
    aws: AwsCaller;
    signal: AbortSignal;
  }) {
    this.tools = options.tools;
    this.place = options.place;
    this.stack = options.stack;
    this.stackId = options.stack.stackId;
    this.operation = options.operation;
    this.inputs = options.inputs;
    this.aws = options.aws;
    this.signal = options.signal;
    this.resources = new Map(options.resources.map((resource) => [resource.logicalId, resource]));
    const failed = options.resources.some(
      ({ step }) => step?.phase === this.phaseKey && step.state === 'failed',
    );
    this.failedPhase = failed ? this.phaseKey : undefined;
  }

  /** Names the phase at work: steps of an earlier one don't count. */
  get phaseKey(): string {
    return `${this.operation.id}/${this.operation.phase}`;
  }

  /** Stable over retries of the same step. */
  token(logicalId: string): string {
    return `${this.phaseKey}/${logicalId}`;
  }

  async evaluation(options: { maskNoEcho?: boolean } = {}): Promise<Evaluation> {
    const template = readTemplate(this.inputs.processed);
    const usesImports = JSON.stringify(this.inputs.processed).includes('Fn::ImportValue');
    const parameters = options.maskNoEcho
      ? this.inputs.parameters.map((parameter) =>
          parameter.noEcho ? { ...parameter, value: '****' } : parameter,
        )
      : this.inputs.parameters;
    return new Evaluation({
      template,
      parameters,
      pseudo: pseudoParameters(this.place, this.stack, this.inputs.notificationArns),
      exports: usesImports ? await this.tools.store.at(this.place).exportValues() : new Map(),
      resource: (logicalId) => this.resources.get(logicalId)?.current,
    });
  }

  /** Writes a resource and what happened to it. */
  async record(
    resource: ResourceRecord,
    events: readonly {
      status: ResourceStatus;
      physicalId?: string | undefined;
      reason?: string | undefined;
      properties?: string | undefined;
    }[],
  ): Promise<void> {
    await this.write(async (writer, stack) => {
      await writer.putResource(this.stackId, resource);
      if (resource.step?.state !== 'running') writer.clearJournal(this.stackId, resource.logicalId);
      return this.addResourceEvents(writer, stack, resource, events);
    });
    this.resources.set(resource.logicalId, resource);
    if (resource.step?.state === 'failed') this.failedPhase = resource.step.phase;
  }

  /** Forgets a resource, with what happened to it last. */
  async forget(
    resource: ResourceRecord,
    events: readonly {
      status: ResourceStatus;
      physicalId?: string | undefined;
      reason?: string | undefined;
    }[],
  ): Promise<void> {
    await this.write(async (writer, stack) => {
      writer.deleteResource(this.stackId, resource.logicalId);
      return this.addResourceEvents(writer, stack, resource, events);
    });
    this.resources.delete(resource.logicalId);
  }

  addResourceEvents(
    writer: StackWriter,
    stack: StackRecord,
    resource: ResourceRecord,
    events: readonly {
      status: ResourceStatus;
      physicalId?: string | undefined;
      reason?: string | undefined;
      properties?: string | undefined;
    }[],
  ): StackRecord {
    const time = this.tools.clock.now();
    let counted = stack;
    for (const { status, physicalId, reason, properties } of events) {
      counted = writer.addEvent(counted, {
        eventId: `${resource.logicalId}-${status}-${new Date(time).toISOString()}`,
        time,
        logicalId: resource.logicalId,
        physicalId,
        type: resource.type,
        status,
        reason,
        properties,
        clientRequestToken: this.operation.clientRequestToken,
      });
    }
    return counted;
  }

  /** Runs `change` on the newest stack record in a transaction and writes what it returns. */
  async write(change: (writer: StackWriter, stack: StackRecord) => Promise<StackRecord>): Promise<void> {
    this.stack = await this.tools.store.transact(this.place, async (writer) => {
      const stack = (await writer.stack(this.stackId)) ?? this.stack;
      const changed = await change(writer, stack);
      await writer.putStack(changed);
      return changed;
    });
  }

  /**
   * Ends the phase: the stack's new status, its event and the next phase in one transaction.
   * @param also what else belongs to the same moment.
   */
  async advance(
    status: StackStatus,
    phase: OperationPhase,
    reason: string | undefined,
    also: (writer: StackWriter, stack: StackRecord) => Promise<StackRecord> = async (_writer, stack) => stack,
  ): Promise<void> {
    await this.write(async (writer, stack) => {
      const operation = (await writer.operation(this.stackId)) ?? this.operation;
      // A deletion or a cancellation that was asked for meanwhile comes first; the phase is looked at again.
      if (stack.cancelRequested && isSuccess(status)) return stack;
      writer.putOperation(this.stackId, { ...operation, phase });
      const changed = await also(writer, { ...stack, status, statusReason: reason });
      if (phase === 'done') await this.#endChangeSet(writer, status);
      return stack.status === status ? changed : writer.addEvent(changed, this.stackEvent(changed));
    });
  }

  async #endChangeSet(writer: StackWriter, status: StackStatus): Promise<void> {
    const { changeSetName } = this.operation;
    const changeSet = changeSetName && (await writer.changeSet(this.stackId, changeSetName));
    if (!changeSet) return;
    const succeeded = status === 'CREATE_COMPLETE' || status === 'UPDATE_COMPLETE';
    const executionStatus = succeeded ? 'EXECUTE_COMPLETE' : 'EXECUTE_FAILED';
    writer.putChangeSet({ ...changeSet, executionStatus });
  }

  stackEvent(stack: StackRecord): EventRecord {
    return stackEvent(
      stack,
      this.tools.clock.now(),
      this.tools.ids.uuid(),
      this.operation.clientRequestToken,
    );
  }
}

function isSuccess(status: StackStatus): boolean {
  return status === 'CREATE_COMPLETE' || status === 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS';
}

/** What happened to the stack as a whole is an event of the resource that the stack is. */
export function stackEvent(
  stack: StackRecord,
  time: number,
  eventId: string,
  clientRequestToken: string | undefined,
): EventRecord {
  return {
    eventId,
    time,
    logicalId: stack.stackName,
    physicalId: stack.stackId,
    type: 'AWS::CloudFormation::Stack',
    status: stack.status,
    reason: stack.statusReason,
    clientRequestToken,
  };
}

export function pseudoParameters(
  place: Place,
  stack: Pick<StackRecord, 'stackId' | 'stackName'>,
  notificationArns: readonly string[],
): PseudoParameters {
  return {
    accountId: place.account,
    region: place.region,
    partition: partitionOf(place.region),
    urlSuffix: urlSuffixOf(place.region),
    stackId: stack.stackId,
    stackName: stack.stackName,
    notificationArns,
  };
}
