/** An import's file, read as a stream: it may be larger than memory likes. */
import { parse } from 'csv-parse';
import { limits } from '../limits.ts';

export interface Row {
  /** From 1, the header's included. */
  line: number;
  cells: string[];
}

/** Commas inside a value are written `\,`: they pass the parser as a character that no file has. */
const hiddenComma = '\uE02C';

/** @throws Error of the parser: the file is no CSV. */
export async function* rowsOf(content: AsyncIterable<Uint8Array>): AsyncGenerator<Row> {
  const parser = parse({
    bom: true,
    info: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: limits.importRowMax,
    record_delimiter: ['\r\n', '\n', '\r'],
  });
  const feeding = feed(content, parser);
  // The parser tells of what went wrong, too; nobody else listens to this promise before the end.
  feeding.catch(() => undefined);
  for await (const { record, info } of parser as AsyncIterable<{
    record: string[];
    info: { lines: number };
  }>) {
    yield { line: info.lines, cells: record.map((cell) => cell.replaceAll(hiddenComma, ',')) };
  }
  await feeding;
}

async function feed(content: AsyncIterable<Uint8Array>, parser: ReturnType<typeof parse>): Promise<void> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let held = '';
  try {
    for await (const chunk of content) {
      const text = held + decoder.decode(chunk, { stream: true });
      // A backslash at the end of a piece may belong to a comma of the next.
      held = text.endsWith('\\') ? '\\' : '';
      await write(parser, hide(held ? text.slice(0, -1) : text));
    }
    await write(parser, hide(held + decoder.decode()));
    parser.end();
  } catch (error) {
    parser.destroy(error instanceof Error ? error : new Error(String(error)));
  }
}

const hide = (text: string): string => text.replaceAll('\\,', hiddenComma);

async function write(parser: ReturnType<typeof parse>, text: string): Promise<void> {
  if (text === '' || parser.write(text)) return;
  await new Promise<void>((resolve) => {
    parser.once('drain', resolve);
    parser.once('close', resolve);
  });
}
