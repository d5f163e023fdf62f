/** The end of what an invocation logs, for callers that ask for it: LogType `Tail` of Invoke. */
import { logTailBytesMax } from './limits.ts';

/** Each line has a byte at least, and its end. */
const linesMax = logTailBytesMax / 2;

export class LogTail {
  #lines: string[] = [];

  push(line: string): void {
    // What is longer than the whole tail is cut at once: a function may write as much as it likes.
    this.#lines.push(line.length > logTailBytesMax ? line.slice(-logTailBytesMax) : line);
    if (this.#lines.length > 2 * linesMax) this.#lines = this.#lines.slice(-linesMax);
  }

  /** As the header carries it. */
  get base64(): string {
    const text = this.#lines.map((line) => (line.endsWith('\n') ? line : `${line}\n`)).join('');
    const bytes = Buffer.from(text);
    return bytes.subarray(Math.max(0, bytes.length - logTailBytesMax)).toString('base64');
  }
}
