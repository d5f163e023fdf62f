/** IAM over a store in memory: operations are called as any principal, at any time. */
import { policyEngine } from '../../../identity/index.ts';
import { RandomIds, VirtualClock } from '../../../kernel/index.ts';
import { type Platform, type Principal, rootOf } from '../../../platform/index.ts';
import { MemoryStore } from '../../../store/index.ts';
import { openVault } from '../../../store/vault.ts';
import { DurableTasks } from '../../../tasks/index.ts';
import { LocalTelemetry } from '../../../telemetry/index.ts';
import { iam } from '../index.ts';
import type { IamContext, IamRoom } from '../room.ts';

export const account = '123456789012';
export const startOfTime = Date.UTC(2024, 4, 6, 7, 8, 9);

export interface ToyAccount {
  store: MemoryStore;
  room: IamRoom;
  clock: VirtualClock;
  /** Waits for what happens in the background. */
  settled(): Promise<void>;
  /** As the root user unless somebody else is named. */
  call<Output = Record<string, unknown>>(operation: string, input?: object, as?: Principal): Promise<Output>;
}

/** @param store of an account that was there before. */
export async function toyAccount(store = new MemoryStore()): Promise<ToyAccount> {
  const ids = new RandomIds();
  const clock = new VirtualClock(startOfTime);
  const telemetry = new LocalTelemetry({ clock, write: () => {}, format: 'json', level: 'error' });
  const tasks = new DurableTasks({ store, clock, ids, telemetry, exclusive: true });
  // Without a folder: the vault's key stays in memory.
  const vault = openVault({ ids });
  const platform = { store, ids, clock, tasks, vault, policies: policyEngine } as unknown as Platform;
  const room = await iam.open(platform);
  return {
    store,
    room,
    clock,
    settled: () => tasks.idle(),
    async call<Output>(operation: string, input: object = {}, as: Principal = rootOf(account)) {
      const run = iam.operations[operation];
      if (!run) throw new Error(`IAM has no ${operation}`);
      const ctx = { room, account, region: 'us-east-1', principal: as, now: clock.now() };
      return (await run(ctx as unknown as IamContext as never, input as never)) as Output;
    },
  };
}

export function userPrincipal(userName: string): Principal {
  return {
    type: 'user',
    account,
    arn: `arn:aws:iam::${account}:user/${userName}`,
    userName,
    userId: 'AIDAEXAMPLEEXAMPLEEX',
  };
}
