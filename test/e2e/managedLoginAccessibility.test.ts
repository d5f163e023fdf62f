/** Every page of managed login and of the classic hosted UI for everybody: axe-core finds nothing, light and dark, on a small screen. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import type { AxeResults } from 'axe-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';
import { chromium } from './support/browser.ts';
import { password } from './support/hostedUi.ts';
import { everyPage, makeLoginSite } from './support/loginPages.ts';
import { type Page, withPage } from './support/page.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let cloud: Cloud;
let cognito: CognitoIdentityProviderClient;

beforeAll(async () => {
  cloud = await startCloud();
  cognito = new CognitoIdentityProviderClient(cloud.clientConfig);
});
afterAll(async () => {
  cognito.destroy();
  await cloud.close();
});

/** What axe finds, one line each. @param scheme dark pages differ from light ones in their colours only. */
async function findings(page: Page, scheme = 'light'): Promise<string[]> {
  await page.evaluate(`${axe};undefined`);
  const options = {
    resultTypes: ['violations'],
    ...(scheme === 'dark' ? { runOnly: ['color-contrast', 'link-in-text-block'] } : {}),
  };
  const { violations } = await page.evaluate<AxeResults>(`axe.run(document, ${JSON.stringify(options)})`);
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, any }) => `${id}: ${help}: ${html} ${any.map(({ message }) => message)}`),
  );
}

async function narrow(page: Page, scheme: string): Promise<void> {
  await page.send('Emulation.setDeviceMetricsOverride', {
    width: 320,
    height: 640,
    deviceScaleFactor: 1,
    mobile: true,
  });
  await page.send('Emulation.setEmulatedMedia', {
    features: [{ name: 'prefers-color-scheme', value: scheme }],
  });
}

/** Shows pages that were fetched before: those of flows can't be gone to by address. */
async function showing(page: Page, base: string): Promise<(html: string) => Promise<void>> {
  // Each page's own policy came with its answer.
  await page.send('Page.setBypassCSP', { enabled: true });
  await page.goto(`${base}/error`);
  const { frameTree } = await page.send<{ frameTree: { frame: { id: string } } }>('Page.getFrameTree');
  return async (html) => {
    await page.send('Page.setDocumentContent', { frameId: frameTree.frame.id, html });
  };
}

describe.skipIf(!chromium)('pages for everybody', () => {
  it.each([
    ['managed login', 2, 'en', ['light', 'dark']],
    ['managed login in German', 2, 'de', ['light']],
    ['the classic hosted UI', 1, 'en', ['light', 'dark']],
  ] as const)(
    'hold %s to what axe-core asks at 320 pixels',
    async (_name, version, lang, schemes) => {
      const site = await makeLoginSite(cloud, cognito, `axe-${version}-${lang}`, version);
      const pages = await everyPage(cognito, site, lang);
      expect(pages.size).toBeGreaterThan(15);
      await withPage(async (page) => {
        const show = await showing(page, site.base);
        for (const scheme of schemes) {
          await narrow(page, scheme);
          for (const [name, html] of pages) {
            await show(html);
            expect(await findings(page, scheme), `${name}, ${scheme}`).toEqual([]);
            expect(await page.evaluate('document.documentElement.scrollWidth'), name).toBeLessThanOrEqual(
              320,
            );
            expect(await page.evaluate('document.documentElement.lang')).toBe(lang);
            // In another language, nothing is left to say in English; new passwords say whose they are.
            if (lang !== 'en') expect(html, name).not.toContain(' lang="en">');
            if (html.includes('"new-password"')) expect(html, name).toContain('autocomplete="username"');
          }
        }
        // The canary: what axe has to find.
        await show('<!doctype html><p style="color:#999">x<input name="a"></p>');
        expect((await findings(page)).length).toBeGreaterThan(2);
      });
    },
    240_000,
  );

  it('are gone through by keyboard, without a script, and begin where something is wrong', async () => {
    const { base, query } = await makeLoginSite(cloud, cognito, 'keys', 2);
    await withPage(async (page) => {
      const press = async (key: string, code: number) => {
        const one = { key, code: key, windowsVirtualKeyCode: code };
        await page.send('Input.dispatchKeyEvent', {
          type: 'keyDown',
          ...one,
          ...(key === 'Enter' ? { text: '\r' } : {}),
        });
        await page.send('Input.dispatchKeyEvent', { type: 'keyUp', ...one });
      };
      const focused = '(document.activeElement.name || document.activeElement.textContent.trim())';
      const type = (text: string) => page.send('Input.insertText', { text });
      await page.goto(`${base}/signup?${query}`);
      await page.until(`${focused} === 'username'`);
      expect(await page.evaluate('document.scripts.length')).toBe(0);
      const seen: string[] = [];
      for (const text of ['zoe', 'zoe@example.com', 'Zoe', '+33612345678', 'short', 'short']) {
        seen.push(await page.evaluate<string>(focused));
        await type(text);
        if (seen.length < 6) await press('Tab', 9);
      }
      expect(seen).toEqual([
        'username',
        'requiredAttributes[email]',
        'requiredAttributes[given_name]',
        'requiredAttributes[phone_number]',
        'password',
        'confirm_password',
      ]);
      await press('Enter', 13);
      await page.until(`document.querySelector('[role=alert]')`);
      // The password is what is wrong: that is where the page begins, and what is read out.
      await page.until(`${focused} === 'password'`);
      expect(
        await page.evaluate(
          `['username', 'password'].map((name) => document.querySelector('[name=' + name + ']').getAttribute('aria-invalid'))`,
        ),
      ).toEqual([null, 'true']);
      expect(
        await page.evaluate(
          `document.getElementById(document.activeElement.getAttribute('aria-describedby').split(' ')[0]).textContent`,
        ),
      ).toContain('Password not long enough');
      await type(password);
      await press('Tab', 9);
      await type(password);
      await press('Enter', 13);
      await page.until(`${focused} === 'code'`);
      expect(
        await page.evaluate(`[document.activeElement.autocomplete, document.activeElement.inputMode]`),
      ).toEqual(['one-time-code', 'numeric']);
    });
  });
});
