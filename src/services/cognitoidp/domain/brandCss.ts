/** The CSS that comes of a style of managed login. https://docs.aws.amazon.com/cognito/latest/developerguide/managed-login-brandingeditor.html */
import { defaultSettings, merged, type Settings, settingAt } from './branding.ts';

/** Which setting is which of the style sheet's custom properties; MODE is lightMode or darkMode. */
const colors: Readonly<Record<string, string>> = {
  'componentClasses.divider.MODE.borderColor': '--divider',
  'componentClasses.focusState.MODE.borderColor': '--focus',
  'componentClasses.input.MODE.defaults.backgroundColor': '--input',
  'componentClasses.input.MODE.defaults.borderColor': '--line',
  'componentClasses.inputDescription.MODE.textColor': '--hint',
  'componentClasses.inputLabel.MODE.textColor': '--label',
  'componentClasses.link.MODE.defaults.textColor': '--accent',
  'componentClasses.link.MODE.hover.textColor': '--accent-strong',
  'componentClasses.optionControls.MODE.defaults.backgroundColor': '--option',
  'componentClasses.optionControls.MODE.defaults.borderColor': '--option-line',
  'componentClasses.optionControls.MODE.selected.backgroundColor': '--selected',
  'components.alert.MODE.error.backgroundColor': '--bad-ground',
  'components.alert.MODE.error.borderColor': '--bad-line',
  'components.form.MODE.backgroundColor': '--card',
  'components.form.MODE.borderColor': '--card-line',
  'components.idpButton.standard.MODE.defaults.backgroundColor': '--idp',
  'components.idpButton.standard.MODE.defaults.borderColor': '--idp-line',
  'components.idpButton.standard.MODE.defaults.textColor': '--idp-ink',
  'components.idpButton.standard.MODE.hover.backgroundColor': '--idp-strong',
  'components.idpButton.standard.MODE.hover.borderColor': '--idp-line-strong',
  'components.idpButton.standard.MODE.hover.textColor': '--idp-ink-strong',
  'components.pageBackground.MODE.color': '--ground',
  'components.pageFooter.MODE.background.color': '--footer',
  'components.pageFooter.MODE.borderColor': '--footer-line',
  'components.pageHeader.MODE.background.color': '--header',
  'components.pageHeader.MODE.borderColor': '--header-line',
  'components.pageText.MODE.headingColor': '--heading',
  'components.pageText.MODE.bodyColor': '--ink',
  'components.pageText.MODE.descriptionColor': '--quiet',
  'components.primaryButton.MODE.defaults.backgroundColor': '--button',
  'components.primaryButton.MODE.defaults.borderColor': '--button-line',
  'components.primaryButton.MODE.defaults.textColor': '--button-ink',
  'components.primaryButton.MODE.hover.backgroundColor': '--button-strong',
  'components.primaryButton.MODE.hover.borderColor': '--button-line-strong',
  'components.primaryButton.MODE.hover.textColor': '--button-ink-strong',
  'components.primaryButton.MODE.active.backgroundColor': '--button-active',
  'components.secondaryButton.MODE.defaults.backgroundColor': '--plain',
  'components.secondaryButton.MODE.defaults.borderColor': '--plain-line',
  'components.secondaryButton.MODE.defaults.textColor': '--plain-ink',
  'components.secondaryButton.MODE.hover.backgroundColor': '--plain-strong',
  'components.secondaryButton.MODE.hover.borderColor': '--plain-line-strong',
  'components.secondaryButton.MODE.hover.textColor': '--plain-ink-strong',
};

const radii: Readonly<Record<string, string>> = {
  'components.alert.borderRadius': '--alert-radius',
  'components.form.borderRadius': '--radius',
  'componentClasses.buttons.borderRadius': '--button-radius',
  'componentClasses.input.borderRadius': '--input-radius',
};

/** Words of AWS's and what they are in CSS. */
const places: Readonly<Record<string, string>> = { START: 'start', CENTER: 'center', END: 'end' };
const densities: Readonly<Record<string, string>> = { COMPACT: '0.75', REGULAR: '1', SPACIOUS: '1.25' };
const words: readonly [path: string, name: string, values: Readonly<Record<string, string>>][] = [
  ['categories.form.location.horizontal', '--across', places],
  ['categories.form.location.vertical', '--down', places],
  ['categories.global.spacingDensity', '--density', densities],
  ['components.form.logo.location', '--logo-place', places],
  ['components.pageHeader.logo.location', '--header-place', places],
  ['components.pageFooter.logo.location', '--footer-place', places],
];

/** Declarations of custom properties. Nothing of a document gets in but colours, numbers and words of this file's. */
export function cssOf(settings: Settings): string {
  const all = merged(defaultSettings, settings);
  const block = (mode: string) =>
    Object.entries(colors).flatMap(([path, name]) => {
      const value = settingAt(all, path.replace('MODE', mode));
      return typeof value === 'string' && /^[0-9a-f]{8}$/i.test(value) ? [`${name}:#${value}`] : [];
    });
  const shapes = Object.entries(radii).flatMap(([path, name]) => {
    const value = settingAt(all, path);
    return typeof value === 'number' && value >= 0 && value <= 100 ? [`${name}:${value}px`] : [];
  });
  for (const [path, name, values] of words) {
    const value = settingAt(all, path);
    if (typeof value === 'string' && Object.hasOwn(values, value)) shapes.push(`${name}:${values[value]}`);
  }
  // Whoever chose a colour for the page wants no other one fading into it.
  const ground =
    settingAt(settings, 'components.pageBackground') === undefined ? [] : ['--ground-2:var(--ground)'];
  const root = (scheme: string, declarations: readonly string[]) =>
    `:root{color-scheme:${scheme};${declarations.join(';')}}`;
  const light = [...shapes, ...block('lightMode'), ...ground];
  const dark = [...shapes, ...block('darkMode'), ...ground];
  const mode = schemeOf(settings);
  if (mode === 'LIGHT') return lightOnly + root('light', light);
  if (mode === 'DARK') return darkAlways + root('dark', dark);
  return `${root('light dark', light)}@media (prefers-color-scheme:dark){${root('light dark', dark)}}`;
}

/** Which of both modes the pages have: one always, or the one that the browser prefers. */
export function schemeOf(settings: Settings): 'LIGHT' | 'DARK' | 'DYNAMIC' {
  const mode = settingAt(merged(defaultSettings, settings), 'categories.global.colorSchemeMode');
  return mode === 'LIGHT' || mode === 'DARK' ? mode : 'DYNAMIC';
}

/** What the style sheet has besides, said again without asking what the browser prefers. */
export const lightOnly =
  ':root{color-scheme:light;--ground:#e9eef2;--ground-2:#d5dfe8;--card:#fff;--ink:#17212b;--quiet:#4c5a67;--line:#76838f;--heading:#17212b;--accent:#0b5c8c;--button:#0b5c8c;--button-ink:#fff;--button-strong:#084a71;--bad:#a1201b;--bad-ground:#fdecea;--good:#14603a;--good-ground:#e6f4ec}';
const darkAlways =
  ':root{--ground-2:#1b2731;--bad:#ffb4ab;--bad-ground:#3d1a18;--good:#9bdcb8;--good-ground:#123324}';
