import { expect, it } from 'vitest';
import { shares } from './shares.ts';

it('divides provisioned concurrency by the weights of an alias, losing none', () => {
  expect(shares('1', {}, 5)).toEqual([['1', 5]]);
  expect(shares('1', { '2': 0.25 }, 8)).toEqual([
    ['1', 6],
    ['2', 2],
  ]);
  expect(shares('1', { '2': 0.1 }, 1)).toEqual([['1', 1]]);
  expect(shares('1', { '2': 1 }, 3)).toEqual([['2', 3]]);
});
