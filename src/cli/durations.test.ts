import { describe, expect, it } from 'vitest';
import { durationNames, lambdaDurationNames } from '../cloud/options.ts';
import { durations } from './durations.ts';

describe('--dynamodb-durations', () => {
  it('takes one time for everything', () => {
    expect(durations(durationNames)('2m')).toEqual({
      tableCreate: 120_000,
      tableUpdate: 120_000,
      tableDelete: 120_000,
      indexCreate: 120_000,
      indexDelete: 120_000,
    });
  });

  it('takes a list', () => {
    expect(durations(durationNames)('table-create=10s, index-delete=500ms')).toEqual({
      tableCreate: 10_000,
      indexDelete: 500,
    });
  });

  it.each(['', '5', 'soon', 'table-create', 'table-create=', 'table=5s', 'table-create=5s,'])(
    'refuses %j',
    (text) => {
      expect(() => durations(durationNames)(text)).toThrow();
    },
  );
});

describe('--lambda-durations', () => {
  it('knows the states of functions', () => {
    expect(durations(lambdaDurationNames)('5s')).toEqual({ functionCreate: 5000, functionUpdate: 5000 });
    expect(durations(lambdaDurationNames)('function-update=1s')).toEqual({ functionUpdate: 1000 });
    expect(() => durations(lambdaDurationNames)('table-create=5s')).toThrow('function-create');
  });
});
