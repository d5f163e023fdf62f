/**
 * Listing by prefix and delimiter: keys that hold the delimiter after the prefix roll up into one common prefix,
 * which counts as one entry. https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-prefixes.html
 */

export interface ListQuery {
  prefix: string;
  /** Empty: nothing rolls up. */
  delimiter: string;
  /** Entries on a page. */
  limit: number;
}

export interface Page<Item> {
  items: Item[];
  commonPrefixes: string[];
  /** The last entry, a key or a common prefix, when more follow. */
  next: string | undefined;
}

/** What a reader of a listing must do next: read on, jump over a common prefix, or stop. */
export type Step = 'taken' | 'full' | 'past' | { skip: string };

export class Lister<Item> {
  readonly page: Page<Item> = { items: [], commonPrefixes: [], next: undefined };
  readonly #query: ListQuery;
  #last: string | undefined;

  /** @param after an entry of the page before: keys under it, when it is a common prefix, are done. */
  constructor(query: ListQuery, after?: string) {
    this.#query = query;
    this.#last = after;
  }

  /** Keys come in order. */
  offer(key: string, item: Item): Step {
    const { prefix, delimiter, limit } = this.#query;
    if (!key.startsWith(prefix)) return 'past';
    const common = commonPrefixOf(key, this.#query);
    if (common !== undefined && common === this.#last) return { skip: common };
    if (this.page.items.length + this.page.commonPrefixes.length >= limit) {
      this.page.next = this.#last;
      return 'full';
    }
    this.#last = common ?? key;
    if (common === undefined || delimiter === '') {
      this.page.items.push(item);
      return 'taken';
    }
    this.page.commonPrefixes.push(common);
    return { skip: common };
  }
}

export function commonPrefixOf(key: string, { prefix, delimiter }: ListQuery): string | undefined {
  if (delimiter === '') return undefined;
  const at = key.indexOf(delimiter, prefix.length);
  return at < 0 ? undefined : key.slice(0, at + delimiter.length);
}

/** `encoding-type=url`: percent-encoded, slashes kept. */
export function urlEncoded(text: string): string {
  return encodeURIComponent(text)
    .replaceAll('%2F', '/')
    .replace(/[!'()*]/g, (char) =>
      char === '*' ? char : `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
    );
}

/** In the order of listings. Strings of JavaScript compare by UTF-16 units, keys by UTF-8 bytes. */
export function comesBefore(a: string, b: string): boolean {
  return Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0;
}
