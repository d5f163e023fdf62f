/** Bounds of execution environments. AWS's: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */

/** Response of a buffered invocation in bytes: 6 MB and the runtime's head room, as the error message says. */
export const responseBytesMax = 6 * 1024 * 1024 + 100;
/** “Streamed responses: 200 MB” (quotas page, Invocation payload). */
export const streamedBytesMax = 200 * 1024 * 1024;
/** “File descriptors 1,024”, “Execution processes/threads 1,024”. */
export const fileDescriptorsMax = 1024;
export const processesMax = 1024;
/** A log event longer than this is cut: “maximum event size 256 KB” less 26 bytes of overhead (CloudWatch Logs quotas). */
export const logEventBytesMax = 256 * 1024 - 26;
/** Ours: a runtime that isn’t up by then is given up; a busy machine may take a hundred times the usual. Milliseconds. */
export const bootTimeoutMs = 60_000;
/** Ours: how long an environment rests before its processes are stopped. Milliseconds. */
export const freezeAfterMs = 250;
/** Ours: how long that waits for what extensions are being told at the moment. Milliseconds. */
export const tellingMsMax = 2000;
/** Ours: how long an environment without invocations is kept; AWS names no number. Milliseconds. */
export const keepIdleMs = 10 * 60_000;
/** Ours: how often memory is sampled while an invocation runs. Milliseconds. */
export const memorySampleMs = 50;
/** “If the runtime hooks take longer than 10 seconds, … SnapStartTimeoutException” (snapstart-runtime-hooks.html). Milliseconds. */
export const restoreTimeoutMs = 10_000;
/** Ours: functions with SnapStart that have an environment standing by, as a share of all environments. */
export const snapshotShare = 1 / 4;
/** Ours: how long after the first function of a language was made ready the SDK is compiled for it. Milliseconds. */
export const compileSdkAfterMs = 3000;
