import { describe, expect, it } from 'vitest';
import { firstFailure, judge, type Piece, reportedFailures } from './batchResult.ts';

const piece = (text: string, attempts = 0): Piece<string> => ({
  items: [...text],
  attempts,
  invocations: attempts,
});
const forever = { bisect: false, maximumRetryAttempts: -1 };

/** Plays batches to their end. @returns what was done with and what was lost, in order. */
function play(text: string, poison: string, rules: { bisect: boolean; maximumRetryAttempts: number }) {
  const story: string[] = [];
  let pieces = [piece(text)];
  for (let turn = 0; pieces.length > 0 && turn < 1000; turn++) {
    const [head, ...others] = pieces as [Piece<string>, ...Piece<string>[]];
    const bad = head.items.some((item) => poison.includes(item));
    const { done, next, lost } = judge(head, bad ? 0 : undefined, rules);
    if (done.length > 0) story.push(done.join(''));
    if (lost) story.push(`!${lost.items.join('')}x${lost.invocations}`);
    pieces = [...next, ...others];
  }
  return story;
}

describe('a batch', () => {
  it('is done with when nothing failed', () => {
    expect(judge(piece('abc'), undefined, forever)).toEqual({
      done: ['a', 'b', 'c'],
      next: [],
      lost: undefined,
    });
  });

  it('is tried again without end, or as often as it may', () => {
    expect(judge(piece('ab', 99), 0, forever).next).toEqual([piece('ab', 100)]);
    expect(play('abc', 'b', { bisect: false, maximumRetryAttempts: 2 })).toEqual(['!abcx3']);
    expect(play('abc', 'b', { bisect: false, maximumRetryAttempts: 0 })).toEqual(['!abcx1']);
  });

  it('is halved until only the poison is lost, in order', () => {
    expect(play('abcdefgh', 'c', { bisect: true, maximumRetryAttempts: 0 })).toEqual([
      'ab',
      '!cx4',
      'd',
      'efgh',
    ]);
    expect(play('abcde', 'ae', { bisect: true, maximumRetryAttempts: 1 })).toEqual([
      '!ax5',
      'b',
      'c',
      'd',
      '!ex4',
    ]);
  });

  it('goes on behind what was reported done', () => {
    const rules = { bisect: false, maximumRetryAttempts: 1 };
    const first = judge(piece('abcd', 1), 2, rules);
    expect(first).toEqual({
      done: ['a', 'b'],
      next: [{ items: ['c', 'd'], attempts: 1, invocations: 2 }],
      lost: undefined,
    });
    expect(judge(first.next[0] as Piece<string>, 0, rules).lost?.items).toEqual(['c', 'd']);
  });
});

describe('reported failures', () => {
  const identifiers = ['1', '2', '3'];
  it.each([
    [null, undefined],
    ['', undefined],
    [{}, undefined],
    [{ batchItemFailures: null }, undefined],
    [{ batchItemFailures: [] }, undefined],
    [{ batchItemFailures: [{ itemIdentifier: '3' }, { itemIdentifier: '2' }] }, 1],
    [{ batchItemFailures: [{ itemIdentifier: '' }] }, 0],
    [{ batchItemFailures: [{ itemIdentifier: null }] }, 0],
    [{ batchItemFailures: [{ identifier: '2' }] }, 0],
    [{ batchItemFailures: [{ itemIdentifier: '9' }] }, 0],
    [{ batchItemFailures: 'all' }, 0],
    ['text', 0],
  ])('%j → %s', (answer, expected) => {
    expect(firstFailure(answer, identifiers)).toBe(expected);
  });

  it('are undefined when nobody can read them', () => {
    expect(reportedFailures({ batchItemFailures: [{}] })).toBeUndefined();
  });
});
