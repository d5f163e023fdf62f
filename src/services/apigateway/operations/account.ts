/** The account's settings in a region. */
import type { GetAccountRequest, UpdateAccountRequest } from '@aws-sdk/client-api-gateway';
import { type PatchRules, patched, rule } from '../domain/patch.ts';
import { BadRequestException } from '../errors.ts';
import { accountBurstLimit, accountRateLimit } from '../limits.ts';
import type { Context, Operations } from '../room.ts';

interface Account {
  cloudwatchRoleArn?: string | undefined;
}

function output(account: Account) {
  return {
    cloudwatchRoleArn: account.cloudwatchRoleArn,
    throttleSettings: { burstLimit: accountBurstLimit, rateLimit: accountRateLimit },
    features: ['UsagePlans'],
    apiKeyVersion: '4',
  };
}

async function GetAccount(ctx: Context, _input: GetAccountRequest) {
  return output((await ctx.room.store.get('account', ctx, '', '')) ?? {});
}

const patchRules: PatchRules<Account> = {
  '/cloudwatchRoleArn': rule.text('cloudwatchRoleArn', ['replace', 'remove']),
  '/features': {
    ops: ['add', 'remove'],
    apply(_account, { op, value }) {
      // Every account has this one feature, and there is no other.
      if (value !== 'UsagePlans') throw new BadRequestException(`Invalid feature specified: ${value}`);
      if (op === 'remove') throw new BadRequestException('Usage Plans cannot be disabled once enabled');
    },
  },
};

async function UpdateAccount(ctx: Context, input: UpdateAccountRequest) {
  return ctx.room.store.transact(async (tx) => {
    const known = (await tx.get('account', ctx, '', '')) ?? {};
    const updated = patched(known, input.patchOperations, patchRules);
    if (updated.cloudwatchRoleArn === '') updated.cloudwatchRoleArn = undefined;
    if (updated.cloudwatchRoleArn && !/^arn:[^:]+:iam::\d{12}:role\/.+/.test(updated.cloudwatchRoleArn)) {
      throw new BadRequestException("Invalid ARN specified in the request. ARNs must start with 'arn:'");
    }
    tx.put('account', ctx, '', '', updated);
    return output(updated);
  });
}

export const accountOperations: Operations = { GetAccount, UpdateAccount };
