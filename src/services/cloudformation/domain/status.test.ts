import { describe, expect, it } from 'vitest';
import { resourceMayMove, stackMayMove } from './status.ts';

describe('lifecycles', () => {
  it('refuse by default', () => {
    expect(stackMayMove('DELETE_COMPLETE', 'CREATE_IN_PROGRESS')).toBe(false);
    expect(stackMayMove('ROLLBACK_COMPLETE', 'UPDATE_IN_PROGRESS')).toBe(false);
    expect(stackMayMove('CREATE_IN_PROGRESS', 'UPDATE_COMPLETE')).toBe(false);
    expect(resourceMayMove(undefined, 'UPDATE_IN_PROGRESS')).toBe(false);
    expect(resourceMayMove('DELETE_IN_PROGRESS', 'CREATE_COMPLETE')).toBe(false);
  });

  it('allow what AWS documents', () => {
    expect(stackMayMove('UPDATE_ROLLBACK_FAILED', 'UPDATE_ROLLBACK_IN_PROGRESS')).toBe(true);
    expect(stackMayMove('ROLLBACK_COMPLETE', 'DELETE_IN_PROGRESS')).toBe(true);
    expect(resourceMayMove('CREATE_FAILED', 'DELETE_COMPLETE')).toBe(true);
  });
});
