/** A browser as far as redirects and cookies go: by origin and path, as `SameSite=Lax` browsers follow links. */

interface Kept {
  value: string;
  path: string;
}

export class CookieJar {
  readonly #kept = new Map<string, Map<string, Kept>>();

  /** One request with this browser's cookies, no redirect followed. */
  async fetch(url: string, init: RequestInit = {}): Promise<Response> {
    const { host, pathname } = new URL(url);
    const cookies = [...(this.#kept.get(host) ?? [])]
      .filter(([, { path }]) => pathname.startsWith(path))
      .map(([name, { value }]) => `${name}=${value}`);
    const headers = new Headers(init.headers);
    if (cookies.length > 0) headers.set('cookie', cookies.join('; '));
    const response = await fetch(url, { ...init, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) this.#keep(host, line);
    return response;
  }

  /** Follows redirects until one leads where `ends` says, or a page is there. @returns that address, or the page's. */
  async follow(url: string, ends: (url: string) => boolean, init: RequestInit = {}): Promise<string> {
    let at = url;
    let asked = init;
    for (let hops = 0; hops < 20; hops += 1) {
      if (ends(at)) return at;
      const response = await this.fetch(at, asked);
      await response.arrayBuffer();
      const location = response.headers.get('location');
      if (!location) return at;
      at = new URL(location, at).href;
      asked = {};
    }
    throw new Error(`redirected in circles at ${at}`);
  }

  #keep(host: string, line: string): void {
    const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
    const at = pair.indexOf('=');
    const jar = this.#kept.get(host) ?? new Map<string, Kept>();
    const path = attributes.find((one) => /^path=/i.test(one))?.slice(5) ?? '/';
    const isGone = attributes.some(
      (one) => /^max-age=0$/i.test(one) || /^expires=Thu, 01 Jan 1970/i.test(one),
    );
    if (isGone) jar.delete(pair.slice(0, at));
    else jar.set(pair.slice(0, at), { value: pair.slice(at + 1), path });
    this.#kept.set(host, jar);
  }
}
