import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isBucketName } from './bucketName.ts';
import { parseCopyRange, parseRange } from './byteRange.ts';
import { compositeOf } from './checksum.ts';
import { check, matches } from './conditions.ts';
import { parseCopySource } from './copySource.ts';
import { Lister, type ListQuery, urlEncoded } from './listing.ts';
import { tagsFrom, tagsFromHeader } from './tags.ts';

describe('bucket names', () => {
  it.each(['abc', 'a.b-c', '0bucket0', 'a'.repeat(63)])('%s is one', (name) =>
    expect(isBucketName(name)).toBe(true),
  );
  it.each(['ab', 'A-b', 'a_b', '-ab', 'ab-', 'a..b', '10.0.0.1', 'xn--abc', 'abc-s3alias', 'a'.repeat(64)])(
    '%s is none',
    (name) => expect(isBucketName(name)).toBe(false),
  );
});

describe('ranges', () => {
  it.each([
    ['bytes=0-0', { start: 0, end: 0 }],
    ['bytes=5-', { start: 5, end: 9 }],
    ['bytes=5-100', { start: 5, end: 9 }],
    ['bytes=-4', { start: 6, end: 9 }],
    ['bytes=-40', { start: 0, end: 9 }],
    ['bytes=10-', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=5-4', undefined],
    ['bytes=0-1,3-4', undefined],
    ['bytes=-', undefined],
    ['items=0-1', undefined],
    [undefined, undefined],
  ])('%s of ten bytes', (text, expected) => expect(parseRange(text, 10)).toEqual(expected));

  it('of a copy lie within the source', () => {
    expect(parseCopyRange('bytes=2-9', 10)).toEqual({ start: 2, end: 9 });
    expect(parseCopyRange('bytes=2-10', 10)).toBeUndefined();
    expect(parseCopyRange('bytes=2-', 10)).toBeUndefined();
  });
});

describe('conditions', () => {
  const version = { etag: 'e', modifiedAt: 10_500 };
  it('compare entity tags, quoted, weak, in lists and by *', () => {
    for (const condition of ['"e"', 'e', 'W/"e"', '"x", "e"', '*'])
      expect(matches(condition, 'e')).toBe(true);
    expect(matches('"x"', 'e')).toBe(false);
  });
  it('let entity tags decide over dates, and dates by the second', () => {
    expect(check({ ifMatch: '"e"', ifUnmodifiedSince: new Date(0) }, version)).toBeUndefined();
    expect(check({ ifNoneMatch: '"x"', ifModifiedSince: new Date(20_000) }, version)).toBeUndefined();
    expect(check({ ifModifiedSince: new Date(10_000) }, version)).toBe('not-modified');
    expect(check({ ifModifiedSince: new Date(9_000) }, version)).toBeUndefined();
    expect(check({ ifUnmodifiedSince: new Date(10_000) }, version)).toBeUndefined();
    expect(check({ ifUnmodifiedSince: new Date(9_000) }, version)).toEqual({ failed: 'If-Unmodified-Since' });
  });
});

describe('copy sources', () => {
  it.each([
    ['b/k', { bucket: 'b', key: 'k', versionId: undefined }],
    ['/b/k/l', { bucket: 'b', key: 'k/l', versionId: undefined }],
    ['b/a%20%2Bc?versionId=v', { bucket: 'b', key: 'a +c', versionId: 'v' }],
    ['b', undefined],
    ['b/', undefined],
    ['b/%E0%A4%A', undefined],
  ])('%s', (text, expected) => expect(parseCopySource(text)).toEqual(expected));
});

describe('tags', () => {
  it('come from a header, and are refused when doubled, reserved or odd', () => {
    expect(tagsFromHeader('a=1&b=x+y%2B', 10)).toEqual({ a: '1', b: 'x y+' });
    const refused =
      (...list: { Key: string; Value: string }[]) =>
      () =>
        tagsFrom(list, 2);
    expect(refused({ Key: 'a', Value: '' }, { Key: 'a', Value: '' })).toThrow('same key');
    expect(refused({ Key: 'aws:x', Value: '' })).toThrow('System tags');
    expect(refused({ Key: 'a&', Value: '' })).toThrow('TagKey');
    expect(refused({ Key: '', Value: '' })).toThrow('TagKey');
    expect(refused({ Key: 'a', Value: 'v'.repeat(257) })).toThrow('TagValue');
    expect(refused(...['a', 'b', 'c'].map((Key) => ({ Key, Value: '' })))).toThrow(
      'cannot be greater than 2',
    );
    expect(() => tagsFromHeader('a=%E0%A4%A', 10)).toThrow('x-amz-tagging');
  });
});

describe('checksums of parts', () => {
  it('are the checksum of their checksums, and their number', () => {
    expect(compositeOf('CRC32', ['NhCmhg==', 'NhCmhg==']).value).toMatch(/^[A-Za-z0-9+/]{6}==-2$/);
  });
});

describe('listings', () => {
  const key = fc.string({ unit: fc.constantFrom('a', 'b', '/', 'é'), minLength: 1, maxLength: 5 });
  const query = fc.record({
    prefix: fc.constantFrom('', 'a', 'a/', 'b'),
    delimiter: fc.constantFrom('', '/', 'b'),
    limit: fc.integer({ min: 1, max: 4 }),
  });

  /** All entries at once, by the definition. */
  function entriesOf(keys: readonly string[], { prefix, delimiter }: ListQuery): string[] {
    const entries = keys
      .filter((each) => each.startsWith(prefix))
      .map((each) => {
        const at = delimiter === '' ? -1 : each.indexOf(delimiter, prefix.length);
        return at < 0 ? each : each.slice(0, at + delimiter.length);
      });
    return [...new Set(entries)];
  }

  it('page by page are the whole, in order, without doubles', () => {
    fc.assert(
      fc.property(fc.uniqueArray(key, { maxLength: 20 }), query, (unsorted, asked) => {
        const keys = unsorted.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
        const seen: string[] = [];
        let after: string | undefined;
        for (let pages = 0; pages < 30; pages++) {
          const lister = new Lister<string>(asked, after);
          const start = after;
          for (const each of keys) {
            if (start !== undefined && Buffer.compare(Buffer.from(each), Buffer.from(start)) <= 0) continue;
            if (!each.startsWith(asked.prefix)) continue;
            const step = lister.offer(each, each);
            if (step === 'full' || step === 'past') break;
          }
          const { items, commonPrefixes, next } = lister.page;
          expect(items.length + commonPrefixes.length).toBeLessThanOrEqual(asked.limit);
          seen.push(
            ...[...items, ...commonPrefixes].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
          );
          after = next;
          if (after === undefined) break;
        }
        expect(seen).toEqual(entriesOf(keys, asked));
      }),
      { numRuns: 500 },
    );
  });

  it('are encoded as AWS encodes them', () => {
    expect(urlEncoded('a b/é+*~(x)')).toBe('a%20b/%C3%A9%2B*~%28x%29');
  });
});
