/** Claims as principal tags. https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_SetPrincipalTagAttributeMap.html */
import { type Context, poolOf } from '../room.ts';
import { records, type TagMap } from '../store.ts';

interface Named {
  IdentityPoolId: string;
  IdentityProviderName: string;
}

export async function SetPrincipalTagAttributeMap(
  ctx: Context,
  input: Named & { UseDefaults?: boolean; PrincipalTags?: Record<string, string> },
) {
  const { IdentityPoolId: poolId, IdentityProviderName: provider } = input;
  const map: TagMap = { useDefaults: input.UseDefaults ?? false, principalTags: input.PrincipalTags ?? {} };
  await ctx.room.store.transact(async (tx) => {
    await poolOf(ctx, poolId, tx);
    records.tagMaps.put(tx, [poolId, provider], map);
  });
  return describe(input, map);
}

export async function GetPrincipalTagAttributeMap(ctx: Context, input: Named) {
  const { id } = await poolOf(ctx, input.IdentityPoolId);
  return describe(input, await records.tagMaps.get(ctx.room.store, id, input.IdentityProviderName));
}

function describe({ IdentityPoolId, IdentityProviderName }: Named, map: TagMap | undefined) {
  return {
    IdentityPoolId,
    IdentityProviderName,
    UseDefaults: map?.useDefaults ?? false,
    PrincipalTags: map?.principalTags ?? {},
  };
}
