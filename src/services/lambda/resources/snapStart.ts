import { AwsError } from '../../../kernel/index.ts';
import type { ResourceContext } from '../../../platform/index.ts';
import { call } from './steps.ts';

/** Ours: between two looks at a version that is being initialized. Milliseconds. */
const pollMs = 50;

/** A version with SnapStart is stable once it is Active. @throws AwsError when it can't be initialized. */
export async function snapStarted(ctx: ResourceContext, FunctionName: string): Promise<void> {
  for (;;) {
    const { State, StateReason } = await call<{ State?: string; StateReason?: string }>(
      ctx,
      'GetFunctionConfiguration',
      { FunctionName },
    );
    if (State === 'Failed') throw new AwsError('NotStabilized', StateReason ?? 'The version failed.');
    if (State !== 'Pending') return;
    await ctx.clock.sleep(pollMs, ctx.signal);
  }
}
