/** Styles of managed login: AWS's settings document, the default that Brume gives it, and the CSS that comes of both. https://docs.aws.amazon.com/cognito/latest/developerguide/managed-login-brandingeditor.html */

/** JSON, as AWS's document type has it. */
export type Settings = { readonly [name: string]: Setting };
type Setting = Settings | readonly Setting[] | string | number | boolean | null;

/** What a style says that sets nothing: the parts that the pages honour. Colours are RRGGBBAA. */
export const defaultSettings: Settings = {
  categories: { global: { colorSchemeMode: 'DYNAMIC' } },
  componentClasses: {
    buttons: { borderRadius: 10 },
    input: {
      borderRadius: 9,
      lightMode: { defaults: { borderColor: '76838fff' } },
      darkMode: { defaults: { borderColor: '7d8d9aff' } },
    },
    link: {
      lightMode: { defaults: { textColor: '0b5c8cff' } },
      darkMode: { defaults: { textColor: '7cc4eeff' } },
    },
  },
  components: {
    pageBackground: {
      lightMode: { color: 'e9eef2ff' },
      darkMode: { color: '0f161cff' },
      image: { enabled: true },
    },
    form: {
      borderRadius: 14,
      lightMode: { backgroundColor: 'ffffffff' },
      darkMode: { backgroundColor: '17212aff' },
      logo: { enabled: true },
    },
    pageText: {
      lightMode: { headingColor: '17212bff', bodyColor: '17212bff', descriptionColor: '4c5a67ff' },
      darkMode: { headingColor: 'e8eef3ff', bodyColor: 'e8eef3ff', descriptionColor: 'a9b8c4ff' },
    },
    primaryButton: {
      lightMode: {
        defaults: { backgroundColor: '0b5c8cff', textColor: 'ffffffff' },
        hover: { backgroundColor: '084a71ff' },
      },
      darkMode: {
        defaults: { backgroundColor: '7cc4eeff', textColor: '06202fff' },
        hover: { backgroundColor: 'a5d8f5ff' },
      },
    },
  },
};

/** A style's settings over the default: objects are merged, all else takes the default's place. */
export function merged(base: Settings, over: Settings): Settings {
  const all: Record<string, Setting> = { ...base };
  for (const [name, value] of Object.entries(over)) {
    const known = Object.hasOwn(base, name) ? base[name] : undefined;
    all[name] = isSettings(known) && isSettings(value) ? merged(known, value) : value;
  }
  return all;
}

const isSettings = (value: Setting | undefined): value is Settings =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** @param path `components.form.logo.enabled`. */
export function settingAt(settings: Settings, path: string): Setting | undefined {
  let at: Setting | undefined = settings;
  for (const name of path.split('.')) {
    if (!isSettings(at) || !Object.hasOwn(at, name)) return undefined;
    at = at[name];
  }
  return at;
}

/** Which setting is which of the style sheet's custom properties; MODE is lightMode or darkMode. */
const colors: Readonly<Record<string, string>> = {
  'components.pageBackground.MODE.color': '--ground',
  'components.form.MODE.backgroundColor': '--card',
  'components.pageText.MODE.headingColor': '--heading',
  'components.pageText.MODE.bodyColor': '--ink',
  'components.pageText.MODE.descriptionColor': '--quiet',
  'componentClasses.input.MODE.defaults.borderColor': '--line',
  'componentClasses.link.MODE.defaults.textColor': '--accent',
  'components.primaryButton.MODE.defaults.backgroundColor': '--button',
  'components.primaryButton.MODE.defaults.textColor': '--button-ink',
  'components.primaryButton.MODE.hover.backgroundColor': '--button-strong',
};

const radii: Readonly<Record<string, string>> = {
  'components.form.borderRadius': '--radius',
  'componentClasses.buttons.borderRadius': '--button-radius',
  'componentClasses.input.borderRadius': '--input-radius',
};

/** Declarations of custom properties. Nothing of a document gets in but colours and numbers. */
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
  // Whoever chose a colour for the page wants no other one fading into it.
  const ground =
    settingAt(settings, 'components.pageBackground') === undefined ? [] : ['--ground-2:var(--ground)'];
  const mode = settingAt(all, 'categories.global.colorSchemeMode');
  const root = (scheme: string, declarations: readonly string[]) =>
    `:root{color-scheme:${scheme};${declarations.join(';')}}`;
  const light = [...shapes, ...block('lightMode'), ...ground];
  const dark = [...shapes, ...block('darkMode'), ...ground];
  if (mode === 'LIGHT') return lightOnly + root('light', light);
  if (mode === 'DARK') return darkAlways + root('dark', dark);
  return `${root('light dark', light)}@media (prefers-color-scheme:dark){${root('light dark', dark)}}`;
}

/** What the style sheet has besides, said again without asking what the browser prefers. */
const lightOnly =
  ':root{--ground-2:#d5dfe8;--bad:#a1201b;--bad-ground:#fdecea;--good:#14603a;--good-ground:#e6f4ec}';
const darkAlways =
  ':root{--ground-2:#1b2731;--bad:#ffb4ab;--bad-ground:#3d1a18;--good:#9bdcb8;--good-ground:#123324}';
