/** Lambda triggers: a function of the pool's owner is asked, and what it answers counts. https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html */
import { AwsError, type Clock } from '../../../kernel/index.ts';
import { servicePrincipal } from '../../../platform/index.ts';
import {
  InvalidLambdaResponseException,
  UnexpectedLambdaException,
  UserLambdaValidationException,
} from '../errors.ts';
import { limits } from '../limits.ts';
import { type Context, poolArn } from '../room.ts';
import type { Pool } from '../store.ts';

export interface TriggerCall {
  /** Member of `LambdaConfig`, `PreSignUp`. */
  name: string;
  /** `PreSignUp_SignUp` and its kin. */
  source: string;
  userName?: string | undefined;
  clientId?: string | undefined;
  request: object;
  /** What the function finds to fill in. */
  response?: object;
  /** Of the event: `1` unless the trigger has versions. */
  version?: string;
  /** As messages call the trigger, when it isn't its name. */
  called?: string;
}

/** What a function filled in. */
export type TriggerResponse = Readonly<Record<string, unknown>>;

/** The function that a pool names for a trigger. Some are named along with a version of their event. */
export function functionOf({ settings }: Pool, name: string): string | undefined {
  const named = settings.LambdaConfig[name];
  if (typeof named === 'string') return named || undefined;
  const { LambdaArn: arn } = (named ?? {}) as { LambdaArn?: string };
  return arn;
}

/**
 * Runs a trigger outside of any transaction: a function may take seconds.
 * @returns its `response`; undefined when the pool has no such trigger.
 * @throws UserLambdaValidationException it threw. @throws UnexpectedLambdaException it couldn't be run, or took too long.
 * @throws InvalidLambdaResponseException what it answered is no event.
 */
export async function runTrigger(
  ctx: Context,
  pool: Pool,
  call: TriggerCall,
): Promise<TriggerResponse | undefined> {
  const arn = functionOf(pool, call.name);
  if (arn === undefined) return undefined;
  const event = { ...triggerEvent(pool, call), response: call.response ?? {} };
  const called = call.called ?? call.name;
  const { Payload, FunctionError } = await invoke(ctx, pool, called, arn, event);
  const answer = read(Payload);
  if (FunctionError !== undefined) {
    const { errorMessage = 'Unknown error' } = (answer ?? {}) as { errorMessage?: string };
    throw new UserLambdaValidationException(`${called} failed with error ${errorMessage}.`);
  }
  const { response } = (answer ?? {}) as { response?: unknown };
  if (typeof response !== 'object' || response === null) throw unreadable();
  return response as TriggerResponse;
}

/** What every trigger's function is told. */
export const triggerEvent = (pool: Pool, call: Omit<TriggerCall, 'name'>) => ({
  version: call.version ?? '1',
  region: pool.region,
  userPoolId: pool.id,
  ...(call.userName === undefined ? {} : { userName: call.userName }),
  callerContext: {
    awsSdkVersion: 'aws-sdk-unknown-unknown',
    clientId: call.clientId ?? 'CLIENT_ID_NOT_APPLICABLE',
  },
  triggerSource: call.source,
  request: call.request,
});

/** What a function answered can't be what AWS describes. */
export const unreadable = () => new InvalidLambdaResponseException('Unrecognizable lambda output');

type Answer = { Payload?: { toString(): string } | Uint8Array; FunctionError?: string };

async function invoke(ctx: Context, pool: Pool, called: string, arn: string, event: object): Promise<Answer> {
  const principal = servicePrincipal('cognito-idp.amazonaws.com', pool.account, poolArn(pool));
  const caller = ctx.aws.as({ account: pool.account, region: pool.region, principal });
  const input = { FunctionName: arn, Payload: Buffer.from(JSON.stringify(event)) };
  try {
    for (let attempt = 1; attempt <= limits.triggerAttempts; attempt += 1) {
      const answer = await within(
        ctx.room.clock,
        limits.triggerMs,
        caller.call<Answer>('lambda', 'Invoke', input),
      );
      if (answer) return answer;
    }
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw new UnexpectedLambdaException(`${called} invocation failed due to error ${error.code}.`);
  }
  throw new UnexpectedLambdaException(
    `${called} invocation failed due to error Socket timeout while invoking Lambda function.`,
  );
}

/** @returns nothing when it takes longer; what comes later is nobody's any more. */
async function within<Value>(clock: Clock, ms: number, promise: Promise<Value>): Promise<Value | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timer = clock.at(clock.now() + ms, () => resolve(undefined));
  promise.catch(() => {});
  try {
    return await Promise.race([promise, late]);
  } finally {
    timer.cancel();
  }
}

function read(payload: Answer['Payload']): unknown {
  const text =
    payload instanceof Uint8Array ? Buffer.from(payload).toString() : (payload?.toString() ?? 'null');
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
