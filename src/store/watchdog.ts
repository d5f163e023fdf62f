import type { Transaction } from './port.ts';

/**
 * While bodies await only the store, a whole batch runs in one turn of the event loop. So if a turn passes
 * while a body runs, that body awaits something else and would hold every other writer up: it fails.
 */
export class Watchdog {
  #fail: ((cause: Error) => void) | undefined;
  #armed: NodeJS.Immediate | undefined;

  guard<T>(body: (tx: Transaction) => Promise<T>, tx: Transaction): Promise<T> {
    this.#armed ??= setImmediate(() => this.#bark());
    return new Promise((resolve, reject) => {
      this.#fail = reject;
      body(tx).then(resolve, reject);
    });
  }

  stop(): void {
    clearImmediate(this.#armed);
  }

  #bark(): void {
    this.#armed = undefined;
    this.#fail?.(
      new Error('a transaction awaited something other than its store: it was stopped and wrote nothing'),
    );
  }
}
