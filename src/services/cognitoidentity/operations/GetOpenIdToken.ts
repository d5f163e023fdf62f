/** https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_GetOpenIdToken.html */
import { enter, tokenOf } from '../entrance.ts';
import { InvalidParameterException } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Logins } from '../logins/verify.ts';
import { type Context, identityById } from '../room.ts';
import type { Pool } from '../store.ts';

/** The first half of the basic flow: the caller chooses a role and asks STS itself. */
export async function GetOpenIdToken(ctx: Context, input: { IdentityId: string; Logins?: Logins }) {
  checkBasicFlow((await identityById(ctx.room, input.IdentityId)).pool, input.Logins ?? {});
  const entrant = await enter(ctx, input);
  return { IdentityId: entrant.identity.id, Token: await tokenOf(ctx, entrant, limits.openIdTokenSeconds) };
}

/** A pool that never said anything of the basic flow has it. @throws InvalidParameterException */
function checkBasicFlow({ settings, roleMappings }: Pool, logins: Logins): void {
  if (settings.AllowClassicFlow === false) {
    throw new InvalidParameterException('Basic (classic) flow is not enabled, please use enhanced flow.');
  }
  if (Object.keys(roleMappings).length > 0) {
    throw new InvalidParameterException(
      'Basic (classic) flow is not supported with RoleMappings, please use enhanced flow.',
    );
  }
  if (Object.keys(logins).some((provider) => settings.SamlProviderARNs?.includes(provider))) {
    throw new InvalidParameterException(
      'Basic (classic) flow is not supported with SAML, please use enhanced flow.',
    );
  }
}
