/** OpenID Connect providers, as IAM knows them. */
import { AwsError } from '../../../kernel/index.ts';
import { rootOf } from '../../../platform/index.ts';
import type { Context } from '../room.ts';
import type { Pool } from '../store.ts';
import { unsupported } from './openId.ts';

/** The audiences that IAM's provider allows. @throws NotAuthorizedException when there is no such provider any more. */
export async function clientIdsOf(ctx: Context, pool: Pool, arn: string): Promise<string[]> {
  const { account, region } = pool;
  try {
    const { ClientIDList } = await ctx.aws
      .as({ principal: rootOf(account), account, region })
      .call<{ ClientIDList?: string[] }>('iam', 'GetOpenIDConnectProvider', {
        OpenIDConnectProviderArn: arn,
      });
    return ClientIDList ?? [];
  } catch (error) {
    if (error instanceof AwsError && error.code === 'NoSuchEntity') throw unsupported();
    throw error;
  }
}
