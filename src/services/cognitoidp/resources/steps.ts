/** What the AWS::Cognito types of user pools have in common: from a template's properties to calls of the service. */
import { AwsError } from '../../../kernel/index.ts';
import type { Properties, PropertyRule, ResourceContext } from '../../../platform/index.ts';

export type Rules = Readonly<Record<string, PropertyRule>>;

export const text: PropertyRule = { type: 'string' };
export const number: PropertyRule = { type: 'number' };
export const flag: PropertyRule = { type: 'boolean' };
export const list: PropertyRule = { type: 'array' };
export const map: PropertyRule = { type: 'object' };
export const object = (members: Rules): PropertyRule => ({ type: 'object', members });
export const objects = (members: Rules): PropertyRule => ({ type: 'array', members });
export const required = (rule: PropertyRule): PropertyRule => ({ ...rule, required: true });
export const createOnly = (rule: PropertyRule): PropertyRule => ({ ...rule, createOnly: true });

export const call = <Output = Record<string, unknown>>(
  ctx: ResourceContext,
  operation: string,
  input: object,
) => ctx.aws.call<Output>('cognitoidp', operation, input);

/** Takes what is named and present from the properties. */
export function pick(properties: Properties, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    names.filter((name) => properties[name] !== undefined).map((name) => [name, properties[name]]),
  );
}

/** All properties but these. */
export function without(properties: Properties, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(properties).filter(([name]) => !names.includes(name)));
}

const gone = new Set(['ResourceNotFoundException', 'UserNotFoundException']);

/** What is gone already, alone or with its pool, needn't be deleted. @param also the code of another such answer. */
export async function unlessMissing(deleting: Promise<unknown>, also?: string): Promise<void> {
  try {
    await deleting;
  } catch (error) {
    if (!(error instanceof AwsError && (gone.has(error.code) || error.code === also))) throw error;
  }
}
