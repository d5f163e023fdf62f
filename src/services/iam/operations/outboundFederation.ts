/**
 * Whether the account's principals may have tokens for services outside AWS (sts:GetWebIdentityToken), and who signs them.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_EnableOutboundWebIdentityFederation.html and its neighbours.
 */
import { FeatureDisabled, FeatureEnabled } from '../errors.ts';
import type { IamContext } from '../room.ts';
import { accounts } from '../store.ts';

export async function EnableOutboundWebIdentityFederation(ctx: IamContext) {
  const { room, account } = ctx;
  return await room.store.transact(async (tx) => {
    const known = await accounts.get(tx, account);
    if (known?.outboundFederation?.isEnabled) {
      throw new FeatureEnabled('Outbound web identity federation is already enabled for this account.');
    }
    // The account's issuer stays the same: services outside may trust it still.
    const issuer =
      known?.outboundFederation?.issuer ?? `https://${room.ids.uuid()}.tokens.sts.global.api.aws`;
    accounts.put(tx, [account], { ...known, outboundFederation: { issuer, isEnabled: true } });
    return { IssuerIdentifier: issuer };
  });
}

export async function DisableOutboundWebIdentityFederation(ctx: IamContext) {
  const { room, account } = ctx;
  await room.store.transact(async (tx) => {
    const known = await accounts.get(tx, account);
    if (!known?.outboundFederation?.isEnabled) throw disabled();
    const { issuer } = known.outboundFederation;
    accounts.put(tx, [account], { ...known, outboundFederation: { issuer, isEnabled: false } });
  });
  return {};
}

export async function GetOutboundWebIdentityFederationInfo(ctx: IamContext) {
  const known = await accounts.get(ctx.room.store.reader, ctx.account);
  if (!known?.outboundFederation?.isEnabled) throw disabled();
  return { IssuerIdentifier: known.outboundFederation.issuer, JwtVendingEnabled: true };
}

function disabled() {
  return new FeatureDisabled('Outbound web identity federation is not enabled for this account.');
}
