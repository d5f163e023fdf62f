import { describe, expect, it } from 'vitest';
import { statementSpans } from './positions.ts';

describe('where statements stand', () => {
  it('is told as in the simulator’s published answers', () => {
    const flat =
      '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*","Condition":{"DateGreaterThan":{"aws:CurrentTime":"2018-08-16T12:00:00Z"}}}}';
    expect(statementSpans(flat)).toEqual([{ start: { Line: 1, Column: 38 }, end: { Line: 1, Column: 167 } }]);
    const indented = JSON.stringify(
      { Version: '2012-10-17', Statement: [{ Sid: 'a', Effect: 'Allow', Action: 's3:*', Resource: '*' }] },
      undefined,
      4,
    );
    expect(statementSpans(indented)).toEqual([
      { start: { Line: 3, Column: 19 }, end: { Line: 9, Column: 10 } },
    ]);
  });

  it('minds lists, braces in strings and escapes', () => {
    const text = '{ "Statement" : [ {"Sid":"}],\\"{"} , {"a":[1,{"b":true}]} ], "Version":"2012-10-17"}';
    const columns = statementSpans(text).map(({ start, end }) => [start.Column, end.Column]);
    expect(columns.map(([from = 0, to = 0]) => text.slice(from - 1, to - 1).trim())).toEqual([
      '{"Sid":"}],\\"{"}',
      '{"a":[1,{"b":true}]}',
    ]);
  });
});
