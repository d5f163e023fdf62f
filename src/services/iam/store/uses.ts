/**
 * When access keys and roles were last used. Every request tells of it, so what it tells stays in memory and is written
 * once a minute: a process that is killed forgets a minute at most.
 */
import type { Clock, Timer } from '../../../kernel/index.ts';
import type { Principal, UseSink } from '../../../platform/index.ts';
import type { Reader, Store, Transaction } from '../../../store/index.ts';
import { type LastUse, lastUses } from './reports.ts';

const flushMs = 60_000;
/** Uses that wait to be written; past that they are written before the minute is over. */
const waitingMax = 10_000;

export class Uses implements UseSink {
  readonly #store: Store;
  readonly #clock: Clock;
  #waiting = new Map<string, LastUse>();
  #timer: Timer | undefined;
  #flushing: Promise<void> = Promise.resolve();

  /** @param store beside the room's own transactions: a use changes nobody's rights, so nothing is to be read anew for it. */
  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  saw(accessKeyId: string, principal: Principal, service: string, region: string, now: number): void {
    // The keys of a user's sessions come and go; AWS tells of long-term keys only.
    if (principal.type === 'user' && accessKeyId.startsWith('AKIA'))
      this.#note(accessKeyId, service, region, now);
    else if (principal.type === 'role' && principal.roleArn.includes(':role/'))
      this.#note(principal.roleArn, service, region, now);
  }

  #note(id: string, service: string, region: string, now: number): void {
    const waiting = this.#waiting.get(id);
    if (waiting) {
      waiting.at = now;
      waiting.service = service;
      waiting.region = region;
      return;
    }
    this.#waiting.set(id, { at: now, service, region });
    if (this.#waiting.size > waitingMax) void this.flush();
    this.#timer ??= this.#clock.at(now + flushMs, () => void this.flush());
  }

  /** Writes what waits. Never fails: what couldn't be written waits for the next time. */
  flush(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#flushing = this.#flushing.then(() => this.#write());
    return this.#flushing;
  }

  async #write(): Promise<void> {
    const written = this.#waiting;
    if (written.size === 0) return;
    this.#waiting = new Map();
    try {
      await this.#store.transact(async (tx) => {
        for (const [id, use] of written) lastUses.put(tx, [id], use);
      });
    } catch {
      for (const [id, use] of written) if (!this.#waiting.has(id)) this.#waiting.set(id, use);
    }
  }

  /** For what is deleted. @param id as in `of`. */
  forget(tx: Transaction, id: string): void {
    this.#waiting.delete(id);
    lastUses.delete(tx, id);
  }

  /** @param id of an access key, or the ARN of a role. */
  async of(id: string, reader: Reader = this.#store): Promise<LastUse | undefined> {
    return this.#waiting.get(id) ?? (await lastUses.get(reader, id));
  }
}
