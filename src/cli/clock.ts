import { SystemClock } from '../kernel/index.ts';

/** A command waits for the cloud: its pending timers keep the process alive. */
export const clock = new SystemClock({ keepAlive: true });
