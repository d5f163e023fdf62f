// console.* and process.stdout write log events, in the formats of
// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html
import { format } from 'node:util';
import { sendLog } from './channel.mjs';

const levels = { trace: 1, debug: 2, info: 3, warn: 4, error: 5, fatal: 6 };

/** @param requestId gives the id of the running invocation, or undefined. */
export function installConsole(requestId) {
  const write = (level, values) => {
    if (process.env.AWS_LAMBDA_LOG_FORMAT === 'JSON') return writeJson(level, values, requestId());
    sendLog(`${new Date().toISOString()}\t${requestId()}\t${level.toUpperCase()}\t${textOf(values)}`);
  };
  console.log = (...values) => write('info', values);
  for (const level of ['debug', 'info', 'warn', 'error'])
    console[level] = (...values) => write(level, values);
  console.fatal = (...values) => write('fatal', values);
  console.trace = (...values) => {
    const { stack } = Object.assign(new Error(format(...values)), { name: 'Trace' });
    write('trace', [stack.replace(/^Error/, 'Trace')]);
  };
  for (const stream of [process.stdout, process.stderr]) divert(stream);
}

function textOf(values) {
  const [title, object] = values;
  // Errors that end an invocation: a title, a tab, JSON.
  return object?.[asText] === undefined ? format(...values) : `${title}${object[asText]}`;
}

/** Marks an object whose text for the log isn't what `util.format` makes of it. */
export const asText = Symbol('asText');

function writeJson(level, values, requestId) {
  const threshold = levels[(process.env.AWS_LAMBDA_LOG_LEVEL ?? 'INFO').toLowerCase()] ?? levels.info;
  if (levels[level] < threshold) return;
  const event = { timestamp: new Date().toISOString(), level: level.toUpperCase(), requestId };
  const [first] = values;
  if (values.length === 1 && first !== null && typeof first === 'object' && !(first instanceof Error)) {
    event.message = first;
  } else {
    event.message = textOf(values);
    const error = values.find((value) => value instanceof Error);
    if (error) {
      event.errorType = error.name;
      event.errorMessage = error.message;
      event.stackTrace = (error.stack ?? '')
        .split('\n')
        .slice(1)
        .map((line) => line.trim());
    }
  }
  sendLog(safeJson(event));
}

function safeJson(event) {
  try {
    return JSON.stringify(event);
  } catch {
    return JSON.stringify({ ...event, message: format(event.message) });
  }
}

/** Direct writes go the way of the log too, a line an event, so that their order with console.* is kept. */
function divert(stream) {
  let rest = '';
  stream.write = (chunk, encoding, done) => {
    rest += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8');
    const lines = rest.split('\n');
    rest = lines.pop();
    for (const line of lines) sendLog(line);
    const callback = typeof encoding === 'function' ? encoding : done;
    if (callback) process.nextTick(callback);
    return true;
  };
  process.on('exit', () => sendLog(rest));
}
