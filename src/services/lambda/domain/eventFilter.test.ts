import { describe, expect, it } from 'vitest';
import { compileFilter, InvalidPattern } from './eventFilter.ts';

const matches = (pattern: object, event: unknown) => compileFilter(JSON.stringify(pattern))(event);

describe('a filter pattern', () => {
  const record = {
    eventName: 'INSERT',
    dynamodb: { NewImage: { city: { S: 'Lyon' }, tags: { SS: ['a', 'b'] }, n: { N: '5' } } },
    price: 12.5,
    gone: null,
  };

  it.each<[object, boolean]>([
    [{}, true],
    [{ eventName: ['INSERT'] }, true],
    [{ eventName: ['MODIFY', 'INSERT'] }, true],
    [{ eventName: ['MODIFY'] }, false],
    [{ eventName: ['INSERT'], dynamodb: { NewImage: { city: { S: [{ prefix: 'Ly' }] } } } }, true],
    [{ eventName: ['INSERT'], dynamodb: { NewImage: { city: { S: [{ prefix: 'Pa' }] } } } }, false],
    [{ dynamodb: { NewImage: { city: { S: [{ suffix: 'on' }] } } } }, true],
    [{ dynamodb: { NewImage: { city: { S: [{ 'equals-ignore-case': 'LYON' }] } } } }, true],
    [{ dynamodb: { NewImage: { city: { S: [{ 'anything-but': ['Lyon', 'Paris'] }] } } } }, false],
    [{ dynamodb: { NewImage: { city: { S: [{ 'anything-but': { prefix: 'P' } }] } } } }, true],
    [{ dynamodb: { NewImage: { other: { S: [{ 'anything-but': ['Lyon'] }] } } } }, false],
    [{ dynamodb: { NewImage: { tags: { SS: ['b'] } } } }, true],
    [{ dynamodb: { NewImage: { other: { S: [{ exists: false }] } } } }, true],
    [{ dynamodb: { NewImage: { city: { S: [{ exists: true }] } } } }, true],
    [{ dynamodb: { NewImage: { city: [{ exists: true }] } } }, false],
    [{ dynamodb: { NewImage: { n: { N: [{ numeric: ['>', 1] }] } } } }, false],
    [{ price: [{ numeric: ['>', 10, '<=', 12.5] }] }, true],
    [{ price: [{ numeric: ['=', 12] }] }, false],
    [{ gone: [null] }, true],
    [{ price: [null] }, false],
    [{ $or: [{ eventName: ['REMOVE'] }, { price: [12.5] }] }, true],
    [{ $or: [{ eventName: ['REMOVE'] }, { price: [1] }] }, false],
    [{ eventName: { deeper: ['x'] } }, false],
  ])('%j → %s', (pattern, expected) => {
    expect(matches(pattern, record)).toBe(expected);
  });

  it.each([
    'no json',
    '[]',
    '"a"',
    '{"a":"b"}',
    '{"a":[]}',
    '{"a":{}}',
    '{"a":[{"prefix":1}]}',
    '{"a":[{"like":"x"}]}',
    '{"a":[{"prefix":"x","suffix":"y"}]}',
    '{"a":[{"numeric":["!",1]}]}',
    '{"a":[{"exists":"yes"}]}',
    '{"$or":[{"a":["b"]}]}',
    '{"a":[["b"]]}',
  ])('%s is none', (text) => {
    expect(() => compileFilter(text)).toThrow(InvalidPattern);
  });
});
