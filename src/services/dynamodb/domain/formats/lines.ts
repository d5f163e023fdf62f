/** Lines of a file that comes in chunks; never more than one line is held. */
import { type Chunks, Malformed, recordBytesMax } from './source.ts';

const lineFeed = 10;
const byteOrderMark = '\ufeff';

/**
 * The lines that aren't blank.
 * @throws Malformed for a line that is too long or isn't UTF-8.
 */
export async function* linesOf(chunks: Chunks): AsyncGenerator<string> {
  let rest: Uint8Array[] = [];
  let restBytes = 0;
  let first = true;
  const text = (end: Uint8Array): string | undefined => {
    const line = decode(rest.length === 0 ? end : Buffer.concat([...rest, end]));
    rest = [];
    restBytes = 0;
    const content = (first && line.startsWith(byteOrderMark) ? line.slice(1) : line).trim();
    first = false;
    return content === '' ? undefined : content;
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(lineFeed); end !== -1; end = chunk.indexOf(lineFeed, start)) {
      checkLength(restBytes + end - start);
      const line = text(chunk.subarray(start, end));
      if (line !== undefined) yield line;
      start = end + 1;
    }
    restBytes += chunk.length - start;
    checkLength(restBytes);
    // A copy: what a chunk lies in may be much larger than what is left of it, or be written over.
    if (start < chunk.length) rest.push(Uint8Array.from(chunk.subarray(start)));
  }
  const line = text(new Uint8Array(0));
  if (line !== undefined) yield line;
}

function checkLength(bytes: number): void {
  if (bytes > recordBytesMax) throw new Malformed(`A line is longer than ${recordBytesMax} bytes`);
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Malformed('A line is not valid UTF-8');
  }
}
