/** IAM over a store in memory: operations are called as any principal, at any time. */
import { RandomIds, VirtualClock } from '../../../kernel/index.ts';
import { type Principal, rootOf } from '../../../platform/index.ts';
import { MemoryStore } from '../../../store/index.ts';
import { openVault } from '../../../store/vault.ts';
import { iam } from '../index.ts';
import type { IamContext, IamRoom } from '../room.ts';
import { IamStore } from '../store.ts';

export const account = '123456789012';
export const startOfTime = Date.UTC(2024, 4, 6, 7, 8, 9);

export interface ToyAccount {
  store: MemoryStore;
  room: IamRoom;
  clock: VirtualClock;
  context(as?: Principal): IamContext;
  /** As the root user unless somebody else is named. */
  call<Output = Record<string, unknown>>(operation: string, input?: object, as?: Principal): Promise<Output>;
}

export function toyAccount(): ToyAccount {
  const store = new MemoryStore();
  const ids = new RandomIds();
  const clock = new VirtualClock(startOfTime);
  const room = { store: new IamStore(store), ids, vault: openVault({ ids }) } as unknown as IamRoom;
  const context = (principal: Principal = rootOf(account)) =>
    ({ room, account, region: 'us-east-1', principal, now: clock.now() }) as unknown as IamContext;
  return {
    store,
    room,
    clock,
    context,
    async call<Output>(operation: string, input: object = {}, as?: Principal) {
      const run = iam.operations[operation];
      if (!run) throw new Error(`IAM has no ${operation}`);
      return (await run(context(as) as never, input as never)) as Output;
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
