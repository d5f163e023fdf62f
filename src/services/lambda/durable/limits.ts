/** Bounds of durable executions: https://docs.aws.amazon.com/lambda/latest/dg/durable-functions.html unless another page is named. */

/** “You cannot synchronously invoke a durable function with an executionTimeout greater than 15 minutes.” Seconds. */
export const synchronousSecondsMax = 900;
/** Ours, as AWS's own emulator does: invocations that fail one after the other, and the wait between them. Milliseconds. */
export const failuresMax = 5;
export const failureWaitMs = 5_000;
/** Ours: the wait after an invocation that wasn't let in. Milliseconds. */
export const throttledWaitMs = 1_000;
/** Ours: at work at once in this process. */
export const turnConcurrency = 64;
export const callConcurrency = 64;
export const alarmConcurrency = 16;
/** GetDurableExecutionState, -History, ListDurableExecutionsByFunction: “The default is 100 and the maximum allowed is 1000. A value of 0 uses the default.” */
export const itemsDefault = 100;
