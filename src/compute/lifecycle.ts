/**
 * The life of an execution environment, as a total table: what isn't written here can't happen.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
 */
import { assert } from '../kernel/index.ts';

export type Phase =
  | 'starting' // the sandbox and its runtime come up
  | 'idle' // up, pre-warmed, belongs to no function yet
  | 'loading' // Init: the function's code is being loaded
  | 'restoring' // Restore: SnapStart's hooks run
  | 'ready' // initialized, between invocations
  | 'running' // Invoke
  | 'frozen' // stopped by the scheduler between invocations
  | 'stopping' // told to end, or killed
  | 'stopped';

const next: Readonly<Record<Phase, readonly Phase[]>> = {
  starting: ['idle', 'stopping', 'stopped'],
  idle: ['loading', 'stopping', 'stopped'],
  loading: ['ready', 'restoring', 'running', 'stopping', 'stopped'],
  restoring: ['running', 'stopping', 'stopped'],
  ready: ['restoring', 'running', 'frozen', 'stopping', 'stopped'],
  running: ['ready', 'stopping', 'stopped'],
  frozen: ['restoring', 'running', 'stopping', 'stopped'],
  stopping: ['stopped'],
  stopped: [],
};

export function canMove(from: Phase, to: Phase): boolean {
  return next[from].includes(to);
}

/** @returns `to`. @throws when the table doesn't know the step. */
export function move(from: Phase, to: Phase): Phase {
  assert(canMove(from, to), 'an environment moves along its table', { from, to });
  return to;
}
