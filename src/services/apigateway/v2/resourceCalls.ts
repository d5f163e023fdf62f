/** How resource types call the service they belong to. */
import { AwsError } from '../../../kernel/index.ts';
import type { ResourceContext } from '../../../platform/index.ts';
import { given } from '../resources/properties.ts';

export const call = <Output = Record<string, unknown>>(
  ctx: ResourceContext,
  operation: string,
  input: object,
) => ctx.aws.call<Output>('apigatewayv2', operation, given(input));

/** Deletes what may be gone already: with its API, or by hand. */
export async function deleteIfThere(ctx: ResourceContext, operation: string, input: object): Promise<void> {
  try {
    await call(ctx, operation, input);
  } catch (error) {
    if (!(error instanceof AwsError && error.code === 'NotFoundException')) throw error;
  }
}
