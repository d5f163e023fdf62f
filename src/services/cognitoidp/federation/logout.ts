/** Signing out at the provider as well. https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-saml-idp-sign-out.html */
import { browserOf } from '../oauth/browserSession.ts';
import type { Visit } from '../oauth/visit.ts';
import { findProvider } from './providers.ts';
import { samlLogoutAddress } from './saml.ts';

const purpose = ({ pool }: Visit) => `cognitoidp.samlLogout/${pool.id}`;

/** @param location where the sign-out is to end. @returns where it goes first; the same when no provider is to be told. */
export async function byProvider(visit: Visit, location: string): Promise<string> {
  const { ctx, pool } = visit;
  const browser = await browserOf(visit);
  if (!browser?.provider) return location;
  const provider = await findProvider(ctx.room.store, pool, { name: browser.provider });
  if (provider?.type !== 'SAML') return location;
  const sealed = Buffer.from(ctx.room.vault.seal(purpose(visit), location)).toString('base64url');
  return (await samlLogoutAddress(visit, provider, browser.user, sealed)) ?? location;
}

/** @returns where a sign-out ends that was sealed by this pool. */
export function openLogout(visit: Visit, sealed: string | null): string | undefined {
  if (!sealed) return undefined;
  try {
    return visit.ctx.room.vault.open(purpose(visit), Buffer.from(sealed, 'base64url')).toString();
  } catch {
    return undefined;
  }
}
