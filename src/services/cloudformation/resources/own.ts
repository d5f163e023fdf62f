import type { Clock } from '../../../kernel/index.ts';
import type { StackStore } from '../store/index.ts';

/** What the service's own resource types work with. */
export interface OwnResources {
  readonly store: StackStore;
  readonly clock: Clock;
  /** `http://127.0.0.1:4566`, where functions reach this cloud. */
  readonly endpoint: string;
}
