/**
 * Timeouts of many members with one timer. A member is looked at when the time that was known last has come; what it did
 * meanwhile costs nothing.
 */
import type { Clock } from '../../../kernel/index.ts';

/** As `Clock.at` returns it. */
type Timer = ReturnType<Clock['at']>;

export class Wheel<Member> {
  readonly #clock: Clock;
  readonly #stepMs: number;
  /** When a member is due, milliseconds since the epoch. */
  readonly #dueAt: (member: Member) => number;
  readonly #onDue: (member: Member) => void;
  readonly #slots = new Map<number, Set<Member>>();
  #timer: Timer | undefined;
  #armed = Number.POSITIVE_INFINITY;

  constructor(options: {
    clock: Clock;
    stepMs: number;
    dueAt(member: Member): number;
    onDue(member: Member): void;
  }) {
    this.#clock = options.clock;
    this.#stepMs = options.stepMs;
    this.#dueAt = options.dueAt;
    this.#onDue = options.onDue;
  }

  /** @returns the member's slot, for `remove`. */
  add(member: Member): number {
    const slot = Math.ceil(this.#dueAt(member) / this.#stepMs);
    const members = this.#slots.get(slot);
    if (members) members.add(member);
    else this.#slots.set(slot, new Set([member]));
    if (slot < this.#armed) this.#arm(slot);
    return slot;
  }

  /** For a member that has gone. */
  remove(member: Member, slot: number): void {
    const members = this.#slots.get(slot);
    members?.delete(member);
    if (members?.size === 0) this.#slots.delete(slot);
  }

  #arm(slot: number): void {
    this.#timer?.cancel();
    this.#armed = slot;
    this.#timer = this.#clock.at(slot * this.#stepMs, () => this.#turn());
  }

  #turn(): void {
    const now = this.#clock.now();
    this.#armed = Number.POSITIVE_INFINITY;
    for (const [slot, members] of [...this.#slots]) {
      if (slot * this.#stepMs > now) continue;
      this.#slots.delete(slot);
      for (const member of members) this.#onDue(member);
    }
    const next = Math.min(...this.#slots.keys());
    if (next < this.#armed) this.#arm(next);
  }
}
