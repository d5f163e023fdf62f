/** What a pool's owner made of the pages: a logo, colours, CSS; terms to agree to. */
import type { HttpResponse } from '../../../kernel/index.ts';
import { cssOf, settingAt } from '../domain/branding.ts';
import { servedCss } from '../domain/hostedCss.ts';
import { limits } from '../limits.ts';
import type { Route, Visit } from '../oauth/visit.ts';
import { brandingOfClient } from '../operations/managedLoginBranding.ts';
import { allClients, imagePath } from '../operations/uiCustomization.ts';
import { type Branding, type BrandingAsset, records, type UiCustomization } from '../store.ts';
import { languages } from './languages/index.ts';
import { languageOf } from './texts.ts';

export interface Brand {
  /** Ready for a style element: nothing in it can end one. */
  css: string;
  /** Addresses; `logoDark` where the browser prefers dark pages. */
  logo?: string;
  logoDark?: string;
  favicon?: string;
}

/** @param clientId absent on pages that belong to no client. */
export async function brandOf(visit: Visit, clientId: string | undefined): Promise<Brand> {
  return visit.domain.managedLoginVersion === 2 ? managed(visit, clientId) : classic(visit, clientId);
}

/** "When an app client doesn't have a style assigned, your managed login pages for that app client are nonfunctional." */
export async function hasPages({ ctx, pool, domain }: Visit, clientId: string): Promise<boolean> {
  if (domain.managedLoginVersion !== 2) return true;
  return records.brandingClients.exists(ctx.room.store, pool.id, clientId);
}

async function classic(visit: Visit, clientId: string | undefined): Promise<Brand> {
  const found = await customizationOf(visit, clientId);
  if (!found) return { css: '' };
  return {
    css: servedCss(found.css ?? ''),
    ...(found.image ? { logo: `${visit.basePath}${imagePath(found)}` } : {}),
  };
}

async function customizationOf(
  { ctx, pool }: Visit,
  clientId: string | undefined,
): Promise<UiCustomization | undefined> {
  const { store } = ctx.room;
  const own =
    clientId === undefined ? undefined : await records.uiCustomizations.get(store, pool.id, clientId);
  return own ?? records.uiCustomizations.get(store, pool.id, allClients);
}

async function managed(visit: Visit, clientId: string | undefined): Promise<Brand> {
  const { ctx, pool, basePath } = visit;
  const { store } = ctx.room;
  const branding = clientId === undefined ? undefined : await brandingOfClient(store, pool.id, clientId);
  if (!branding) return { css: '' };
  const has = async (category: string, modes: readonly string[]): Promise<string | undefined> => {
    for (const mode of modes) {
      const asset = await records.brandingAssets.get(store, pool.id, branding.id, category, mode);
      if (asset?.bytes) return addressOf(basePath, branding, category, mode);
    }
    return undefined;
  };
  const isOn = (path: string) => settingAt(branding.settings, path) !== false;
  const logo = isOn('components.form.logo.enabled')
    ? await has('FORM_LOGO', ['DYNAMIC', 'LIGHT', 'DARK'])
    : undefined;
  const logoDark = logo === undefined ? undefined : await has('FORM_LOGO', ['DARK']);
  const background = isOn('components.pageBackground.image.enabled')
    ? await has('PAGE_BACKGROUND', ['DYNAMIC', 'LIGHT', 'DARK'])
    : undefined;
  const favicon =
    (await has('FAVICON_SVG', ['DYNAMIC', 'LIGHT'])) ?? (await has('FAVICON_ICO', ['DYNAMIC', 'LIGHT']));
  return {
    css:
      cssOf(branding.settings) +
      (background === undefined ? '' : `body{background-image:url("${background}")}`),
    ...(logo === undefined ? {} : { logo }),
    ...(logoDark === undefined ? {} : { logoDark }),
    ...(favicon === undefined ? {} : { favicon }),
  };
}

/** Parts are ids and words of AWS's: nothing to escape. */
function addressOf(basePath: string, { id, modifiedAt }: Branding, category: string, mode: string): string {
  return `${basePath}/assets/style?${new URLSearchParams({ id, category, mode, v: String(modifiedAt) })}`;
}

const types: Readonly<Record<string, string>> = {
  ICO: 'image/x-icon',
  JPEG: 'image/jpeg',
  PNG: 'image/png',
  SVG: 'image/svg+xml',
  WEBP: 'image/webp',
};

/** `/assets/style`: an image of a style of managed login. */
export const getStyleAsset: Route = async ({ ctx, pool, query }) => {
  const [id, category, mode] = ['id', 'category', 'mode'].map((name) => query.get(name) ?? '');
  const asset: BrandingAsset | undefined = await records.brandingAssets.get(
    ctx.room.store,
    pool.id,
    id ?? '',
    category ?? '',
    mode ?? '',
  );
  return image(asset?.bytes, types[asset?.extension ?? '']);
};

/** `/assets/logo`: the logo of the classic hosted UI. */
export const getLogo: Route = async ({ ctx, pool, query }) => {
  const client = query.get('client') ?? allClients;
  const found = await records.uiCustomizations.get(ctx.room.store, pool.id, client);
  return image(found?.image?.bytes, found?.image?.type);
};

/** Opened by itself, an SVG is a page: it may do nothing. */
function image(bytes: Uint8Array | undefined, type: string | undefined): HttpResponse {
  if (!bytes || type === undefined)
    return { status: 404, headers: { 'content-type': 'text/plain' }, body: '' };
  return {
    status: 200,
    headers: {
      'content-type': type,
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
      'cache-control': 'public, max-age=86400',
      'x-content-type-options': 'nosniff',
    },
    body: bytes,
  };
}

/**
 * Links for those who sign up, shown once a client has both documents: "directs users to the terms documents for their
 * current language, with fallback to `default` if no document exists for the language".
 */
export async function termsOf(
  visit: Visit,
  clientId: string,
): Promise<{ use: string; privacy: string } | undefined> {
  const { ctx, pool } = visit;
  const found = await records.terms.values(ctx.room.store, { under: [pool.id], limit: limits.termsMax });
  const language = `cognito:${languages[languageOf(visit)].termsName}`;
  const link = (name: string) => {
    const links = found.find((one) => one.clientId === clientId && one.name === name)?.links;
    return links?.[language] ?? links?.['cognito:default'];
  };
  const [use, privacy] = [link('terms-of-use'), link('privacy-policy')];
  return use === undefined || privacy === undefined ? undefined : { use, privacy };
}
