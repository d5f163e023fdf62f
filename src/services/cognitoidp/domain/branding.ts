/** Styles of managed login: AWS's settings document, and the default that Brume gives it. https://docs.aws.amazon.com/cognito/latest/developerguide/managed-login-brandingeditor.html */

/** JSON, as AWS's document type has it. */
export type Settings = { readonly [name: string]: Setting };
type Setting = Settings | readonly Setting[] | string | number | boolean | null;

/** What a style says that sets nothing: the parts that the pages honour. Colours are RRGGBBAA. */
export const defaultSettings: Settings = {
  categories: {
    form: { displayGraphics: true, location: { horizontal: 'CENTER', vertical: 'CENTER' } },
    global: {
      colorSchemeMode: 'DYNAMIC',
      pageHeader: { enabled: false },
      pageFooter: { enabled: false },
      spacingDensity: 'REGULAR',
    },
  },
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
