/**
 * The lifecycles of stacks and resources as total tables: what isn't listed is refused.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
 */
export type StackStatus =
  | 'REVIEW_IN_PROGRESS'
  | 'CREATE_IN_PROGRESS'
  | 'CREATE_FAILED'
  | 'CREATE_COMPLETE'
  | 'ROLLBACK_IN_PROGRESS'
  | 'ROLLBACK_FAILED'
  | 'ROLLBACK_COMPLETE'
  | 'DELETE_IN_PROGRESS'
  | 'DELETE_FAILED'
  | 'DELETE_COMPLETE'
  | 'UPDATE_IN_PROGRESS'
  | 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS'
  | 'UPDATE_COMPLETE'
  | 'UPDATE_FAILED'
  | 'UPDATE_ROLLBACK_IN_PROGRESS'
  | 'UPDATE_ROLLBACK_FAILED'
  | 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS'
  | 'UPDATE_ROLLBACK_COMPLETE';

export type ResourceStatus =
  | 'CREATE_IN_PROGRESS'
  | 'CREATE_FAILED'
  | 'CREATE_COMPLETE'
  | 'UPDATE_IN_PROGRESS'
  | 'UPDATE_FAILED'
  | 'UPDATE_COMPLETE'
  | 'DELETE_IN_PROGRESS'
  | 'DELETE_FAILED'
  | 'DELETE_COMPLETE'
  | 'DELETE_SKIPPED';

const stackMoves: Readonly<Record<StackStatus, readonly StackStatus[]>> = {
  REVIEW_IN_PROGRESS: ['CREATE_IN_PROGRESS', 'DELETE_IN_PROGRESS', 'DELETE_COMPLETE'],
  CREATE_IN_PROGRESS: ['CREATE_COMPLETE', 'CREATE_FAILED', 'ROLLBACK_IN_PROGRESS', 'DELETE_IN_PROGRESS'],
  CREATE_FAILED: ['DELETE_IN_PROGRESS', 'UPDATE_IN_PROGRESS', 'ROLLBACK_IN_PROGRESS'],
  CREATE_COMPLETE: ['UPDATE_IN_PROGRESS', 'DELETE_IN_PROGRESS'],
  ROLLBACK_IN_PROGRESS: ['ROLLBACK_COMPLETE', 'ROLLBACK_FAILED', 'DELETE_IN_PROGRESS'],
  ROLLBACK_FAILED: ['DELETE_IN_PROGRESS'],
  ROLLBACK_COMPLETE: ['DELETE_IN_PROGRESS'],
  // A deletion that another stack's import forbids is cancelled: the stack is what it was.
  DELETE_IN_PROGRESS: [
    'DELETE_COMPLETE',
    'DELETE_FAILED',
    'CREATE_COMPLETE',
    'CREATE_FAILED',
    'UPDATE_COMPLETE',
    'UPDATE_FAILED',
    'UPDATE_ROLLBACK_COMPLETE',
    'UPDATE_ROLLBACK_FAILED',
  ],
  DELETE_FAILED: ['DELETE_IN_PROGRESS'],
  DELETE_COMPLETE: [],
  UPDATE_IN_PROGRESS: ['UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'UPDATE_FAILED', 'UPDATE_ROLLBACK_IN_PROGRESS'],
  UPDATE_COMPLETE_CLEANUP_IN_PROGRESS: ['UPDATE_COMPLETE', 'DELETE_IN_PROGRESS'],
  UPDATE_COMPLETE: ['UPDATE_IN_PROGRESS', 'DELETE_IN_PROGRESS'],
  UPDATE_FAILED: ['UPDATE_IN_PROGRESS', 'UPDATE_ROLLBACK_IN_PROGRESS', 'DELETE_IN_PROGRESS'],
  UPDATE_ROLLBACK_IN_PROGRESS: ['UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS', 'UPDATE_ROLLBACK_FAILED'],
  UPDATE_ROLLBACK_FAILED: ['UPDATE_ROLLBACK_IN_PROGRESS', 'DELETE_IN_PROGRESS'],
  UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS: ['UPDATE_ROLLBACK_COMPLETE'],
  UPDATE_ROLLBACK_COMPLETE: ['UPDATE_IN_PROGRESS', 'DELETE_IN_PROGRESS'],
};

const resourceMoves: Readonly<Record<ResourceStatus | 'NONE', readonly ResourceStatus[]>> = {
  NONE: ['CREATE_IN_PROGRESS', 'CREATE_FAILED'],
  CREATE_IN_PROGRESS: ['CREATE_COMPLETE', 'CREATE_FAILED'],
  // A resource that never came to be is created anew by an update after a failed creation that was kept.
  CREATE_FAILED: ['DELETE_IN_PROGRESS', 'DELETE_COMPLETE', 'DELETE_SKIPPED', 'CREATE_IN_PROGRESS'],
  CREATE_COMPLETE: ['UPDATE_IN_PROGRESS', 'UPDATE_FAILED', 'DELETE_IN_PROGRESS', 'DELETE_SKIPPED'],
  UPDATE_IN_PROGRESS: ['UPDATE_COMPLETE', 'UPDATE_FAILED'],
  UPDATE_FAILED: ['UPDATE_IN_PROGRESS', 'UPDATE_COMPLETE', 'DELETE_IN_PROGRESS', 'DELETE_SKIPPED'],
  UPDATE_COMPLETE: [
    'UPDATE_IN_PROGRESS',
    'UPDATE_COMPLETE',
    'UPDATE_FAILED',
    'DELETE_IN_PROGRESS',
    'DELETE_SKIPPED',
  ],
  DELETE_IN_PROGRESS: ['DELETE_COMPLETE', 'DELETE_FAILED'],
  DELETE_FAILED: ['DELETE_IN_PROGRESS', 'DELETE_SKIPPED', 'UPDATE_IN_PROGRESS'],
  DELETE_COMPLETE: ['CREATE_IN_PROGRESS'],
  DELETE_SKIPPED: ['CREATE_IN_PROGRESS'],
};

/** @returns whether a stack may go from `from` to `to`. */
export function stackMayMove(from: StackStatus, to: StackStatus): boolean {
  return stackMoves[from].includes(to);
}

/** @returns whether a resource may go from `from` (undefined: it isn't there yet) to `to`. */
export function resourceMayMove(from: ResourceStatus | undefined, to: ResourceStatus): boolean {
  return resourceMoves[from ?? 'NONE'].includes(to);
}

/** Statuses in which `UpdateStack` and an UPDATE change set are accepted. */
export function isUpdatable(status: StackStatus): boolean {
  return stackMoves[status].includes('UPDATE_IN_PROGRESS');
}

/** True while an operation runs on the stack. */
export function isInProgress(status: StackStatus): boolean {
  return status.endsWith('_IN_PROGRESS') && status !== 'REVIEW_IN_PROGRESS';
}
