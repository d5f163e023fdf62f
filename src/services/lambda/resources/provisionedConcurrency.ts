/** `ProvisionedConcurrencyConfig` of versions and aliases: stable when its environments are up. */
import { AwsError } from '../../../kernel/index.ts';
import type { Properties, PropertyRule, ResourceContext } from '../../../platform/index.ts';
import { call } from './steps.ts';

export const provisionedConcurrencyRule: PropertyRule = {
  type: 'object',
  members: { ProvisionedConcurrentExecutions: { required: true, type: 'number' } },
};

/** Ours: between two looks at environments that are on their way. Milliseconds. */
const pollMs = 100;

/** Gives a version or alias what its properties say, and waits for it. @throws AwsError when it fails. */
export async function provision(
  ctx: ResourceContext,
  target: { FunctionName: unknown; Qualifier: unknown },
  properties: Properties,
): Promise<void> {
  const config = properties.ProvisionedConcurrencyConfig as
    | { ProvisionedConcurrentExecutions?: number }
    | undefined;
  if (!config) return;
  const { ProvisionedConcurrentExecutions } = config;
  await call(ctx, 'PutProvisionedConcurrencyConfig', { ...target, ProvisionedConcurrentExecutions });
  for (;;) {
    const { Status, StatusReason } = await call<{ Status?: string; StatusReason?: string }>(
      ctx,
      'GetProvisionedConcurrencyConfig',
      target,
    );
    if (Status === 'READY') return;
    if (Status === 'FAILED') {
      throw new AwsError(
        'NotStabilized',
        `Provisioned Concurrency configuration failed to be applied. Reason: ${StatusReason}`,
      );
    }
    await ctx.clock.sleep(pollMs, ctx.signal);
  }
}
