/** What the AWS::Lambda types have in common: from a template's properties to calls of Lambda. */
import { AwsError } from '../../../kernel/index.ts';
import type { Properties, ResourceContext } from '../../../platform/index.ts';

export const call = <Output = Record<string, unknown>>(
  ctx: ResourceContext,
  operation: string,
  input: object,
) => ctx.aws.call<Output>('lambda', operation, input);

/** Takes what is named and present from the properties. */
export function pick(properties: Properties, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    names.filter((name) => properties[name] !== undefined).map((name) => [name, properties[name]]),
  );
}

/** What is gone already needn't be deleted. */
export async function unlessMissing(deleting: Promise<unknown>): Promise<void> {
  try {
    await deleting;
  } catch (error) {
    if (!(error instanceof AwsError && error.code === 'ResourceNotFoundException')) throw error;
  }
}
