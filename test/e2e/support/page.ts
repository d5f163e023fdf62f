/** A page in a real browser that a test drives: goes to addresses, fills in forms, clicks, looks. By the DevTools protocol. */
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { WebSocket } from 'ws';
import { startBrowser } from './browser.ts';

export interface Page {
  /** Loads an address, waits until the page is there. */
  goto(url: string): Promise<void>;
  /** @param expression JavaScript, may be a promise. @returns its value, which JSON must be able to hold. */
  evaluate<T>(expression: string): Promise<T>;
  /** Waits until an expression is truthy, over navigations. @returns its value. @throws after a minute, with the page's text. */
  until<T>(expression: string): Promise<T>;
  /** Types into the field that a selector finds, in place of what stood there. Waits for the field. */
  fill(selector: string, text: string): Promise<void>;
  /** Clicks what a selector finds. Waits for it. */
  click(selector: string): Promise<void>;
  url(): Promise<string>;
  /** Sends a command of the DevTools protocol. */
  send<T = Record<string, unknown>>(method: string, params?: object): Promise<T>;
  /** Writes a PNG. */
  screenshot(file: string): Promise<void>;
}

export interface PageOptions {
  /** `--host-resolver-rules`, `MAP *.amazoncognito.com 127.0.0.1:4566`. Certificates aren't checked. */
  hosts?: string;
  width?: number;
  height?: number;
}

const timeoutMs = 60_000;

/** Opens an empty page for as long as `work` takes. */
export async function withPage<T>(work: (page: Page) => Promise<T>, options: PageOptions = {}): Promise<T> {
  const browser = startBrowser([
    `--window-size=${options.width ?? 1024},${options.height ?? 800}`,
    '--ignore-certificate-errors',
    ...(options.hosts ? [`--host-resolver-rules=${options.hosts}`] : []),
    'about:blank',
  ]);
  let socket: WebSocket | undefined;
  try {
    const opened = async () => {
      const url = await pageOf(await debuggingPort(browser.profile));
      socket = new WebSocket(url, { maxPayload: 2 ** 28 });
      await once(socket, 'open');
      return work(await drive(socket));
    };
    return await Promise.race([opened(), browser.ended]);
  } finally {
    socket?.terminate();
    await browser.close();
  }
}

/** The browser writes the port it took into its profile. */
async function debuggingPort(profile: string): Promise<string> {
  const file = join(profile, 'DevToolsActivePort');
  // Looked at again and again: a machine has few watchers of files, and they may all be taken.
  const lines = () => (existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []);
  await expect.poll(() => lines().filter(Boolean).length).toBe(2);
  return lines()[0] as string;
}

/** The browser listens before it has opened its first page. @returns where to drive it. */
async function pageOf(port: string): Promise<string> {
  for (;;) {
    const targets = (await (await fetch(`http://127.0.0.1:${port}/json`)).json()) as {
      type: string;
      webSocketDebuggerUrl: string;
    }[];
    const page = targets.find(({ type }) => type === 'page');
    if (page) return page.webSocketDebuggerUrl;
  }
}

async function drive(socket: WebSocket): Promise<Page> {
  const waiting = new Map<number, { resolve(value: never): void; reject(error: Error): void }>();
  let last = 0;
  socket.on('message', (data) => {
    const { id, result, error } = JSON.parse(String(data)) as {
      id?: number;
      result: never;
      error?: { message: string };
    };
    const asked = waiting.get(id ?? 0);
    if (!asked) return;
    waiting.delete(id ?? 0);
    if (error) asked.reject(new Error(error.message));
    else asked.resolve(result);
  });
  const send = <T>(method: string, params: object = {}): Promise<T> => {
    last += 1;
    socket.send(JSON.stringify({ id: last, method, params }));
    return new Promise<T>((resolve, reject) => waiting.set(last, { resolve, reject }));
  };
  await send('Page.enable');
  await send('Runtime.enable');

  const evaluate = async <T>(expression: string): Promise<T> => {
    const { result, exceptionDetails } = await send<{
      result: { value: T };
      exceptionDetails?: { exception?: { description?: string }; text: string };
    }>('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  };
  const until = async <T>(expression: string): Promise<T> => {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      // Between two pages there is nothing to ask.
      const value = await evaluate<T>(expression).catch(() => undefined);
      if (value) return value;
      if (performance.now() > deadline) {
        const text = await evaluate<string>('location.href + "\\n" + document.body?.innerText').catch(String);
        throw new Error(`waited in vain for ${expression} on ${text}`);
      }
      await evaluate('new Promise((done) => setTimeout(done, 20))').catch(() => {});
    }
  };
  const found = (selector: string) => `document.querySelector(${JSON.stringify(selector)})`;
  return {
    send,
    evaluate,
    until,
    async goto(url) {
      await evaluate('window.isLeft = true');
      // The answer may come before the old page has gone; within one page there is no other.
      const { loaderId } = await send<{ loaderId?: string }>('Page.navigate', { url });
      await until(`document.readyState === 'complete'${loaderId ? ' && !window.isLeft' : ''}`);
    },
    async fill(selector, text) {
      await until(`${found(selector)} && (${found(selector)}.focus(), ${found(selector)}.select(), true)`);
      await send('Input.insertText', { text });
    },
    async click(selector) {
      await until(`${found(selector)} && (${found(selector)}.click(), true)`);
    },
    url: () => evaluate<string>('location.href'),
    async screenshot(file) {
      const { data } = await send<{ data: string }>('Page.captureScreenshot', {
        captureBeyondViewport: true,
      });
      writeFileSync(file, Buffer.from(data, 'base64'));
    },
  };
}
