import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AttributeValue, Item } from '../attributeValues.ts';
import { encodeItem, storedJson } from '../itemCodec.ts';
import { normalizeNumber } from '../numbers.ts';
import type { Table } from '../table.ts';
import { type Compression, decompressed } from './decompress.ts';
import { ionDecimal, ionStruct } from './ionText.ts';
import { type InputFormat, readItems } from './read.ts';
import { Malformed, recordBytesMax, type SourceRecord } from './source.ts';

const table = {
  attributes: [
    { name: 'pk', type: 'S' },
    { name: 'n', type: 'N' },
  ],
  key: { partition: { name: 'pk', type: 'S' } },
  indexes: [],
} as unknown as Table;

async function* chunksOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** All records, and the message of the failure that ended them. */
async function read(
  content: string | Uint8Array,
  format: InputFormat,
  options: { csv?: object; compression?: Compression; chunk?: number } = {},
): Promise<{ records: SourceRecord[]; end?: string }> {
  const records: SourceRecord[] = [];
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  const chunks = decompressed(chunksOf(bytes, options.chunk ?? 7), options.compression ?? 'NONE', () => {});
  try {
    for await (const record of readItems(chunks, format, options.csv, table)) records.push(record);
    return { records };
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return { records, end: error.message };
  }
}

const numberText = fc
  .tuple(fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n }), fc.integer({ min: -120, max: 80 }))
  .map(([digits, exponent]) => normalizeNumber(`${digits}E${exponent}`));
const text = fc.string({ unit: 'binary', maxLength: 12 }).map((each) => each.toWellFormed());
const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }).map((each) => each.toWellFormed());
const bytes = fc.uint8Array({ maxLength: 12 }).map((each) => Buffer.from(each));
const set = <T>(member: fc.Arbitrary<T>, key: (each: T) => string = String) =>
  fc.uniqueArray(member, { minLength: 1, maxLength: 4, selector: key });

const value = fc.letrec<{ value: AttributeValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.oneof(
      text.map((S) => ({ S })),
      numberText.map((N) => ({ N })),
      bytes.map((B) => ({ B })),
      fc.boolean().map((BOOL) => ({ BOOL })),
      fc.constant({ NULL: true }),
      set(text).map((SS) => ({ SS })),
      set(numberText).map((NS) => ({ NS })),
      set(bytes, (each) => each.toString('hex')).map((BS) => ({ BS })),
    ),
    fc.array(tie('value'), { maxLength: 4 }).map((L) => ({ L })),
    fc.dictionary(name, tie('value'), { maxKeys: 4 }).map((M) => ({ M })),
  ),
})).value;
const item = fc
  .tuple(fc.string({ minLength: 1 }), fc.dictionary(name, value, { maxKeys: 5 }))
  .map(([pk, rest]): Item => {
    const { n: _n, ...others } = rest;
    return { ...others, pk: { S: pk } };
  });

describe('DynamoDB JSON and Ion', () => {
  it('read back what they wrote', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(item, { maxLength: 5 }),
        fc.integer({ min: 1, max: 64 }),
        async (items, chunk) => {
          const plain = JSON.parse(JSON.stringify(items));
          const json = items.map((each) => `{"Item":${storedJson(encodeItem(each, 0))}}\n`).join('');
          const ion = items.map((each) => `$ion_1_0 {Item:${ionStruct(each)}}\n`).join('');
          for (const [content, format] of [
            [json, 'DYNAMODB_JSON'],
            [ion, 'ION'],
          ] as const) {
            const { records, end } = await read(content, format, { chunk });
            expect(end).toBeUndefined();
            expect(JSON.parse(JSON.stringify(records.map((each) => 'item' in each && each.item)))).toEqual(
              plain,
            );
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it('write numbers as DynamoDB does', () => {
    expect(['103', '600', '-2000', '0', '1.5', '-10'].map(ionDecimal)).toEqual([
      '103.',
      '6d2',
      '-2d3',
      '0.',
      '1.5',
      '-1d1',
    ]);
  });

  it('reads the example of the documentation', async () => {
    const line =
      '$ion_1_0 {Item:{pk:"1",Authors:$dynamodb_SS::["Author1","Author2"],Id:103.,InPublication:false,PageCount:6d2}}';
    expect((await read(line, 'ION')).records).toEqual([
      {
        item: {
          pk: { S: '1' },
          Authors: { SS: ['Author1', 'Author2'] },
          Id: { N: '103' },
          InPublication: { BOOL: false },
          PageCount: { N: '600' },
        },
      },
    ]);
  });
});

describe('a source file that is wrong', () => {
  it('gives up the rest of a file at what is no item, and says so as DynamoDB does', async () => {
    const good = '{"Item":{"pk":{"S":"1"}}}\n';
    for (const [bad, message] of [
      ['garbage', 'Unexpected token'],
      ['{"pk":{"S":"1"}}', "Expected 'Item' top level container"],
      ['[1]', "Expected 'Item' top level container"],
      ['null', "Expected 'Item' top level container"],
      ['{"Item":{"pk":{"X":"1"}}}', 'Unexpected value of an attribute of type X'],
      ['{"Item":{"pk":{"S":null}}}', 'Unexpected value of an attribute of type S'],
      ['{"Item":{"pk":{"SS":[1]}}}', 'Unexpected value of an attribute of type SS'],
      ['{"Item":{"pk":{"B":"?"}}}', 'A binary value is not valid Base64'],
      ['{"Item":{"pk":{"S":"1","N":"1"}}}', 'Expected an attribute value'],
      [`{"Item":{"pk":${'{"L":['.repeat(5000)}${']}'.repeat(5000)}}}`, 'Nesting Levels'],
      ['x'.repeat(recordBytesMax + 1), 'A line is longer'],
    ]) {
      const { records, end } = await read(`${good}${bad}\n${good}`, 'DYNAMODB_JSON', { chunk: 65536 });
      expect(records).toHaveLength(1);
      expect(end).toContain(message);
    }
    expect((await read(Buffer.from([0xff, 0xfe, 10]), 'DYNAMODB_JSON')).end).toBe(
      'A line is not valid UTF-8',
    );
  });

  it('goes on after an item that DynamoDB refuses', async () => {
    const lines = [
      { other: { S: 'x' } },
      { pk: { N: '1' } },
      { pk: { S: '' } },
      { pk: { S: '1' }, v: { N: 'abc' } },
      { pk: { S: '1' }, v: { SS: [] } },
      { pk: { S: '1' }, v: { NULL: false } },
      { pk: { S: '1' }, '': { S: 'x' } },
      { pk: { S: '1' }, v: { S: 'x'.repeat(400 * 1024) } },
      { pk: { S: '2' } },
    ].map((each) => JSON.stringify({ Item: each }));
    const { records, end } = await read(lines.join('\r\n'), 'DYNAMODB_JSON', { chunk: 65536 });
    expect(end).toBeUndefined();
    expect(records.map((each) => 'item' in each)).toEqual([
      false,
      false,
      false,
      false,
      false,
      false,
      false,
      false,
      true,
    ]);
    expect(records[0]).toEqual({
      fault: 'One or more parameter values were invalid: Missing the key pk in the item',
    });
  });

  it('survives any bytes in any format', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.uint8Array({ maxLength: 200 }),
          fc.string({ unit: 'binary' }).map((each) => Buffer.from(each)),
        ),
        fc.constantFrom<InputFormat>('CSV', 'DYNAMODB_JSON', 'ION'),
        fc.constantFrom<Compression>('NONE', 'GZIP', 'ZSTD'),
        async (content, format, compression) => {
          const { records } = await read(content, format, { compression });
          for (const record of records) expect('item' in record || record.fault !== '').toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('tells bad Ion from items that are refused', async () => {
    const good = '$ion_1_0 {Item:{pk:"1"}}\n';
    for (const bad of [
      '{',
      '{Item:1}',
      '{a:1}',
      '{Item:{pk:"1",t:2007-01-01T}}',
      '{Item:{pk:{{"clob"}}}}',
      '{Item:{pk:"1",s:$dynamodb_NS::["a"]}}',
    ]) {
      const { records, end } = await read(`${good}${bad}\n${good}`, 'ION');
      expect([bad, records.length, end !== undefined]).toEqual([bad, 1, true]);
    }
    const { records, end } = await read(`{Item:{pk:1.}}\n{Item:{pk:"1",n:1d999999}}\n${good}`, 'ION');
    expect([records.map((each) => 'item' in each), end]).toEqual([[false, false, true], undefined]);
  });
});

describe('a number in Ion', () => {
  it('costs no more than its line, however many digits it has', async () => {
    const digits = '9'.repeat(recordBytesMax - 100);
    expect((await read(`{Item:{pk:${digits}.}}`, 'ION', { chunk: 65536 })).end).toBe(
      'A number has too many digits',
    );
    const text = '1'.repeat(2000);
    const line = `{Item:{pk:"\\"${text}", '${text}':{{${text}}}}}`;
    expect((await read(line, 'ION')).records).toMatchObject([{ item: { pk: { S: `"${text}` } } }]);
  });
});

describe('CSV', () => {
  it('has strings in all columns but keys', async () => {
    const { records } = await read('\ufeffpk,n,v\n1,2.50,3\n"a ""b"", c","0",\n\n', 'CSV');
    expect(records).toEqual([
      { item: { pk: { S: '1' }, n: { N: '2.5' }, v: { S: '3' } } },
      { item: { pk: { S: 'a "b", c' }, n: { N: '0' }, v: { S: '' } } },
    ]);
  });

  it('takes another delimiter and a header of its own', async () => {
    const csv = { Delimiter: '|', HeaderList: ['pk', 'v'] };
    expect((await read('1|x,y\n2|z', 'CSV', { csv })).records).toEqual([
      { item: { pk: { S: '1' }, v: { S: 'x,y' } } },
      { item: { pk: { S: '2' }, v: { S: 'z' } } },
    ]);
  });

  it('refuses a row that differs from the header and gives up at quotes that do not match', async () => {
    const { records, end } = await read('pk,v\n1\n1,2,3\n1,2\n1,a"b\n2,3', 'CSV');
    expect(records.map((each) => 'item' in each)).toEqual([false, false, true]);
    expect(end).toMatch(/quote/i);
    expect((await read('pk,pk\n1,2', 'CSV')).end).toBe('The header names a column more than once');
    expect((await read(`pk\n"${'x'.repeat(recordBytesMax + 10)}"`, 'CSV', { chunk: 65536 })).end).toMatch(
      /record/i,
    );
  });
});

describe('compression', () => {
  it('is taken off as it is streamed', async () => {
    const line = Buffer.from('{"Item":{"pk":{"S":"1"}}}\n');
    for (const [compression, content] of [
      ['GZIP', Buffer.concat([gzipSync(line), gzipSync(line)])],
      ['ZSTD', zstdCompressSync(Buffer.concat([line, line]))],
    ] as const) {
      const { records, end } = await read(content, 'DYNAMODB_JSON', { compression });
      expect([compression, records.length, end]).toEqual([compression, 2, undefined]);
    }
  });

  it('takes an empty object for an empty file', async () => {
    for (const compression of ['NONE', 'GZIP', 'ZSTD'] as const) {
      expect(await read('', 'DYNAMODB_JSON', { compression })).toEqual({ records: [] });
    }
  });

  it('says when an object has another compression, or ends too soon', async () => {
    const line = Buffer.from('{"Item":{"pk":{"S":"1"}}}\n'.repeat(50));
    for (const content of [line, gzipSync(line).subarray(0, -12)]) {
      expect((await read(content, 'DYNAMODB_JSON', { compression: 'GZIP' })).end).toContain('not valid GZIP');
    }
    for (const content of [line, zstdCompressSync(line).subarray(0, -6)]) {
      expect((await read(content, 'DYNAMODB_JSON', { compression: 'ZSTD' })).end).toContain('not valid ZSTD');
    }
  });

  it('passes on a failure of the source', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('pk');
      throw new Error('the disk is gone');
    }
    for (const format of ['CSV', 'DYNAMODB_JSON', 'ION'] as const) {
      for (const compression of ['NONE', 'GZIP', 'ZSTD'] as const) {
        const all = async () => {
          for await (const _ of readItems(
            decompressed(broken(), compression, () => {}),
            format,
            undefined,
            table,
          ));
        };
        const failure = await all().catch((error: unknown) => error);
        expect([format, compression, (failure as Error).message]).toEqual([
          format,
          compression,
          'the disk is gone',
        ]);
      }
    }
  });
});
