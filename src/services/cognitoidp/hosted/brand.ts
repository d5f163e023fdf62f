/** What a pool's owner made of the pages: a logo, colours, CSS, where things stand; terms to agree to. */
import { cssOf, lightOnly } from '../domain/brandCss.ts';
import { settingAt } from '../domain/branding.ts';
import { servedCss } from '../domain/hostedCss.ts';
import { limits } from '../limits.ts';
import type { Visit } from '../oauth/visit.ts';
import { brandingOfClient } from '../operations/managedLoginBranding.ts';
import { allClients, imagePath } from '../operations/uiCustomization.ts';
import { records, type UiCustomization } from '../store.ts';
import { backgroundCss, type Picture, picturesOf } from './brandImages.ts';
import type { GraphicName } from './graphics.ts';
import { languages } from './languages/index.ts';
import { languageOf } from './texts.ts';

export interface Brand {
  /** Ready for a style element: nothing in it can end one. */
  css: string;
  logo?: Picture | undefined;
  /** The logo below the form, or outside of it, rather than at its head. */
  logoPlace?: 'below' | 'outside' | 'outsideBelow';
  /** A bar above or below everything, with or without a logo in it. */
  header?: { logo?: Picture | undefined };
  footer?: { logo?: Picture | undefined };
  /** The address of the icon. */
  favicon?: string | undefined;
  /** What stands over pages that ask for a code, a password or a passkey; nothing where the owner wants none. */
  graphics?: (name: GraphicName) => Picture | 'ours';
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

/** Colours of an owner's CSS are meant for AWS's classic pages, which are always light. */
async function classic(visit: Visit, clientId: string | undefined): Promise<Brand> {
  const found = await customizationOf(visit, clientId);
  if (!found) return { css: '' };
  const css = servedCss(found.css ?? '');
  return {
    css: css === '' ? '' : lightOnly + css,
    ...(found.image ? { logo: { source: `${visit.basePath}${imagePath(found)}` } } : {}),
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
  const { ctx, pool } = visit;
  const { store } = ctx.room;
  const branding = clientId === undefined ? undefined : await brandingOfClient(store, pool.id, clientId);
  if (!branding) return { css: '', graphics: () => 'ours' };
  const { settings } = branding;
  const pictures = await picturesOf(visit, branding);
  const is = (path: string, value: unknown) => settingAt(settings, path) === value;
  /** Images that were sent are shown unless the settings say otherwise. */
  const shown = (category: string, component: string) =>
    is(`components.${component}.enabled`, false) ? undefined : pictures(category);
  const bar = (name: string, word: string) =>
    is(`categories.global.page${name}.enabled`, true)
      ? { logo: shown(`PAGE_${word}_LOGO`, `page${name}.logo`) }
      : undefined;
  const [header, footer] = [bar('Header', 'HEADER'), bar('Footer', 'FOOTER')];
  const types = settingAt(settings, 'components.favicon.enabledTypes');
  const icon = ['SVG', 'ICO'].find(
    (type) => (!Array.isArray(types) || types.includes(type)) && pictures(`FAVICON_${type}`),
  );
  const isBelow = is('components.form.logo.position', 'BOTTOM');
  const isOutside = is('components.form.logo.formInclusion', 'OUT');
  return {
    css: [
      cssOf(settings),
      backgroundCss('--ground-image', shown('PAGE_BACKGROUND', 'pageBackground.image')),
      backgroundCss('--card-image', shown('FORM_BACKGROUND', 'form.backgroundImage')),
      backgroundCss('--header-image', shown('PAGE_HEADER_BACKGROUND', 'pageHeader.backgroundImage')),
      backgroundCss('--footer-image', shown('PAGE_FOOTER_BACKGROUND', 'pageFooter.backgroundImage')),
    ].join(''),
    logo: shown('FORM_LOGO', 'form.logo'),
    ...(isOutside
      ? { logoPlace: isBelow ? 'outsideBelow' : 'outside' }
      : isBelow
        ? { logoPlace: 'below' }
        : {}),
    ...(header ? { header } : {}),
    ...(footer ? { footer } : {}),
    favicon: icon === undefined ? undefined : pictures(`FAVICON_${icon}`)?.source,
    ...(is('categories.form.displayGraphics', false)
      ? {}
      : { graphics: (name) => pictures(`${name}_GRAPHIC`) ?? 'ours' }),
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
