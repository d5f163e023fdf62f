/** What the operations of KMS share. */
import type { Clock, Ids } from '../../kernel/index.ts';
import type { OperationContext, PolicyEngine } from '../../platform/index.ts';
import type { Store } from '../../store/index.ts';
import type { Vault } from '../../store/vault.ts';
import type { TaskQueue } from '../../tasks/index.ts';

/** A key, and the time of which something is due: what was scheduled for another time isn't any more. */
export interface Due {
  account: string;
  region: string;
  keyId: string;
  at: number;
}

export interface KmsRoom {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly vault: Vault;
  readonly policies: Pick<PolicyEngine, 'simulate' | 'contextKeys'>;
  /** Keys that go when their waiting period is over. */
  readonly deletion: TaskQueue<Due>;
  /** Keys that get new material from time to time. */
  readonly rotation: TaskQueue<Due>;
}

export type Context = OperationContext<KmsRoom>;
