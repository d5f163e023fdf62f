/**
 * The level of what a function writes, when its log is to hold only lines of some severity.
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
 */

const severity: Readonly<Record<string, number>> = {
  TRACE: 1,
  DEBUG: 2,
  INFO: 3,
  WARN: 4,
  WARNING: 4,
  ERROR: 5,
  FATAL: 6,
  CRITICAL: 6,
};

/** What runtimes and loggers call the time of a line. */
const timeNames = ['timestamp', 'time', '@timestamp', 'ts', 'Timestamp'];
const rfc3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d([.,]\d+)?([Zz]|[+-]\d\d:?\d\d)$/;

/**
 * Only JSON objects have a level: “If the level value field is invalid or missing, Lambda will assign the log output the
 * level INFO”; “If you don't supply a valid timestamp, Lambda will assign the log the level INFO and add a timestamp for
 * you.” Text is kept as it is, and so are embedded metrics.
 * @param threshold the function's ApplicationLogLevel.
 * @param now milliseconds since the epoch.
 * @returns the line as it stands in the log; undefined when it is below the threshold.
 */
export function filteredLine(line: string, threshold: string, now: number): string | undefined {
  if (line.charCodeAt(0) !== 123) return line;
  let event: Record<string, unknown>;
  try {
    event = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return line;
  }
  if (event._aws !== undefined) return line;
  const timed = timeNames.some((name) => {
    const time = event[name];
    return typeof time === 'string' && rfc3339.test(time);
  });
  // The Python runtime calls it so where it reports an error that nobody caught.
  const level = event.level ?? event.log_level;
  const named = timed && typeof level === 'string' ? severity[level.toUpperCase()] : undefined;
  if ((named ?? 3) < (severity[threshold] ?? 3)) return undefined;
  return timed ? line : JSON.stringify({ timestamp: new Date(now).toISOString(), ...event });
}
