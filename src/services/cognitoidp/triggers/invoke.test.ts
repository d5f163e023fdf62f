import { expect, it } from 'vitest';
import { defineError, VirtualClock } from '../../../kernel/index.ts';
import { limits } from '../limits.ts';
import type { Context } from '../room.ts';
import type { Pool } from '../store.ts';
import { runTrigger } from './invoke.ts';

const arn = 'arn:aws:lambda:us-east-1:000000000000:function:guard';
const pool = {
  id: 'us-east-1_Pool',
  account: '000000000000',
  region: 'us-east-1',
  settings: { LambdaConfig: { PreSignUp: arn } },
} as unknown as Pool;

const call = { name: 'PreSignUp', source: 'PreSignUp_SignUp', request: {} };

/** @param invoke stands for `lambda.Invoke`. */
function room(invoke: () => Promise<object>) {
  const clock = new VirtualClock(0);
  const calls: object[] = [];
  const caller = {
    call: (service: string, operation: string, input: { FunctionName: string }) => {
      calls.push({ service, operation, name: input.FunctionName });
      return invoke();
    },
  };
  const ctx = { room: { clock }, aws: { as: () => caller } } as unknown as Context;
  return { clock, calls, ctx };
}

const answering =
  (answer: unknown, more: object = {}) =>
  () =>
    Promise.resolve({ Payload: Buffer.from(JSON.stringify(answer)), ...more });

it('gives a function 5 seconds, three times', async () => {
  const { clock, calls, ctx } = room(() => new Promise(() => {}));
  const outcome = expect(runTrigger(ctx, pool, call)).rejects.toMatchObject({
    code: 'UnexpectedLambdaException',
    message: 'PreSignUp invocation failed due to error Socket timeout while invoking Lambda function.',
  });
  for (let attempt = 1; attempt <= limits.triggerAttempts; attempt += 1) {
    await clock.advance(4_999);
    expect(calls.length).toBe(attempt);
    await clock.advance(1);
  }
  await outcome;
  expect(calls.length).toBe(3);
});

it('takes the answer of a later attempt', async () => {
  let attempts = 0;
  const late = answering({ response: { autoConfirmUser: true } });
  const { clock, ctx } = room(() => {
    attempts += 1;
    return attempts === 1 ? new Promise(() => {}) : late();
  });
  const running = runTrigger(ctx, pool, call);
  await clock.advance(5_000);
  expect(await running).toEqual({ autoConfirmUser: true });
  expect(attempts).toBe(2);
});

it('asks once, and not at all where the pool names no function', async () => {
  const { calls, ctx } = room(answering({ response: {} }));
  expect(await runTrigger(ctx, pool, { ...call, name: 'PostConfirmation' })).toBeUndefined();
  expect(calls).toEqual([]);
  await runTrigger(ctx, pool, call);
  expect(calls).toEqual([{ service: 'lambda', operation: 'Invoke', name: arn }]);
});

it.each([
  [
    { errorMessage: 'no' },
    { FunctionError: 'Unhandled' },
    'UserLambdaValidationException',
    'PreSignUp failed with error no.',
  ],
  ['text', {}, 'InvalidLambdaResponseException', 'Unrecognizable lambda output'],
  [null, {}, 'InvalidLambdaResponseException', 'Unrecognizable lambda output'],
  [{ response: null }, {}, 'InvalidLambdaResponseException', 'Unrecognizable lambda output'],
])('refuses %j', async (answer, more, code, message) => {
  const { ctx } = room(answering(answer, more));
  await expect(runTrigger(ctx, pool, call)).rejects.toMatchObject({ code, message });
});

it('says why a function could not be run, without retrying', async () => {
  const AccessDenied = defineError('AccessDeniedException');
  const { calls, ctx } = room(() => Promise.reject(new AccessDenied('not allowed')));
  await expect(runTrigger(ctx, pool, call)).rejects.toMatchObject({
    code: 'UnexpectedLambdaException',
    message: 'PreSignUp invocation failed due to error AccessDeniedException.',
  });
  expect(calls.length).toBe(1);
});
