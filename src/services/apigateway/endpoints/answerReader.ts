/**
 * Reads one HTTP/1.1 answer as its bytes come. What isn't exactly HTTP is an error, never a guess.
 * https://www.rfc-editor.org/rfc/rfc9112#section-6.3
 */

export interface WholeAnswer {
  status: number;
  /** Name, value, name, value … as they were sent. */
  rawHeaders: string[];
  bytes: Buffer;
  /** Whether the connection may carry another request. */
  reusable: boolean;
}

const headBytesMax = 64 * 1024;
/** A chunk's size line, extensions included. */
const lineBytesMax = 8 * 1024;

type Framing = 'none' | 'length' | 'chunked' | 'close';

export class AnswerReader {
  readonly #bodyless: boolean;
  readonly #limit: number;
  #pending: Buffer = Buffer.alloc(0);
  #status = 0;
  #rawHeaders: string[] = [];
  #framing: Framing | undefined;
  #reusable = true;
  #missing = 0;
  #chunk: 'size' | 'data' | 'end' | 'trailer' = 'size';
  #parts: Buffer[] = [];
  #size = 0;

  /** @param method of the request: HEAD has no body. @param limit bytes of a body. */
  constructor(method: string, limit: number) {
    this.#bodyless = method === 'HEAD';
    this.#limit = limit;
  }

  /** @returns the answer once it is whole. @throws Error for what is no HTTP, RangeError past the limit. */
  push(packet: Buffer): WholeAnswer | undefined {
    this.#pending = this.#pending.length === 0 ? packet : Buffer.concat([this.#pending, packet]);
    while (this.#framing === undefined) if (!this.#readHead()) return undefined;
    const done = this.#readBody();
    return done ? this.#whole(this.#pending.length === 0) : undefined;
  }

  /** The connection is closed. @returns the answer if that is how it ends. @throws Error when it is cut off. */
  end(): WholeAnswer {
    if (this.#framing !== 'close') throw new Error('the answer ended early');
    return this.#whole(false);
  }

  /** @returns false when more bytes are needed. */
  #readHead(): boolean {
    const end = this.#pending.indexOf('\r\n\r\n');
    if (end < 0) {
      if (this.#pending.length > headBytesMax) throw new RangeError('the head of the answer is too large');
      return false;
    }
    const [first = '', ...lines] = this.#pending.toString('latin1', 0, end).split('\r\n');
    this.#pending = this.#pending.subarray(end + 4);
    const match = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: .*)?$/.exec(first);
    if (!match) throw new Error('the answer is no HTTP/1.1');
    this.#status = Number(match[2]);
    // 100 Continue and 103 Early Hints come before the answer.
    if (this.#status < 200) {
      if (this.#status === 101) throw new Error('the server changed the protocol unasked');
      return true;
    }
    this.#readHeaders(lines, match[1] === '0');
    return true;
  }

  #readHeaders(lines: readonly string[], isOld: boolean): void {
    let length: number | undefined;
    let coding: string | undefined;
    this.#reusable = !isOld;
    for (const line of lines) {
      const colon = line.indexOf(':');
      if (colon <= 0 || !tokenPattern.test(line.slice(0, colon))) throw new Error('a header is malformed');
      const name = line.slice(0, colon);
      const value = line.slice(colon + 1).trim();
      this.#rawHeaders.push(name, value);
      const lower = name.length === 14 || name.length === 17 || name.length === 10 ? name.toLowerCase() : '';
      if (lower === 'content-length') {
        const told = /^\d{1,15}$/.test(value) ? Number(value) : undefined;
        if (told === undefined || (length !== undefined && length !== told)) {
          throw new Error('the answer has no valid length');
        }
        length = told;
      } else if (lower === 'transfer-encoding') coding = value.toLowerCase();
      else if (lower === 'connection' && /\bclose\b/i.test(value)) this.#reusable = false;
    }
    this.#framing = this.#framingOf(length, coding);
  }

  #framingOf(length: number | undefined, coding: string | undefined): Framing {
    if (this.#bodyless || this.#status === 204 || this.#status === 304) return 'none';
    if (coding !== undefined) {
      if (coding !== 'chunked') throw new Error(`the answer has an unknown transfer coding: ${coding}`);
      // Both is how answers are smuggled: the coding counts, and the connection isn't used again.
      if (length !== undefined) this.#reusable = false;
      return 'chunked';
    }
    if (length === undefined) return 'close';
    if (length > this.#limit) throw new RangeError(`the answer is larger than ${this.#limit} bytes`);
    this.#missing = length;
    return 'length';
  }

  /** @returns true when the body is whole. */
  #readBody(): boolean {
    switch (this.#framing) {
      case 'none':
        return true;
      case 'length':
        this.#take(Math.min(this.#missing, this.#pending.length));
        return this.#missing === 0;
      case 'close':
        this.#missing = this.#pending.length;
        this.#take(this.#pending.length);
        return false;
      default:
        return this.#readChunks();
    }
  }

  #readChunks(): boolean {
    for (;;) {
      if (this.#chunk === 'data') {
        this.#take(Math.min(this.#missing, this.#pending.length));
        if (this.#missing > 0) return false;
        this.#chunk = 'end';
      } else if (this.#chunk === 'end') {
        if (this.#pending.length < 2) return false;
        if (this.#pending[0] !== 13 || this.#pending[1] !== 10) throw new Error('a chunk is malformed');
        this.#pending = this.#pending.subarray(2);
        this.#chunk = 'size';
      } else {
        const line = this.#line();
        if (line === undefined) return false;
        if (this.#chunk === 'trailer') {
          if (line === '') return true;
        } else this.#openChunk(line);
      }
    }
  }

  #openChunk(line: string): void {
    const size = /^([0-9a-f]{1,8})\s*(?:;.*)?$/i.exec(line)?.[1];
    if (size === undefined) throw new Error('a chunk is malformed');
    this.#missing = Number.parseInt(size, 16);
    this.#chunk = this.#missing === 0 ? 'trailer' : 'data';
  }

  #line(): string | undefined {
    const end = this.#pending.indexOf('\r\n');
    if (end < 0) {
      if (this.#pending.length > lineBytesMax) throw new RangeError('a line of the answer is too long');
      return undefined;
    }
    const line = this.#pending.toString('latin1', 0, end);
    this.#pending = this.#pending.subarray(end + 2);
    return line;
  }

  #take(count: number): void {
    if (count === 0) return;
    this.#size += count;
    if (this.#size > this.#limit) throw new RangeError(`the answer is larger than ${this.#limit} bytes`);
    this.#parts.push(this.#pending.subarray(0, count));
    this.#pending = this.#pending.subarray(count);
    this.#missing -= count;
  }

  #whole(isAlone: boolean): WholeAnswer {
    const [only] = this.#parts;
    return {
      status: this.#status,
      rawHeaders: this.#rawHeaders,
      bytes: this.#parts.length === 1 && only ? only : Buffer.concat(this.#parts, this.#size),
      // Bytes that nobody asked for: whose answer would they be?
      reusable: this.#reusable && isAlone && this.#framing !== 'close',
    };
  }
}

const tokenPattern = /^[!#$%&'*+\-.^_`|~\w]+$/;
