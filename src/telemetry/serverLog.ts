/** The server's own log on standard error: a line a person reads on a terminal, JSON for machines otherwise. */
import type { LogLevel } from './port.ts';

const severities: Record<LogLevel, number> = { debug: 10, info: 20, warn: 30, error: 40 };
const colours: Record<LogLevel, string> = {
  debug: '\x1b[2m',
  info: '\x1b[36m',
  warn: '\x1b[33m',
  error: '\x1b[31m',
};
const reset = '\x1b[0m';

/** Field names whose values never reach a log, whatever room wrote them. */
const secretField =
  /secret|password|passwd|authorization|credential|session.?token|security.?token|private.?key|signature|cookie/i;

export interface ServerLogOptions {
  write(line: string): void;
  format: 'pretty' | 'json';
  level: LogLevel;
  now(): number;
}

export type ServerLog = (level: LogLevel, message: string, fields?: Record<string, unknown>) => void;

export function createServerLog(options: ServerLogOptions): ServerLog {
  const threshold = severities[options.level];
  const render = options.format === 'json' ? renderJson : renderPretty;
  return (level, message, fields) => {
    if (severities[level] < threshold) return;
    options.write(
      `${render(level, new Date(options.now()), message, fields ? redact(fields) : undefined)}\n`,
    );
  };
}

function renderJson(level: LogLevel, time: Date, message: string, fields?: Record<string, unknown>): string {
  return JSON.stringify({ time: time.toISOString(), level, message, ...fields });
}

function renderPretty(
  level: LogLevel,
  time: Date,
  message: string,
  fields?: Record<string, unknown>,
): string {
  const details = fields
    ? Object.entries(fields)
        .map(([name, value]) => ` ${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
        .join('')
    : '';
  return `${time.toISOString().slice(11, 23)} ${colours[level]}${level.padEnd(5)}${reset} ${message}${details}`;
}

/** Errors become their stack (the server log is the one place for it); secrets become `[redacted]`. */
function redact(fields: Record<string, unknown>): Record<string, unknown> {
  const clean: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    if (secretField.test(name)) clean[name] = '[redacted]';
    else if (value instanceof Error) clean[name] = describeError(value);
    else if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
      clean[name] = redact(value as Record<string, unknown>);
    } else clean[name] = value;
  }
  return clean;
}

function describeError(error: Error): string {
  const own = error.stack ?? String(error);
  return error.cause instanceof Error ? `${own}\ncaused by ${describeError(error.cause)}` : own;
}
