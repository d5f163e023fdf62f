/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetContextKeysForCustomPolicy.html and …PrincipalPolicy. */
import type {
  GetContextKeysForCustomPolicyRequest,
  GetContextKeysForPolicyResponse,
  GetContextKeysForPrincipalPolicyRequest,
} from '@aws-sdk/client-iam';
import type { PolicyEngine } from '../../../platform/index.ts';
import { InvalidInput } from '../errors.ts';
import { policyHolder } from '../policySources.ts';
import type { IamContext } from '../room.ts';

export async function GetContextKeysForCustomPolicy(
  { room }: IamContext,
  { PolicyInputList = [] }: GetContextKeysForCustomPolicyRequest,
): Promise<GetContextKeysForPolicyResponse> {
  checkInputs(room.policies, PolicyInputList, 'PolicyInputList');
  return keysIn(room.policies, PolicyInputList);
}

export async function GetContextKeysForPrincipalPolicy(
  ctx: IamContext,
  { PolicySourceArn, PolicyInputList = [] }: GetContextKeysForPrincipalPolicyRequest,
): Promise<GetContextKeysForPolicyResponse> {
  const engine = ctx.room.policies;
  const { policies } = await policyHolder(ctx, PolicySourceArn as string);
  checkInputs(engine, PolicyInputList, 'PolicyInputList');
  return keysIn(engine, [...policies.map(({ document }) => document), ...PolicyInputList]);
}

/** Keys are the same whatever their case; each is told once, as it is written first. */
function keysIn(engine: PolicyEngine, documents: readonly string[]): GetContextKeysForPolicyResponse {
  const keys = new Map<string, string>();
  for (const key of documents.flatMap((document) => engine.contextKeys(document)))
    if (!keys.has(key.toLowerCase())) keys.set(key.toLowerCase(), key);
  return { ContextKeyNames: [...keys.values()] };
}

export function checkInputs(
  engine: PolicyEngine,
  documents: readonly string[] | undefined,
  member: string,
): void {
  for (const [i, document] of (documents ?? []).entries()) checkInput(engine, document, `${member}.${i + 1}`);
}

/** @throws InvalidInput that says which document can't be read, and why. */
export function checkInput(engine: PolicyEngine, document: string, member: string): void {
  try {
    engine.contextKeys(document);
  } catch (error) {
    const why = error instanceof SyntaxError ? 'it is not valid JSON' : (error as Error).message;
    throw new InvalidInput(`The policy document ${member} is invalid: ${why}`);
  }
}
