/** https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_GetId.html */
import { checkGuests, identityOf, newIdentity, putIdentity } from '../identities.ts';
import { type Logins, verifyLogins } from '../logins/verify.ts';
import { type Context, poolById } from '../room.ts';

interface GetIdInput {
  IdentityPoolId: string;
  /** Not needed: ids of pools are unique over accounts. */
  AccountId?: string;
  Logins?: Logins;
}

export async function GetId(ctx: Context, input: GetIdInput): Promise<{ IdentityId: string }> {
  const pool = await poolById(ctx.room, input.IdentityPoolId);
  const logins = await verifyLogins(ctx, pool, input.Logins ?? {});
  if (logins.length > 0) return { IdentityId: (await identityOf(ctx, pool, logins)).id };
  checkGuests(pool);
  const guest = newIdentity(ctx, pool, false);
  await ctx.room.store.transact(async (tx) => putIdentity(tx, guest));
  return { IdentityId: guest.id };
}
