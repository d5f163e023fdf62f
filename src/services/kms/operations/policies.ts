/** Key policies. https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html and its neighbours. */

import { keyArn } from '../domain/keys.ts';
import { checkDocument } from '../domain/policies.ts';
import { MalformedPolicyDocumentException, NotFoundException } from '../errors.ts';
import { changeKey, findById } from '../find.ts';
import type { Context } from '../room.ts';

/** The only one that a key has. */
const policyName = 'default';

interface Named {
  KeyId: string;
  PolicyName?: string;
}

export async function GetKeyPolicy(ctx: Context, input: Named) {
  const key = await findById(ctx, input.KeyId);
  checkName(input);
  return { Policy: key.policy, PolicyName: policyName };
}

export async function ListKeyPolicies(ctx: Context, input: Named) {
  await findById(ctx, input.KeyId);
  return { PolicyNames: [policyName], Truncated: false };
}

export async function PutKeyPolicy(
  ctx: Context,
  input: Named & { Policy: string; BypassPolicyLockoutSafetyCheck?: boolean },
) {
  await changeKey(ctx, input.KeyId, 'kms:PutKeyPolicy', (key) => {
    checkName(input);
    checkPolicy(ctx, keyArn(key), input.Policy, input.BypassPolicyLockoutSafetyCheck);
    return { ...key, policy: input.Policy };
  });
  return {};
}

/**
 * A policy must be one, and let who writes it write another: a key that nobody can manage is of no use to anybody.
 * @throws MalformedPolicyDocumentException
 */
export function checkPolicy(ctx: Context, arn: string, policy: string, bypass = false): void {
  const { policies } = ctx.room;
  checkDocument(policy, (document) => policies.contextKeys(document));
  if (bypass) return;
  const { resourcePolicy } = policies.simulate({
    principal: ctx.principal,
    isNamed: true,
    action: 'kms:PutKeyPolicy',
    resource: arn,
    resourcePolicy: policy,
    policies: { identityPolicies: [] },
    context: new Map(),
    now: ctx.now,
  });
  if (resourcePolicy === 'allow') return;
  throw new MalformedPolicyDocumentException(
    'The new key policy will not allow you to update the key policy in the future.',
  );
}

function checkName({ PolicyName }: Named): void {
  if (PolicyName !== undefined && PolicyName !== policyName) {
    throw new NotFoundException('No such policy exists');
  }
}
