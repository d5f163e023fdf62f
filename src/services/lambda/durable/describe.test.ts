import { expect, it } from 'vitest';
import { replayed, wireOperation } from './describe.ts';
import type { OperationRecord } from './records.ts';

const operation = (id: string, more: Partial<OperationRecord> = {}): OperationRecord => ({
  ...{ id, sequence: 1, type: 'STEP', status: 'SUCCEEDED', startedAt: 1000 },
  ...{ parentId: undefined, name: undefined, subType: undefined },
  ...more,
});

it('leaves out what is inside of contexts that are done, however deep', () => {
  const context = (id: string, more: Partial<OperationRecord> = {}) =>
    operation(id, { type: 'CONTEXT', ...more });
  const all = [
    context('done'),
    operation('inside', { parentId: 'done' }),
    context('nested', { parentId: 'done', status: 'STARTED' }),
    operation('deep', { parentId: 'nested' }),
    context('kept', { replayChildren: true }),
    operation('child', { parentId: 'kept' }),
    context('open', { status: 'STARTED' }),
    operation('young', { parentId: 'open' }),
  ];
  expect(replayed(all).map(({ id }) => id)).toEqual(['done', 'kept', 'child', 'open', 'young']);
});

it('writes times as milliseconds into the function’s event', () => {
  const step = operation('s', { endedAt: 2000, attempt: 1, nextAttemptAt: 3000, result: '1' });
  expect(wireOperation(step)).toEqual({
    Id: 's',
    Type: 'STEP',
    Status: 'SUCCEEDED',
    StartTimestamp: 1000,
    EndTimestamp: 2000,
    StepDetails: { Attempt: 1, NextAttemptTimestamp: 3000, Result: '1' },
  });
});
