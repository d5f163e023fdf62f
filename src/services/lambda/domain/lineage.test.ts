import { expect, it } from 'vitest';
import { extendLineage, lineageName } from './lineage.ts';

const root = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0';

it('notes every function that a chain passes, and how often', () => {
  const first = extendLineage(root, 'a87bd80c');
  expect(first).toEqual({ traceId: `${root};Lineage=a87bd80c:0`, passed: 0 });
  const second = extendLineage(first.traceId, '68fd508a');
  expect(second).toEqual({ traceId: `${root};Lineage=a87bd80c:0|68fd508a:0`, passed: 0 });
  const third = extendLineage(`${second.traceId};Self=1`, 'a87bd80c');
  expect(third).toEqual({ traceId: `${root};Lineage=a87bd80c:1|68fd508a:0;Self=1`, passed: 1 });
});

it('holds a bounded number of functions, and reads nonsense as a first passage', () => {
  const hops = Array.from({ length: 40 }, (_, at) => `x${at}:0`).join('|');
  const { traceId, passed } = extendLineage(`${root};Lineage=${hops}`, 'a87bd80c');
  expect(passed).toBe(0);
  expect(traceId.split('|')).toHaveLength(32);
  expect(traceId.endsWith('|a87bd80c:0')).toBe(true);
  expect(extendLineage(`${root};Lineage=a87bd80c:x`, 'a87bd80c').passed).toBe(1);
});

it('names a function by its ARN', () => {
  const name = lineageName('arn:aws:lambda:us-east-1:000000000000:function:f');
  expect(name).toMatch(/^[0-9a-f]{8}$/);
  expect(lineageName('arn:aws:lambda:us-east-1:000000000000:function:g')).not.toBe(name);
});
