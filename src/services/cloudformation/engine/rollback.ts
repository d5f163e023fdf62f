/** Undoing an update: what it touched goes back to what it was, along the dependencies of the former template. */
import { hasDynamicReference } from '../domain/dynamicReference.ts';
import type { Evaluation } from '../domain/evaluation.ts';
import { reachableEverywhere } from '../domain/localAddresses.ts';
import { dependencyGraph } from '../domain/template/validate.ts';
import { limits } from '../limits.ts';
import type { ResourceRecord, ResourceVersion } from '../records.ts';
import { declaredIn } from './apply.ts';
import { resolveDynamicReferences } from './dynamicReferences.ts';
import { formerProperties } from './formerTags.ts';
import { StepJournal } from './journal.ts';
import { failureReason } from './reasons.ts';
import { resourceContext } from './resourceContext.ts';
import type { StackRun } from './run.ts';
import { walk } from './walk.ts';

/** @returns the ids that could not be brought back. */
export async function rollbackUpdate(run: StackRun, evaluation: Evaluation): Promise<string[]> {
  const graph = dependencyGraph(evaluation.template, (id) => evaluation.isActive(id));
  const failed: string[] = [];
  await walk({
    graph,
    parallel: limits.parallelSteps,
    isStopped: () => run.signal.aborted,
    step: async (id) => {
      const record = run.resources.get(id);
      if (!record || record.step?.phase === run.phaseKey) {
        if (record?.step?.state === 'failed') failed.push(id);
        if (record?.step?.state !== 'running') return record?.step?.state !== 'failed';
      }
      if (!record) return true;
      const restored = { ...record, ...declaredIn(evaluation, graph, id) };
      const succeeded = await restore(run, restored);
      if (!succeeded) failed.push(id);
      return succeeded;
    },
  });
  return failed;
}

async function restore(run: StackRun, record: ResourceRecord): Promise<boolean> {
  const { previous, current, replacement } = record;
  const step = { phase: run.phaseKey, state: 'done' } as const;
  const now = run.tools.clock.now();
  if (!previous) {
    await run.record({ ...record, step }, []);
    return true;
  }
  if (replacement || record.untouched || run.operation.skip.includes(record.logicalId)) {
    const discarded = replacement === 'made' && current ? [...record.discarded, current] : record.discarded;
    const back: ResourceRecord = {
      ...record,
      current: previous,
      discarded,
      replacement: undefined,
      untouched: undefined,
      status: 'UPDATE_COMPLETE',
      reason: undefined,
      updatedAt: now,
      step,
    };
    await run.record(back, [{ status: 'UPDATE_COMPLETE', physicalId: previous.physicalId }]);
    return true;
  }
  return restoreInPlace(run, record, previous);
}

async function restoreInPlace(
  run: StackRun,
  record: ResourceRecord,
  previous: ResourceVersion,
): Promise<boolean> {
  const { logicalId, current = previous } = record;
  const { physicalId } = current;
  const began = record.step?.phase === run.phaseKey;
  const running: ResourceRecord = {
    ...record,
    status: 'UPDATE_IN_PROGRESS',
    reason: undefined,
    updatedAt: run.tools.clock.now(),
    step: { phase: run.phaseKey, state: 'running' },
  };
  await run.record(running, began ? [] : [{ status: 'UPDATE_IN_PROGRESS', physicalId }]);
  try {
    const type = await run.tools.resourceType(record.type);
    if (!type) throw new Error(`Resource type ${record.type} is not supported`);
    const { properties } = previous;
    const known = hasDynamicReference(properties)
      ? await resolveDynamicReferences(properties, run.aws)
      : properties;
    const resolved = reachableEverywhere(known, run.tools.endpoint) as Record<string, unknown>;
    const attempted = formerProperties(type, record.attempted ?? current.properties, current);
    const journal = await StepJournal.open(run, logicalId, began);
    const context = resourceContext(run, logicalId, { aws: journal.wrap(run.aws) });
    const state = await type.update(context, current, resolved, attempted);
    const back: ResourceRecord = {
      ...running,
      current: { ...previous, physicalId: state.physicalId, attributes: state.attributes },
      discarded: state.physicalId === physicalId ? record.discarded : [...record.discarded, current],
      status: 'UPDATE_COMPLETE',
      updatedAt: run.tools.clock.now(),
      step: { phase: run.phaseKey, state: 'done' },
    };
    await run.record(back, [{ status: 'UPDATE_COMPLETE', physicalId: state.physicalId }]);
    return true;
  } catch (cause) {
    if (run.signal.aborted) throw cause;
    const reason = failureReason(cause, run.token(logicalId), run.tools.telemetry);
    await run.record(
      { ...running, status: 'UPDATE_FAILED', reason, step: { phase: run.phaseKey, state: 'failed' } },
      [{ status: 'UPDATE_FAILED', physicalId, reason }],
    );
    return false;
  }
}
