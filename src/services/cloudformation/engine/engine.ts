/**
 * The engine behind stacks: a durable task drives an operation from phase to phase. Each phase ends in one
 * transaction that moves the stack's status on, so that a run after a crash finds where to go on; each resource's
 * step is recorded before and after, so that it finds what is done.
 */
import { AwsError } from '../../../kernel/index.ts';
import type { Platform } from '../../../platform/index.ts';
import type { Task, TaskQueue } from '../../../tasks/port.ts';
import type { StackOutput } from '../domain/evaluation.ts';
import { TemplateError } from '../domain/templateError.ts';
import { limits } from '../limits.ts';
import type { OperationPhase, Place, ResourceRecord, StackRecord } from '../records.ts';
import type { StackWriter } from '../store/index.ts';
import { applyTemplate, isTimedOut } from './apply.ts';
import { exportConflict, writeExports } from './exports.ts';
import { failedResources } from './reasons.ts';
import { type Removal, removeResources } from './remove.ts';
import { rollbackUpdate } from './rollback.ts';
import { type EngineTools, StackRun } from './run.ts';

/** The payload of the queue `cloudformation.stack`. */
export interface StackTask extends Place {
  readonly stackId: string;
  readonly operationId: string;
}

export type StackQueue = TaskQueue<StackTask>;

export class StackEngine {
  readonly #tools: EngineTools;
  readonly #aws: Platform['aws'];

  constructor(tools: EngineTools, aws: Platform['aws']) {
    this.#tools = tools;
    this.#aws = aws;
  }

  /** Drives an operation to its end, from wherever it stands. */
  async run({ payload }: Pick<Task<StackTask>, 'payload'>, signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const run = await this.#open(payload, signal);
      if (!run) return;
      await phases[run.operation.phase](run);
      signal.throwIfAborted();
    }
  }

  async #open(
    { stackId, operationId, ...place }: StackTask,
    signal: AbortSignal,
  ): Promise<StackRun | undefined> {
    const reader = this.#tools.store.at(place);
    const [stack, operation, inputs] = [
      await reader.stack(stackId),
      await reader.operation(stackId),
      await reader.inputs(stackId),
    ];
    if (!stack || !inputs || operation?.id !== operationId || operation.phase === 'done') return undefined;
    const caller = this.#aws({ ...place, principal: operation.principal, via: 'cloudformation' });
    const aws = stack.roleArn ? await caller.asRole(stack.roleArn, 'AWSCloudFormation') : caller;
    const resources = await reader.resources(stackId);
    return new StackRun({ tools: this.#tools, place, stack, operation, inputs, resources, aws, signal });
  }

  /** Says in the stack's status that the operation can't go on, after a bug of ours stopped it for good. */
  async giveUp(
    writer: StackWriter,
    { stackId, operationId }: StackTask,
    cause: unknown,
    now: number,
    eventId: string,
  ): Promise<void> {
    const [stack, operation] = [await writer.stack(stackId), await writer.operation(stackId)];
    if (!stack || operation?.id !== operationId || operation.phase === 'done') return;
    const status = givenUp[operation.phase];
    writer.putOperation(stackId, { ...operation, phase: 'done' });
    const reason = cause instanceof AwsError && cause.fault === 'client' ? cause.message : 'Internal Failure';
    const failed = { ...stack, status, statusReason: reason };
    await writer.putStack(
      writer.addEvent(failed, {
        eventId,
        time: now,
        logicalId: stack.stackName,
        physicalId: stackId,
        type: 'AWS::CloudFormation::Stack',
        status,
        reason,
      }),
    );
  }
}

const givenUp = {
  create: 'CREATE_FAILED',
  'create-rollback': 'ROLLBACK_FAILED',
  update: 'UPDATE_FAILED',
  'update-cleanup': 'UPDATE_COMPLETE',
  'update-rollback': 'UPDATE_ROLLBACK_FAILED',
  'update-rollback-cleanup': 'UPDATE_ROLLBACK_COMPLETE',
  delete: 'DELETE_FAILED',
} as const satisfies Record<Exclude<OperationPhase, 'done'>, string>;

const phases: Readonly<Record<OperationPhase, (run: StackRun) => Promise<void>>> = {
  create,
  'create-rollback': rollbackCreation,
  update,
  'update-cleanup': (run) => cleanUp(run, 'UPDATE_COMPLETE'),
  'update-rollback': rollback,
  'update-rollback-cleanup': (run) => cleanUp(run, 'UPDATE_ROLLBACK_COMPLETE'),
  delete: deleteStack,
  done: async () => {},
};

async function create(run: StackRun): Promise<void> {
  const outcome = await apply(run);
  if (run.signal.aborted) return;
  if (outcome.ok) {
    return run.advance('CREATE_COMPLETE', 'done', undefined, (writer, stack) =>
      settle(run, writer, stack, { outputs: outcome.outputs, imported: outcome.imported }),
    );
  }
  // DeleteStack may have come meanwhile: it asks the creation to end in a deletion.
  const operation = await run.tools.store.at(run.place).operation(run.stackId);
  const { onFailure } = operation ?? run.operation;
  if (onFailure === 'DO_NOTHING') {
    return run.advance('CREATE_FAILED', 'done', outcome.reason, (writer, stack) =>
      settle(run, writer, stack),
    );
  }
  if (onFailure === 'DELETE') {
    return run.advance('DELETE_IN_PROGRESS', 'delete', `${outcome.reason}Delete requested by user.`);
  }
  return run.advance(
    'ROLLBACK_IN_PROGRESS',
    'create-rollback',
    `${outcome.reason}Rollback requested by user.`,
  );
}

async function rollbackCreation(run: StackRun): Promise<void> {
  const failed = await removeResources(run, {
    ids: new Set(run.resources.keys()),
    fate: (resource) => (keepsNew(run, resource) ? 'retain' : 'delete'),
    forget: false,
    carryOn: false,
  });
  if (run.signal.aborted) return;
  if (failed.length > 0) return run.advance('ROLLBACK_FAILED', 'done', failedResources('delete', failed));
  return run.advance('ROLLBACK_COMPLETE', 'done', undefined);
}

async function update(run: StackRun): Promise<void> {
  const outcome = await apply(run);
  if (run.signal.aborted) return;
  if (outcome.ok) {
    return run.advance(
      'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
      'update-cleanup',
      undefined,
      async (writer, stack) => {
        await discardReplaced(run, writer);
        return writeResults(writer, stack, outcome);
      },
    );
  }
  if (run.operation.onFailure === 'DO_NOTHING') {
    return run.advance('UPDATE_FAILED', 'done', outcome.reason);
  }
  return run.advance('UPDATE_ROLLBACK_IN_PROGRESS', 'update-rollback', outcome.reason, (writer, stack) =>
    restoreInputs(run, writer, stack),
  );
}

async function rollback(run: StackRun): Promise<void> {
  const failed = await rollbackUpdate(run, await run.evaluation());
  if (run.signal.aborted) return;
  if (failed.length > 0) {
    return run.advance('UPDATE_ROLLBACK_FAILED', 'done', failedResources('update', failed));
  }
  return run.advance('UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS', 'update-rollback-cleanup', undefined);
}

/** Deletes what the template no longer has, and what replacements left behind. */
async function cleanUp(run: StackRun, status: 'UPDATE_COMPLETE' | 'UPDATE_ROLLBACK_COMPLETE'): Promise<void> {
  const evaluation = await run.evaluation();
  const rollsBack = status === 'UPDATE_ROLLBACK_COMPLETE';
  const obsolete = [...run.resources.keys()].filter(
    (id) => !evaluation.template.resources.has(id) || !evaluation.isActive(id),
  );
  await removeResources(run, {
    ids: new Set(obsolete),
    fate: (resource) => ((rollsBack ? keepsNew(run, resource) : keeps(resource)) ? 'retain' : 'delete'),
    forget: true,
    carryOn: true,
  });
  if (run.signal.aborted) return;
  await run.advance(status, 'done', undefined, (writer, stack) => settle(run, writer, stack));
}

async function deleteStack(run: StackRun): Promise<void> {
  const conflict = await exportConflict(run, []);
  if (conflict !== undefined && run.operation.statusBefore) {
    const reason = `Delete canceled. Cannot delete export ${conflict.name} as it is in use by ${conflict.users.join(', ')}.`;
    return run.advance(run.operation.statusBefore, 'done', reason);
  }
  const failed = await removeResources(run, deletion(run));
  if (run.signal.aborted) return;
  if (failed.length > 0 && !run.operation.force) {
    return run.advance('DELETE_FAILED', 'done', failedResources('delete', failed));
  }
  return run.advance('DELETE_COMPLETE', 'done', undefined, async (writer, stack) => {
    await writeExports(writer, stack, stack.outputs, []);
    await writer.setImports(stack, []);
    const deletedAt = run.tools.clock.now();
    const purge = { ...run.place, stackId: stack.stackId };
    await run.tools.purges.enqueue(writer.tx, purge, { dueAt: deletedAt + limits.deletedStackKeptMs });
    return { ...stack, deletedAt };
  });
}

function deletion(run: StackRun): Removal {
  const { retain, onFailure } = run.operation;
  const isFailedCreation = onFailure === 'DELETE' && run.operation.statusBefore === undefined;
  const keepsIt = (resource: ResourceRecord) =>
    retain.includes(resource.logicalId) || (isFailedCreation ? keepsNew(run, resource) : keeps(resource));
  return {
    ids: new Set(run.resources.keys()),
    fate: (resource) => (keepsIt(resource) ? 'retain' : 'delete'),
    forget: false,
    carryOn: run.operation.force,
  };
}

function keeps({ deletionPolicy }: ResourceRecord): boolean {
  return deletionPolicy !== 'Delete';
}

/** What a failed operation made stays only with `Retain`, and not even then when the caller said so. */
function keepsNew(run: StackRun, { deletionPolicy }: ResourceRecord): boolean {
  return deletionPolicy === 'Retain' && !run.operation.retainExceptOnCreate;
}

type Outcome =
  | { readonly ok: true; readonly outputs: readonly StackOutput[]; readonly imported: ReadonlySet<string> }
  | { readonly ok: false; readonly reason: string };

/** Applies the template and works out its outputs. */
async function apply(run: StackRun): Promise<Outcome> {
  const evaluation = await run.evaluation();
  const { failedToCreate, failedToUpdate } = await applyTemplate(run, evaluation);
  if (failedToCreate.length + failedToUpdate.length > 0) {
    const reason = failedResources('create', failedToCreate) + failedResources('update', failedToUpdate);
    return { ok: false, reason };
  }
  if (run.stack.cancelRequested) return { ok: false, reason: 'User Initiated' };
  if (isTimedOut(run)) return { ok: false, reason: 'Stack creation time exceeded the specified timeout. ' };
  try {
    const outputs = evaluation.outputs();
    const taken = await takenExport(run, outputs);
    if (taken !== undefined) return { ok: false, reason: taken };
    return { ok: true, outputs, imported: evaluation.imported };
  } catch (cause) {
    if (cause instanceof TemplateError) return { ok: false, reason: `${cause.message} ` };
    throw cause;
  }
}

async function takenExport(run: StackRun, outputs: readonly StackOutput[]): Promise<string | undefined> {
  const reader = run.tools.store.at(run.place);
  for (const { exportName } of outputs) {
    if (exportName === undefined) continue;
    const holder = await reader.export(exportName);
    if (holder && holder.stackId !== run.stackId) {
      const name = (await reader.stack(holder.stackId))?.stackName ?? holder.stackId;
      return `Export with name ${exportName} is already exported by stack ${name}. `;
    }
  }
  const conflict = await exportConflict(run, outputs);
  return (
    conflict &&
    `Export ${conflict.name} cannot be ${conflict.change} as it is in use by ${conflict.users.join(', ')}. `
  );
}

async function writeResults(
  writer: StackWriter,
  stack: StackRecord,
  { outputs, imported }: { outputs: readonly StackOutput[]; imported: Iterable<string> },
): Promise<StackRecord> {
  await writeExports(writer, stack, stack.outputs, outputs);
  await writer.setImports(stack, imported);
  return { ...stack, outputs };
}

/** Ends what an operation left open in the records of its resources. */
async function settle(
  run: StackRun,
  writer: StackWriter,
  stack: StackRecord,
  results?: { outputs: readonly StackOutput[]; imported: Iterable<string> },
): Promise<StackRecord> {
  for (const resource of run.resources.values()) {
    const {
      previous: _p,
      attempted: _a,
      replacement: _r,
      isNew: _n,
      step: _s,
      untouched: _u,
      ...settled
    } = resource;
    await writer.putResource(run.stackId, settled);
  }
  const ended = { ...stack, cancelRequested: false };
  return results ? writeResults(writer, ended, results) : ended;
}

/** The update has succeeded: what was replaced may go. */
async function discardReplaced(run: StackRun, writer: StackWriter): Promise<void> {
  for (const resource of run.resources.values()) {
    if (resource.replacement !== 'made' || !resource.previous) continue;
    await writer.putResource(run.stackId, {
      ...resource,
      replacement: undefined,
      previous: undefined,
      discarded: [...resource.discarded, resource.previous],
    });
  }
}

/** The template, parameters and tags that the stack had before the update are its own again. */
async function restoreInputs(run: StackRun, writer: StackWriter, stack: StackRecord): Promise<StackRecord> {
  const { previous } = run.operation;
  if (previous) writer.putInputs(run.stackId, previous);
  return { ...stack, cancelRequested: false };
}
