/** Who asks for a token or for credentials: a guest, or someone with logins. What both calls have in common. */
import { tagsOf } from './domain/tagMaps.ts';
import { checkGuest, identityOf } from './identities.ts';
import type { VerifiedLogin } from './logins/verified.ts';
import { type Logins, verifyLogins } from './logins/verify.ts';
import { type Context, identityById } from './room.ts';
import { type Identity, type Pool, records } from './store.ts';
import { signToken } from './tokens/issue.ts';

export interface Entrant {
  pool: Pool;
  identity: Identity;
  /** None: a guest. */
  logins: VerifiedLogin[];
}

/** @throws NotAuthorizedException, ResourceNotFoundException, ResourceConflictException, ExternalServiceException */
export async function enter(
  ctx: Context,
  { IdentityId, Logins }: { IdentityId: string; Logins?: Logins },
): Promise<Entrant> {
  const { identity, pool } = await identityById(ctx.room, IdentityId);
  const logins = await verifyLogins(ctx, pool, Logins ?? {});
  if (logins.length === 0) {
    checkGuest(pool, identity);
    return { pool, identity, logins };
  }
  return { pool, identity: await identityOf(ctx, pool, logins, IdentityId), logins };
}

/** The entrant's token. @param seconds how long it is good. */
export async function tokenOf(
  ctx: Context,
  { pool, identity, logins }: Entrant,
  seconds: number,
): Promise<string> {
  const amr =
    logins.length === 0 ? ['unauthenticated'] : ['authenticated', ...logins.flatMap((login) => login.amr)];
  const tags = await principalTags(ctx, pool, logins);
  return signToken(ctx.room, { poolId: pool.id, identityId: identity.id, amr, tags, seconds }, ctx.now);
}

async function principalTags(ctx: Context, pool: Pool, logins: readonly VerifiedLogin[]) {
  const tags: Record<string, string> = {};
  for (const login of logins) {
    for (const name of login.mappingNames) {
      const map = await records.tagMaps.get(ctx.room.store, pool.id, name);
      if (!map) continue;
      Object.assign(tags, tagsOf(map, login));
      break;
    }
  }
  return tags;
}
