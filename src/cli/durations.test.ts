import { describe, expect, it } from 'vitest';
import { durations } from './durations.ts';

describe('--dynamodb-durations', () => {
  it('takes one time for everything', () => {
    expect(durations('2m')).toEqual({
      tableCreate: 120_000,
      tableUpdate: 120_000,
      tableDelete: 120_000,
      indexCreate: 120_000,
      indexDelete: 120_000,
    });
  });

  it('takes a list', () => {
    expect(durations('table-create=10s, index-delete=500ms')).toEqual({
      tableCreate: 10_000,
      indexDelete: 500,
    });
  });

  it.each(['', '5', 'soon', 'table-create', 'table-create=', 'table=5s', 'table-create=5s,'])(
    'refuses %j',
    (text) => {
      expect(() => durations(text)).toThrow();
    },
  );
});
