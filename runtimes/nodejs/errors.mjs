// Errors as the managed runtime writes them: to the caller (errorType, errorMessage, trace) and to the log
// (errorType, errorMessage, code and other own members, stack).
import { asText } from './console.mjs';

/** @returns json for the caller, logged for console.error. */
export function errorObject(error) {
  const response = responseOf(error);
  return { json: JSON.stringify(response), logged: { [asText]: logOf(error, response), ...response } };
}

function responseOf(error) {
  if (isError(error)) {
    const trace = typeof error.stack === 'string' ? error.stack.split('\n') : [];
    return { errorType: String(error.name), errorMessage: String(error.message), trace };
  }
  return { errorType: typeof error, errorMessage: String(error), trace: [] };
}

function logOf(error, response) {
  const { trace, ...rest } = response;
  const own = isError(error) ? ownMembers(error) : {};
  try {
    return JSON.stringify({ ...rest, ...own, stack: trace });
  } catch {
    return JSON.stringify({ ...rest, stack: trace });
  }
}

function ownMembers(error) {
  const { name: _name, message: _message, stack: _stack, ...own } = { ...error };
  return own;
}

function isError(value) {
  return (
    value instanceof Error ||
    (value !== null && typeof value === 'object' && 'stack' in value && 'message' in value)
  );
}

/** An error of the runtime itself. @param from whose stack is kept. */
export function runtimeError(name, message, from) {
  const error = new Error(message);
  error.name = `Runtime.${name}`;
  if (from?.stack) error.stack = `${error.name}: ${from.stack}`;
  else error.stack = (error.stack ?? '').replace(/^Error/, error.name);
  return error;
}

export const fatalKinds = {
  unhandledRejection(reason, promise) {
    const error = runtimeError(
      'UnhandledPromiseRejection',
      reason instanceof Error ? String(reason) : `${reason}`,
    );
    error.stack = `${error.name}: ${error.message}\n${(reason?.stack ?? error.stack).split('\n').slice(1).join('\n')}`;
    error.reason =
      reason instanceof Error
        ? { errorType: reason.name, errorMessage: reason.message, stack: (reason.stack ?? '').split('\n') }
        : reason;
    error.promise = promise === undefined ? undefined : {};
    return error;
  },
  unserializable() {
    return runtimeError('JSONStringifyError', 'Unable to stringify response body');
  },
  callbackHandler() {
    return runtimeError(
      'CallbackHandlerDeprecated',
      'AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to modify this function to use a supported handler signature to use Node.js 24 or later.',
    );
  },
};
