/** Logo and CSS of the classic hosted UI. https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_SetUICustomization.html */
import { createHash } from 'node:crypto';
import { checkCss } from '../domain/hostedCss.ts';
import { InvalidParameterException } from '../errors.ts';
import { type Context, clientOf, poolOf } from '../room.ts';
import { type Pool, records, type UiCustomization } from '../store.ts';

/** In place of a client's id: all clients that have nothing of their own. */
export const allClients = 'ALL';

interface Named {
  UserPoolId: string;
  ClientId?: string;
}

export async function SetUICustomization(
  ctx: Context,
  input: Named & { CSS?: string; ImageFile?: Uint8Array },
) {
  const pool = await poolOf(ctx, input.UserPoolId);
  const clientId = input.ClientId ?? allClients;
  if (clientId !== allClients) await clientOf(ctx, pool, clientId);
  const { CSS: css, ImageFile: file } = input;
  if (css !== undefined) checkCss(css);
  const image = file && { type: imageType(file), bytes: file };
  const set = await ctx.room.store.transact(async (tx) => {
    const domains = await records.poolDomains.values(tx, { under: [pool.id], limit: 1 });
    if (domains.length === 0) {
      throw new InvalidParameterException(
        'There has to be an existing domain associated with this user pool',
      );
    }
    const known = await records.uiCustomizations.get(tx, pool.id, clientId);
    const customization: UiCustomization = {
      clientId,
      // What isn't sent stays as it is.
      ...(known?.css === undefined ? {} : { css: known.css }),
      ...(css === undefined ? {} : { css }),
      ...(known?.image ? { image: known.image } : {}),
      ...(image ? { image } : {}),
      createdAt: known?.createdAt ?? ctx.now,
      modifiedAt: ctx.now,
    };
    records.uiCustomizations.put(tx, [pool.id, clientId], customization);
    return customization;
  });
  return { UICustomization: await describe(ctx, pool, set) };
}

/** A client's own, else the pool's; nothing where there is neither. */
export async function GetUICustomization(ctx: Context, input: Named) {
  const pool = await poolOf(ctx, input.UserPoolId);
  const { store } = ctx.room;
  const own =
    input.ClientId === undefined
      ? undefined
      : await records.uiCustomizations.get(store, pool.id, input.ClientId);
  const found = own ?? (await records.uiCustomizations.get(store, pool.id, allClients));
  return { UICustomization: found ? await describe(ctx, pool, found) : {} };
}

async function describe(ctx: Context, pool: Pool, set: UiCustomization) {
  const [domain] = await records.poolDomains.values(ctx.room.store, { under: [pool.id], limit: 1 });
  return {
    UserPoolId: pool.id,
    ClientId: set.clientId,
    ...(set.image && domain !== undefined
      ? { ImageUrl: `${ctx.room.endpoint}/_aws/auth/${pool.region}/${domain}${imagePath(set)}` }
      : {}),
    ...(set.css === undefined ? {} : { CSS: set.css }),
    CSSVersion: new Date(set.modifiedAt).toISOString().replace(/\D/g, '').slice(0, 14),
    LastModifiedDate: new Date(set.modifiedAt),
    CreationDate: new Date(set.createdAt),
  };
}

/** Where the pages find the logo; another image has another address, so that browsers may keep it. */
export function imagePath({ clientId, image }: UiCustomization): string {
  const hash = createHash('sha256')
    .update(image?.bytes ?? '')
    .digest('hex')
    .slice(0, 16);
  return `/assets/logo?${new URLSearchParams({ client: clientId, v: hash })}`;
}

/** "PNG, JPG or JPEG": by what the file is, whatever it was called. @throws InvalidParameterException */
function imageType(file: Uint8Array): string {
  const head = Buffer.from(file.subarray(0, 8)).toString('hex');
  if (head === '89504e470d0a1a0a') return 'image/png';
  if (head.startsWith('ffd8ff')) return 'image/jpeg';
  throw new InvalidParameterException('The image must be a PNG, JPG or JPEG file.');
}
