/** CSV: a header, then an item a row. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataImport.Format.html */
import { parse } from 'csv-parse';
import { type AttributeValue, type Item, setAttribute } from '../attributeValues.ts';
import type { ScalarType } from '../table.ts';
import { type Chunks, Malformed, recordBytesMax, type SourceRecord } from './source.ts';

export interface CsvOptions {
  Delimiter?: string;
  HeaderList?: readonly string[];
}

/**
 * @param types of the key attributes of the table and its indexes; all other columns are strings.
 * @throws Malformed when quotes don't match, a row is too long, or the header names a column twice.
 */
export async function* readCsv(
  chunks: Chunks,
  { Delimiter: delimiter = ',', HeaderList: given }: CsvOptions,
  types: ReadonlyMap<string, ScalarType>,
): AsyncGenerator<SourceRecord> {
  let header = given;
  for await (const row of rowsOf(chunks, delimiter)) {
    if (header) yield recordOf(row, header, types);
    else header = checkedHeader(row);
  }
}

/** Drives the parser by hand: as a stream it would drop the rows before a failure, or not, as it happens. */
async function* rowsOf(chunks: Chunks, delimiter: string): AsyncGenerator<string[]> {
  const rows: string[][] = [];
  let failure: Error | undefined;
  const parser = parse({
    delimiter,
    bom: true,
    skip_empty_lines: true,
    // Rows are compared with the header here, so that one that differs costs only itself.
    relax_column_count: true,
    max_record_size: recordBytesMax,
    on_record: (row: string[]) => {
      rows.push(row);
      return null;
    },
  });
  parser.on('error', (error: Error) => {
    failure = error;
  });
  parser.resume();
  const rowsRead = function* () {
    yield* rows.splice(0);
    if (failure) throw new Malformed(failure.message);
  };
  try {
    for await (const chunk of chunks) {
      await new Promise<void>((resolve) => parser.write(chunk, () => resolve()));
      yield* rowsRead();
    }
    await new Promise<void>((resolve) => parser.end(() => resolve()));
    yield* rowsRead();
  } finally {
    parser.destroy();
  }
}

function checkedHeader(names: readonly string[]): readonly string[] {
  if (names.includes('')) throw new Malformed('The header has a column without a name');
  if (new Set(names).size !== names.length) throw new Malformed('The header names a column more than once');
  return names;
}

function recordOf(
  row: readonly string[],
  header: readonly string[],
  types: ReadonlyMap<string, ScalarType>,
): SourceRecord {
  if (row.length !== header.length) {
    return { fault: `The row has ${row.length} columns, the header has ${header.length}` };
  }
  const item: Item = {};
  for (const [column, name] of header.entries()) {
    const value = attributeValue(row[column] as string, types.get(name) ?? 'S');
    if (!value) return { fault: `The value of the key attribute ${name} is not valid Base64` };
    setAttribute(item, name, value);
  }
  return { item };
}

function attributeValue(text: string, type: ScalarType): AttributeValue | undefined {
  if (type === 'S') return { S: text };
  if (type === 'N') return { N: text };
  return /^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.length % 4 === 0
    ? { B: Buffer.from(text, 'base64') }
    : undefined;
}
