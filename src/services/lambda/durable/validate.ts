/** Which updates of operations are taken: https://docs.aws.amazon.com/lambda/latest/api/API_OperationUpdate.html */
import type {
  OperationAction,
  OperationStatus,
  OperationType,
  OperationUpdate,
} from '@aws-sdk/client-lambda';
import { InvalidParameterValueException } from '../errors.ts';
import type { OperationRecord } from './records.ts';

/** An update with an error may have this many bytes. */
const errorBytesMax = 32_768;

const actions: Readonly<Record<OperationType, readonly OperationAction[]>> = {
  EXECUTION: ['SUCCEED', 'FAIL'],
  CONTEXT: ['START', 'SUCCEED', 'FAIL'],
  STEP: ['START', 'SUCCEED', 'FAIL', 'RETRY'],
  WAIT: ['START', 'CANCEL'],
  CALLBACK: ['START', 'CANCEL'],
  CHAINED_INVOKE: ['START', 'CANCEL'],
};

/** @param known operations that the updates or their parents name, by id. @throws InvalidParameterValueException */
export function checkUpdates(
  updates: readonly OperationUpdate[],
  known: ReadonlyMap<string, OperationRecord>,
): void {
  checkEnd(updates);
  const seen = new Map<string, OperationUpdate>();
  const started = new Map<string, OperationUpdate>();
  for (const update of updates) {
    const before = seen.get(update.Id ?? '');
    if (before && !mayFollow(before, update))
      throw refusal('Cannot update the same operation twice in a single request.');
    if (!hasParent(update, known, started)) throw refusal('Invalid parent operation id.');
    if (update.Action === 'START') started.set(update.Id ?? '', update);
    seen.set(update.Id ?? '', update);
  }
  const statuses = new Map<string, OperationStatus>();
  for (const update of updates) {
    const id = update.Id ?? '';
    checkUpdate(update, statuses.get(id) ?? known.get(id)?.status);
    if (update.Action === 'START') statuses.set(id, 'STARTED');
  }
}

function checkEnd(updates: readonly OperationUpdate[]): void {
  const ends = updates.filter(({ Type }) => Type === 'EXECUTION');
  if (ends.length > 1) throw refusal('Cannot checkpoint multiple EXECUTION updates.');
  if (ends.length === 1 && updates.at(-1)?.Type !== 'EXECUTION')
    throw refusal('EXECUTION checkpoint must be the last update.');
}

/** A step or context may begin and end in one request. */
function mayFollow(before: OperationUpdate, update: OperationUpdate): boolean {
  const isLong = before.Type === 'STEP' || before.Type === 'CONTEXT';
  return isLong && before.Action === 'START' && update.Action !== 'START';
}

function hasParent(
  { ParentId }: OperationUpdate,
  known: ReadonlyMap<string, OperationRecord>,
  started: ReadonlyMap<string, OperationUpdate>,
): boolean {
  if (ParentId === undefined) return true;
  const type = started.get(ParentId)?.Type ?? known.get(ParentId)?.type;
  return type === 'CONTEXT';
}

function checkUpdate(update: OperationUpdate, status: OperationStatus | undefined): void {
  const { Type, Action } = update;
  if (update.Error && Buffer.byteLength(JSON.stringify(update)) > errorBytesMax)
    throw refusal(`Error object size must be less than ${errorBytesMax} bytes.`);
  if (!Type || !Action || !actions[Type].includes(Action))
    throw refusal('Invalid action for the given operation type.');
  if (Action === 'FAIL' && update.Payload != null) throw refusal('Cannot provide a Payload for FAIL action.');
  if (Action === 'SUCCEED' && update.Error != null)
    throw refusal('Cannot provide an Error for SUCCEED action.');
  if (Type === 'STEP') checkStep(update, status);
  else if (Action === 'START' && status !== undefined)
    throw refusal(`Cannot start a ${Type} that already exists.`);
  else if (Action === 'CANCEL' && status !== 'STARTED')
    throw refusal(`Cannot cancel a ${Type} that does not exist or has already completed.`);
  else if (Type === 'CONTEXT' && Action !== 'START' && status !== undefined && status !== 'STARTED')
    throw refusal('Invalid current CONTEXT state to close.');
  if (Type === 'WAIT' && Action === 'START' && update.WaitOptions?.WaitSeconds === undefined)
    throw refusal('Invalid WaitOptions for the given action.');
  if (Type === 'CHAINED_INVOKE' && Action === 'START' && update.ChainedInvokeOptions === undefined)
    throw refusal('Invalid ChainedInvokeOptions for the given action.');
}

function checkStep({ Action, ...update }: OperationUpdate, status: OperationStatus | undefined): void {
  if (Action === 'START') {
    if (status !== undefined && status !== 'READY') throw refusal('Invalid current STEP state to start.');
    return;
  }
  const isOpen = status === undefined || status === 'STARTED' || status === 'READY';
  if (Action !== 'RETRY') {
    if (!isOpen) throw refusal('Invalid current STEP state to close.');
    return;
  }
  if (!isOpen) throw refusal('Invalid current STEP state to re-attempt.');
  if (update.StepOptions == null) throw refusal('Invalid StepOptions for the given action.');
  if (update.Error != null && update.Payload != null)
    throw refusal('Cannot provide both error and payload to RETRY a STEP.');
}

function refusal(message: string): Error {
  return new InvalidParameterValueException(message);
}
