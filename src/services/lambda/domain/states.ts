/**
 * The states of a function: https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
 *
 * A state lasts as long as the cloud was told (not at all by default), and ends by the clock alone: what is kept is when.
 * The answers that begin a state tell of it however short it is, as AWS's do.
 */
import type { FunctionConfiguration } from '@aws-sdk/client-lambda';
import { ResourceConflictException } from '../errors.ts';
import type { Configuration, Snapshot } from '../records.ts';
import { functionArn } from './names.ts';

type States = Pick<
  FunctionConfiguration,
  | 'State'
  | 'StateReason'
  | 'StateReasonCode'
  | 'LastUpdateStatus'
  | 'LastUpdateStatusReason'
  | 'LastUpdateStatusReasonCode'
>;
type Timed = Pick<Configuration, 'pendingUntil' | 'updatingUntil' | 'snapshot'>;

const reason = 'The function is being created.';

/** What CreateFunction answers. */
export const creating: States = { State: 'Pending', StateReason: reason, StateReasonCode: 'Creating' };

/** What updates answer; the reason's code is one that the model of the SDK doesn't list. */
export const updating: States = {
  State: 'Active',
  LastUpdateStatus: 'InProgress',
  LastUpdateStatusReason: reason,
  LastUpdateStatusReasonCode: 'Creating' as 'InternalError',
};

const settled: States = { State: 'Active', LastUpdateStatus: 'Successful' };

/** @param now milliseconds since the epoch. */
export function statesOf(configuration: Timed, now: number): States {
  if (isPending(configuration, now)) return creating;
  if (configuration.snapshot?.status === 'Failed') return failedBy(configuration.snapshot);
  return isUpdating(configuration, now) ? updating : settled;
}

export function isPending({ pendingUntil, snapshot }: Timed, now: number): boolean {
  if (snapshot?.status === 'Pending') return true;
  return pendingUntil !== undefined && pendingUntil > now;
}

/** A version that couldn't be initialized when it was published. */
function failedBy({ reason, reasonCode }: Snapshot): States {
  return {
    State: 'Failed',
    ...(reason === undefined ? {} : { StateReason: reason, LastUpdateStatusReason: reason }),
    ...(reasonCode === undefined
      ? {}
      : { StateReasonCode: reasonCode, LastUpdateStatusReasonCode: reasonCode }),
    LastUpdateStatus: 'Failed',
  };
}

function isUpdating({ updatingUntil }: Timed, now: number): boolean {
  return updatingUntil !== undefined && updatingUntil > now;
}

/** @throws ResourceConflictException while the function can't be changed or published. */
export function checkSettled(
  place: { account: string; region: string; name: string },
  configuration: Timed,
  now: number,
): void {
  if (isPending(configuration, now)) throw pending();
  if (!isUpdating(configuration, now)) return;
  throw new ResourceConflictException(
    `The operation cannot be performed at this time. An update is in progress for resource: ${functionArn(place)}`,
  );
}

/** What is said of a function that isn't there yet, or never will be. */
export function pending(state: 'Pending' | 'Failed' = 'Pending'): Error {
  return new ResourceConflictException(
    `The operation cannot be performed at this time. The function is currently in the following state: ${state}`,
  );
}
