import type { OperationUpdate } from '@aws-sdk/client-lambda';
import { describe, expect, it } from 'vitest';
import type { OperationRecord } from './records.ts';
import { checkUpdates } from './validate.ts';

const known = (...operations: Pick<OperationRecord, 'id' | 'type' | 'status'>[]) =>
  new Map(
    operations.map((operation) => [
      operation.id,
      { ...operation, sequence: 1, startedAt: 0, parentId: undefined, name: undefined, subType: undefined },
    ]),
  );
const update = (
  Id: string,
  Type: OperationUpdate['Type'],
  Action: OperationUpdate['Action'],
  more: object = {},
) => ({
  Id,
  Type,
  Action,
  ...more,
});
const wait = { WaitOptions: { WaitSeconds: 1 } };
const retry = { StepOptions: { NextAttemptDelaySeconds: 1 } };

describe('updates of operations', () => {
  it('may begin and end a step or a context at once', () => {
    for (const type of ['STEP', 'CONTEXT'] as const)
      expect(() =>
        checkUpdates([update('a', type, 'START'), update('a', type, 'SUCCEED', { Payload: '1' })], known()),
      ).not.toThrow();
    expect(() => checkUpdates([update('a', 'STEP', 'SUCCEED')], known())).not.toThrow();
  });

  it.each([
    [
      [update('a', 'WAIT', 'START', wait), update('a', 'WAIT', 'CANCEL')],
      'Cannot update the same operation twice',
    ],
    [
      [update('a', 'STEP', 'SUCCEED'), update('a', 'STEP', 'START')],
      'Cannot update the same operation twice',
    ],
    [
      [update('a', 'EXECUTION', 'SUCCEED'), update('b', 'STEP', 'START')],
      'EXECUTION checkpoint must be the last',
    ],
    [
      [update('a', 'EXECUTION', 'SUCCEED'), update('b', 'EXECUTION', 'FAIL')],
      'Cannot checkpoint multiple EXECUTION',
    ],
    [[update('a', 'STEP', 'START', { ParentId: 'nobody' })], 'Invalid parent operation id.'],
    [[update('a', 'WAIT', 'SUCCEED')], 'Invalid action for the given operation type.'],
    [[update('a', 'WAIT', 'CANCEL')], 'Cannot cancel a WAIT that does not exist or has already completed.'],
    [[update('a', 'WAIT', 'START')], 'Invalid WaitOptions for the given action.'],
    [[update('a', 'STEP', 'RETRY')], 'Invalid StepOptions for the given action.'],
    [[update('a', 'STEP', 'FAIL', { Payload: '1' })], 'Cannot provide a Payload for FAIL action.'],
    [[update('a', 'STEP', 'SUCCEED', { Error: {} })], 'Cannot provide an Error for SUCCEED action.'],
    [
      [update('a', 'STEP', 'FAIL', { Error: { ErrorMessage: 'x'.repeat(40_000) } })],
      'Error object size must be less than 32768 bytes.',
    ],
  ])('are refused where they contradict each other or themselves (%#)', (updates, message) => {
    expect(() => checkUpdates(updates, known())).toThrow(message);
  });

  it('follow the state of a step', () => {
    const at = (status: OperationRecord['status']) => known({ id: 'a', type: 'STEP', status });
    expect(() => checkUpdates([update('a', 'STEP', 'START')], at('READY'))).not.toThrow();
    expect(() => checkUpdates([update('a', 'STEP', 'RETRY', retry)], at('STARTED'))).not.toThrow();
    expect(() => checkUpdates([update('a', 'STEP', 'START')], at('STARTED'))).toThrow(
      'Invalid current STEP state to start.',
    );
    expect(() => checkUpdates([update('a', 'STEP', 'SUCCEED')], at('PENDING'))).toThrow(
      'Invalid current STEP state to close.',
    );
    expect(() => checkUpdates([update('a', 'STEP', 'RETRY', retry)], at('SUCCEEDED'))).toThrow(
      'Invalid current STEP state to re-attempt.',
    );
  });

  it('start nothing twice, and belong to contexts', () => {
    for (const type of ['WAIT', 'CALLBACK', 'CHAINED_INVOKE', 'CONTEXT'] as const)
      expect(() =>
        checkUpdates([update('a', type, 'START', wait)], known({ id: 'a', type, status: 'STARTED' })),
      ).toThrow(`Cannot start a ${type} that already exists.`);
    const child = update('b', 'STEP', 'START', { ParentId: 'a' });
    expect(() => checkUpdates([update('a', 'CONTEXT', 'START'), child], known())).not.toThrow();
    expect(() => checkUpdates([child], known({ id: 'a', type: 'STEP', status: 'STARTED' }))).toThrow(
      'Invalid parent operation id.',
    );
  });
});
