/** Images of a style of managed login, and of the classic hosted UI: where they are, and what their addresses answer. */
import type { HttpResponse } from '../../../kernel/index.ts';
import { schemeOf } from '../domain/brandCss.ts';
import { limits } from '../limits.ts';
import type { Route, Visit } from '../oauth/visit.ts';
import { allClients } from '../operations/uiCustomization.ts';
import { type Branding, records } from '../store.ts';
import { type Html, html } from './html.ts';

/** Addresses, ready for an attribute once escaped. */
export interface Picture {
  source: string;
  /** In its place where the browser prefers dark pages. */
  dark?: string;
}

/** @returns what finds the images of a category; those that were taken away, or never sent, aren't there. */
export async function picturesOf(
  { ctx, pool, basePath }: Visit,
  branding: Branding,
): Promise<(category: string) => Picture | undefined> {
  const found = await records.brandingAssets.range(ctx.room.store, {
    under: [pool.id, branding.id],
    limit: limits.brandingAssetsMax,
  });
  const places = new Set(found.flatMap(({ key, value }) => (value.bytes ? [`${key[2]} ${key[3]}`] : [])));
  const addressOf = (category: string, mode: string) => {
    const query = new URLSearchParams({ id: branding.id, category, mode, v: String(branding.modifiedAt) });
    return `${basePath}/assets/style?${query}`;
  };
  const scheme = schemeOf(branding.settings);
  return (category) => {
    const first = orders[scheme].find((mode) => places.has(`${category} ${mode}`));
    if (first === undefined) return undefined;
    const hasDark = scheme === 'DYNAMIC' && first !== 'DARK' && places.has(`${category} DARK`);
    return {
      source: addressOf(category, first),
      ...(hasDark ? { dark: addressOf(category, 'DARK') } : {}),
    };
  };
}

/** Whichever comes first is shown; pages that are always dark have no use for what is for light ones. */
const orders = {
  LIGHT: ['LIGHT', 'DYNAMIC'],
  DARK: ['DARK', 'DYNAMIC'],
  DYNAMIC: ['DYNAMIC', 'LIGHT', 'DARK'],
} as const;

/** An image of no meaning of its own: logos stand beside the pool's name. */
export const pictureHtml = ({ source, dark }: Picture, className: string): Html =>
  html`<picture>${dark !== undefined && html`<source srcset="${dark}" media="(prefers-color-scheme: dark)">`}<img class="${className}" src="${source}" alt=""></picture>`;

/** @param property of the style sheet's. Addresses are ids and words of AWS's: nothing to escape. */
export function backgroundCss(property: string, picture: Picture | undefined): string {
  if (!picture) return '';
  const light = `:root{${property}:url("${picture.source}")}`;
  return picture.dark === undefined
    ? light
    : `${light}@media (prefers-color-scheme:dark){:root{${property}:url("${picture.dark}")}}`;
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
  const [id = '', category = '', mode = ''] = ['id', 'category', 'mode'].map((name) => query.get(name) ?? '');
  const asset = await records.brandingAssets.get(ctx.room.store, pool.id, id, category, mode);
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
