import { expect, it } from 'vitest';
import { mergedTags, noTags, sessionTagsOf } from './sessionTags.ts';

const tag = (Key: string, Value = 'v') => ({ Key, Value });

it('hands on what was transitive, and lets it be neither changed nor given again', () => {
  const first = sessionTagsOf({ tags: [tag('team', 'blue'), tag('color', 'red')], transitiveKeys: ['Team'] });
  expect(first).toEqual({
    given: { team: 'blue', color: 'red' },
    inherited: {},
    transitive: ['Team'],
  });
  const from = {
    tags: mergedTags({ Team: 'of the role', stage: 'test' }, first),
    transitiveTagKeys: first.transitive,
  };
  expect(from.tags).toEqual({ team: 'blue', color: 'red', stage: 'test' });
  const second = sessionTagsOf({ tags: [tag('color', 'green')], transitiveKeys: [] }, from);
  expect(second).toEqual({ given: { color: 'green' }, inherited: { team: 'blue' }, transitive: ['team'] });
  expect(mergedTags({ team: 'of the next role' }, second)).toEqual({ team: 'blue', color: 'green' });
  expect(() => sessionTagsOf({ tags: [tag('TEAM', 'red')], transitiveKeys: [] }, from)).toThrow(
    /conflicts with a transitive tag key/,
  );
});

it.each([
  ['the same key twice', [tag('a'), tag('A')], [], /Duplicate tag keys/],
  ['a transitive key without its tag', [tag('a')], ['b'], /must be included in the requested tags/],
  ['a key that is too long', [tag('k'.repeat(129))], [], /pattern/],
  ['a value that no model would take', [tag('a', '<b>')], [], /pattern/],
  ['a key of AWS', [tag('aws:team')], [], /reserved prefix/],
  ['fifty-one tags', Array.from({ length: 51 }, (_, i) => tag(`k${i}`)), [], /TagsPerSession: 50/],
])('refuses %s', (_what, tags, transitiveKeys, message) => {
  expect(() => sessionTagsOf({ tags, transitiveKeys })).toThrow(message);
});

it('takes none for none', () => {
  expect(sessionTagsOf({ tags: [], transitiveKeys: [] }, { tags: { a: 'b' } })).toEqual(noTags);
});
