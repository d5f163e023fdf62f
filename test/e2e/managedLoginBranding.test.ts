/** What owners of pools make of their pages: CSS and a logo of the classic hosted UI, styles of managed login, terms. */
import {
  type AssetCategoryType,
  CognitoIdentityProviderClient,
  type ColorSchemeModeType,
  CreateIdentityProviderCommand,
  CreateManagedLoginBrandingCommand,
  CreateTermsCommand,
  CreateUserPoolCommand,
  CreateUserPoolDomainCommand,
  DeleteManagedLoginBrandingCommand,
  DeleteTermsCommand,
  DescribeManagedLoginBrandingByClientCommand,
  DescribeManagedLoginBrandingCommand,
  DescribeTermsByClientCommand,
  DescribeTermsCommand,
  GetUICustomizationCommand,
  ListTermsCommand,
  SetUICustomizationCommand,
  UpdateManagedLoginBrandingCommand,
  UpdateTermsCommand,
  UpdateUserPoolClientCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';
import { callback, makeCodeClient } from './support/hostedUi.ts';

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
let sites = 0;
let cloud: Cloud;
let cognito: CognitoIdentityProviderClient;

beforeAll(async () => {
  cloud = await startCloud({ iam: 'enforce' });
  cognito = new CognitoIdentityProviderClient(cloud.clientConfig);
});
afterAll(async () => {
  cognito.destroy();
  await cloud.close();
});

async function makeSite(Domain: string, ManagedLoginVersion: number) {
  const { UserPool } = await cognito.send(new CreateUserPoolCommand({ PoolName: Domain }));
  const UserPoolId = UserPool?.Id ?? '';
  await cognito.send(new CreateUserPoolDomainCommand({ UserPoolId, Domain, ManagedLoginVersion }));
  const { ClientId, query } = await makeCodeClient(cognito, UserPoolId);
  const page = async (path = '/login') => {
    const response = await fetch(`${cloud.endpoint}/_aws/auth/us-east-1/${Domain}${path}?${query}`);
    return { status: response.status, text: await response.text() };
  };
  return { UserPoolId, ClientId, page };
}

/** The address of an image on a page. */
const sourceOf = (page: string) =>
  new URL(/<img[^>]*src="([^"]*)"/.exec(page)?.[1]?.replaceAll('&amp;', '&') ?? '', cloud.endpoint).href;

describe('the classic hosted UI', () => {
  it('wears the CSS and the logo of the pool, or of the client', async () => {
    const { UserPoolId, ClientId, page } = await makeSite('classic', 1);
    expect((await cognito.send(new GetUICustomizationCommand({ UserPoolId }))).UICustomization).toEqual({});
    const CSS = '.submitButton-customizable { background-color: #ff8800; } /* </style> */';
    const { UICustomization } = await cognito.send(
      new SetUICustomizationCommand({
        UserPoolId,
        CSS: '.label-customizable:hover{color:#123}',
        ImageFile: png,
      }),
    );
    expect(UICustomization).toMatchObject({ UserPoolId, ClientId: 'ALL' });
    expect(Buffer.from(await (await fetch(UICustomization?.ImageUrl ?? '')).arrayBuffer()).equals(png)).toBe(
      true,
    );
    const shown = (await page()).text;
    expect(shown).toContain('.label-customizable:hover{color:#123}');
    const image = await fetch(sourceOf(shown));
    expect(image.headers.get('content-type')).toBe('image/png');
    await cognito.send(new SetUICustomizationCommand({ UserPoolId, ClientId, CSS }));
    const own = (await page()).text;
    expect(own).toContain('background-color: #ff8800');
    expect(own.match(/<\/style>/g)).toHaveLength(1);
  });

  it('has an element for the classes of its template, and stays light under an owner’s colours', async () => {
    const { UserPoolId, ClientId, page } = await makeSite('template', 1);
    const bare = (await page()).text;
    expect(bare).toContain('<main class="background-customizable">');
    expect(bare).not.toContain('<div class="banner-customizable">');
    expect(bare).toMatch(
      /<input class="[^"]*submitButton-customizable"[^>]* name="signInSubmitButton" value="Sign in">/,
    );
    for (const [name, ProviderType, ProviderDetails] of [
      ['Google', 'Google', { client_id: 'a', client_secret: 'b', authorize_scopes: 'openid' }],
      [
        'Corp',
        'OIDC',
        {
          client_id: 'a',
          client_secret: 'b',
          authorize_scopes: 'openid',
          attributes_request_method: 'GET',
          oidc_issuer: 'https://corp.example.com',
          authorize_url: 'https://corp.example.com/a',
          token_url: 'https://corp.example.com/t',
          attributes_url: 'https://corp.example.com/u',
          jwks_uri: 'https://corp.example.com/k',
        },
      ],
    ] as const) {
      await cognito.send(
        new CreateIdentityProviderCommand({ UserPoolId, ProviderName: name, ProviderType, ProviderDetails }),
      );
    }
    await cognito.send(
      new UpdateUserPoolClientCommand({
        UserPoolId,
        ClientId,
        AllowedOAuthFlowsUserPoolClient: true,
        AllowedOAuthFlows: ['code'],
        AllowedOAuthScopes: ['openid'],
        CallbackURLs: [callback],
        SupportedIdentityProviders: ['COGNITO', 'Google', 'Corp'],
      }),
    );
    const CSS = '.banner-customizable { padding: 25px 0px 25px 0px; background-color: lightgray; }';
    await cognito.send(new SetUICustomizationCommand({ UserPoolId, CSS }));
    const { text } = await page();
    expect(text).toContain('<div class="banner-customizable">');
    expect(text).toMatch(/:root\{color-scheme:light;[^}]*\}\.banner-customizable/);
    expect(text).toMatch(/class="button socialButton-customizable"[^>]*>Continue with Google</);
    expect(text).toMatch(/class="button idpButton-customizable"[^>]*>Continue with Corp</);
  });

  it.each([
    'body { color: red }',
    '.label-customizable { background: url(https://evil.example) }',
    '@import "https://evil.example";',
    '.label-customizable { color: red } </style><script>alert(1)</script>',
    '.label-customizable { color: red',
    '.label-customizable .logo-customizable { color: red }',
    '.la\\62 el-customizable { color: red }',
  ])('refuses %j', async (CSS) => {
    const { UserPoolId } = await makeSite(`css-${++sites}`, 1);
    await expect(cognito.send(new SetUICustomizationCommand({ UserPoolId, CSS }))).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
  });

  it('wants a domain, and images that are images', async () => {
    const { UserPool } = await cognito.send(new CreateUserPoolCommand({ PoolName: 'bare' }));
    const bare = cognito.send(new SetUICustomizationCommand({ UserPoolId: UserPool?.Id, CSS: '' }));
    await expect(bare).rejects.toMatchObject({
      message: 'There has to be an existing domain associated with this user pool',
    });
    const { UserPoolId } = await makeSite('images', 1);
    const ImageFile = Buffer.from('<svg onload="alert(1)"/>');
    await expect(
      cognito.send(new SetUICustomizationCommand({ UserPoolId, ImageFile })),
    ).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
  });
});

describe('styles of managed login', () => {
  it('are made, shown, changed and taken away', async () => {
    const { UserPoolId, ClientId, page } = await makeSite('styled', 2);
    const bare = await page();
    expect(bare.text).toContain('Login pages unavailable. Please contact an administrator.');
    const { ManagedLoginBranding: made } = await cognito.send(
      new CreateManagedLoginBrandingCommand({
        UserPoolId,
        ClientId,
        Settings: {
          components: { primaryButton: { lightMode: { defaults: { backgroundColor: '8a2be2ff' } } } },
          categories: { global: { colorSchemeMode: 'LIGHT' } },
        },
        Assets: [{ Category: 'FORM_LOGO', ColorMode: 'LIGHT', Extension: 'PNG', Bytes: png }],
      }),
    );
    const ManagedLoginBrandingId = made?.ManagedLoginBrandingId;
    expect(made).toMatchObject({ UserPoolId, UseCognitoProvidedValues: false });
    await expect(
      cognito.send(
        new CreateManagedLoginBrandingCommand({ UserPoolId, ClientId, UseCognitoProvidedValues: true }),
      ),
    ).rejects.toMatchObject({ name: 'ManagedLoginBrandingExistsException' });
    const shown = (await page()).text;
    expect(shown).toContain('--button:#8a2be2ff');
    expect(Buffer.from(await (await fetch(sourceOf(shown))).arrayBuffer()).equals(png)).toBe(true);
    await cognito.send(
      new UpdateManagedLoginBrandingCommand({
        UserPoolId,
        ManagedLoginBrandingId,
        Settings: {
          components: {
            pageBackground: { lightMode: { color: 'red;}</style><script>' } },
            form: { borderRadius: 3 },
          },
        },
      }),
    );
    const changed = (await page()).text;
    expect(changed).toContain('--radius:3px');
    expect(changed).toContain('--button:#8a2be2ff');
    expect(changed).not.toContain('<script');
    const described = await cognito.send(
      new DescribeManagedLoginBrandingByClientCommand({ UserPoolId, ClientId, ReturnMergedResources: true }),
    );
    expect(described.ManagedLoginBranding?.Settings).toMatchObject({
      componentClasses: { buttons: { borderRadius: 10 } },
      components: { form: { borderRadius: 3 } },
    });
    expect(Buffer.from(described.ManagedLoginBranding?.Assets?.[0]?.Bytes ?? []).equals(png)).toBe(true);
    const { ManagedLoginBranding: plain } = await cognito.send(
      new UpdateManagedLoginBrandingCommand({
        UserPoolId,
        ManagedLoginBrandingId,
        UseCognitoProvidedValues: true,
      }),
    );
    // Settings that nobody made aren't shown; an empty list of assets is.
    expect(plain).toMatchObject({ UseCognitoProvidedValues: true, Assets: [] });
    expect(plain).not.toHaveProperty('Settings');
    await cognito.send(new DeleteManagedLoginBrandingCommand({ UserPoolId, ManagedLoginBrandingId }));
    await expect(
      cognito.send(new DescribeManagedLoginBrandingCommand({ UserPoolId, ManagedLoginBrandingId })),
    ).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it('place what they have where they say: bars, logos, the form, drawings', async () => {
    const { UserPoolId, ClientId, page } = await makeSite('placed', 2);
    const image = (Category: AssetCategoryType, ColorMode: ColorSchemeModeType) => ({
      Category,
      ColorMode,
      Extension: 'PNG' as const,
      Bytes: png,
    });
    const { ManagedLoginBranding: made } = await cognito.send(
      new CreateManagedLoginBrandingCommand({
        UserPoolId,
        ClientId,
        Settings: {
          categories: {
            form: { location: { horizontal: 'END', vertical: 'START' } },
            global: {
              pageHeader: { enabled: true },
              pageFooter: { enabled: true },
              spacingDensity: 'COMPACT',
            },
          },
          components: {
            form: { logo: { formInclusion: 'OUT', location: 'START' } },
            favicon: { enabledTypes: ['ICO'] },
            pageHeader: { lightMode: { background: { color: '102030ff' } }, logo: { location: 'END' } },
            pageFooter: { logo: { enabled: false } },
            idpButton: { standard: { darkMode: { hover: { textColor: 'abcdefff' } } } },
          },
        },
        Assets: [
          image('FORM_LOGO', 'LIGHT'),
          image('FORM_LOGO', 'DARK'),
          image('PAGE_HEADER_LOGO', 'DYNAMIC'),
          image('PAGE_FOOTER_LOGO', 'DYNAMIC'),
          image('PAGE_BACKGROUND', 'LIGHT'),
          image('PAGE_BACKGROUND', 'DARK'),
          image('FAVICON_ICO', 'LIGHT'),
          image('FAVICON_SVG', 'LIGHT'),
          image('PASSWORD_GRAPHIC', 'LIGHT'),
        ],
      }),
    );
    const { text } = await page();
    for (const declaration of [
      '--across:end',
      '--down:start',
      '--density:0.75',
      '--logo-place:start',
      '--header-place:end',
      '--header:#102030ff',
      '--idp-ink-strong:#abcdefff',
    ]) {
      expect(text).toContain(declaration);
    }
    const addresses = (part: string) =>
      [...part.matchAll(/category=(\w+)&(?:amp;)?mode=(\w+)/g)].map(
        ([, category, mode]) => `${category} ${mode}`,
      );
    const [head = '', body = ''] = text.split('</head>');
    expect(addresses(head)).toEqual(['FAVICON_ICO LIGHT', 'PAGE_BACKGROUND LIGHT', 'PAGE_BACKGROUND DARK']);
    const [before = '', after = ''] = body.split('<main');
    expect(addresses(before)).toEqual(['PAGE_HEADER_LOGO DYNAMIC', 'FORM_LOGO DARK', 'FORM_LOGO LIGHT']);
    expect(addresses(after)).toEqual([]);
    expect(after).toContain('class="bar footer"');

    // The owner's drawing in place of ours, and none where the owner wants none.
    const forgotten = (await page('/forgotPassword')).text;
    expect(addresses(forgotten)).toContain('PASSWORD_GRAPHIC LIGHT');
    expect((await page('/confirmUser')).text).toContain('class="graphic drawing"');
    await cognito.send(
      new UpdateManagedLoginBrandingCommand({
        UserPoolId,
        ManagedLoginBrandingId: made?.ManagedLoginBrandingId,
        Settings: { categories: { form: { displayGraphics: false }, global: { colorSchemeMode: 'DARK' } } },
      }),
    );
    expect((await page('/forgotPassword')).text).not.toContain('class="graphic');
    expect((await page('/confirmUser')).text).not.toContain('class="graphic');
    // Pages that are always dark have no other image.
    expect(addresses((await page()).text)).not.toContain('PAGE_BACKGROUND LIGHT');
  });

  it('are not for pools of the plan Lite', async () => {
    const { UserPool } = await cognito.send(
      new CreateUserPoolCommand({ PoolName: 'lite', UserPoolTier: 'LITE' }),
    );
    await expect(
      cognito.send(
        new CreateUserPoolDomainCommand({ UserPoolId: UserPool?.Id, Domain: 'lite', ManagedLoginVersion: 2 }),
      ),
    ).rejects.toMatchObject({ name: 'FeatureUnavailableInTierException' });
  });
});

it('shows terms once a client has both documents', async () => {
  const { UserPoolId, ClientId, page } = await makeSite('terms', 1);
  const make = (TermsName: string, url: string) =>
    cognito.send(
      new CreateTermsCommand({
        UserPoolId,
        ClientId,
        TermsName,
        TermsSource: 'LINK',
        Enforcement: 'NONE',
        Links: { 'cognito:default': url },
      }),
    );
  const { Terms } = await make('terms-of-use', 'https://example.com/terms?a=1&b=2');
  const TermsId = Terms?.TermsId;
  expect((await page('/signup')).text).not.toContain('example.com');
  await make('privacy-policy', 'https://example.com/privacy');
  await expect(make('privacy-policy', 'https://example.com/x')).rejects.toMatchObject({
    name: 'TermsExistsException',
  });
  await expect(make('terms-of-use', 'javascript:alert(1)')).rejects.toMatchObject({
    name: 'InvalidParameterException',
  });
  expect((await page('/signup')).text).toContain('href="https://example.com/terms?a=1&amp;b=2"');
  await cognito.send(
    new UpdateTermsCommand({ UserPoolId, TermsId, Links: { 'cognito:default': 'https://example.com/new' } }),
  );
  expect((await cognito.send(new DescribeTermsCommand({ UserPoolId, TermsId }))).Terms?.Links).toEqual({
    'cognito:default': 'https://example.com/new',
  });
  const byClient = (TermsName: string) =>
    cognito.send(new DescribeTermsByClientCommand({ UserPoolId, ClientId, TermsName }));
  expect((await byClient('terms-of-use')).Terms?.TermsId).toBe(TermsId);
  await expect(byClient('other')).rejects.toMatchObject({ name: 'InvalidParameterException' });
  const listed = await cognito.send(new ListTermsCommand({ UserPoolId, MaxResults: 1 }));
  const rest = await cognito.send(new ListTermsCommand({ UserPoolId, NextToken: listed.NextToken }));
  expect([...(listed.Terms ?? []), ...(rest.Terms ?? [])].map(({ TermsName }) => TermsName).sort()).toEqual([
    'privacy-policy',
    'terms-of-use',
  ]);
  await cognito.send(new DeleteTermsCommand({ UserPoolId, TermsId }));
  await expect(byClient('terms-of-use')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  expect((await page('/signup')).text).not.toContain('example.com');
});
