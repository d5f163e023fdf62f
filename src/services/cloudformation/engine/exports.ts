/** Values that stacks of one account and region share: what one exports and another imports stays as it is. */
import type { StackOutput } from '../domain/evaluation.ts';
import type { StackRecord } from '../records.ts';
import type { StackWriter } from '../store/index.ts';
import type { StackRun } from './run.ts';

export interface ExportConflict {
  readonly name: string;
  readonly change: 'deleted' | 'updated';
  /** Stacks that import it. */
  readonly users: readonly string[];
}

/** @returns the first export of the stack that others import and `outputs` would take away or change. */
export async function exportConflict(
  run: StackRun,
  outputs: readonly StackOutput[],
): Promise<ExportConflict | undefined> {
  const reader = run.tools.store.at(run.place);
  for (const { exportName, value } of run.stack.outputs) {
    if (exportName === undefined) continue;
    const after = outputs.find((output) => output.exportName === exportName);
    if (after?.value === value) continue;
    const users = await reader.importers(exportName, 100);
    const others = users.items.filter((name) => name !== run.stack.stackName);
    if (others.length > 0) return { name: exportName, change: after ? 'updated' : 'deleted', users: others };
  }
  return undefined;
}

/** Replaces the exports of `before` by those of `after`. */
export async function writeExports(
  writer: StackWriter,
  stack: StackRecord,
  before: readonly StackOutput[],
  after: readonly StackOutput[],
): Promise<void> {
  for (const { exportName } of before) {
    if (exportName === undefined) continue;
    const held = await writer.export(exportName);
    if (held?.stackId === stack.stackId) writer.deleteExport(exportName);
  }
  for (const { exportName, value } of after) {
    if (exportName !== undefined) writer.putExport({ name: exportName, value, stackId: stack.stackId });
  }
}
