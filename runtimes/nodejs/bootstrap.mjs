// The Node.js runtime inside an execution environment. It comes up before any function is known, waits for one,
// loads it and runs its invocations. Frames: src/compute/frames.ts. Behaviour:
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { frameKinds, muted, nextFrame, nextFrameFrozen, send, sendLog, withMemory } from './channel.mjs';
import { handCode, openCodeCache, useKeptCode } from './codeCache.mjs';
import { installConsole } from './console.mjs';
import { createContext } from './context.mjs';
import { errorObject, fatalKinds } from './errors.mjs';
import { waitForDebugger } from './inspect.mjs';
import { loadHandler, warmBuiltins, warmLoaders } from './loader.mjs';
import { reachResponseUrl } from './responseUrl.mjs';
import { afterRestore, beforeSnapshot, installHooks } from './snapStart.mjs';
import { installStreaming, isStreaming, runStreaming } from './streaming.mjs';

const state = {
  requestId: undefined,
  handler: undefined,
  settled: true,
  runtime: 'nodejs24.x',
  legacy: true,
};
let assigned = false;
/** After a rest this long, connections may have been closed: the function is not to find that out by using them. Milliseconds. */
const longRestMs = 250;
/** What loads faster than this wouldn't gain by being kept compiled. */
const worthKeepingMs = 8;

installConsole(() => state.requestId);
installStreaming();
installHooks();
await warmLoaders();
await muted(rehearse);
// From here on what is loaded is the function's.
openCodeCache();
process.on('uncaughtException', (error) => crash('Uncaught Exception', errorObject(error), 129));
process.on('unhandledRejection', (reason, promise) => {
  crash('Unhandled Promise Rejection', errorObject(fatalKinds.unhandledRejection(reason, promise)), 128);
});
send(frameKinds.booted);
void warmBuiltins(() => !assigned);
const [, message] = await nextFrame();
assigned = true;
const { inspectPort, isExtended } = await init(JSON.parse(message.toString('utf8')));
if (inspectPort === undefined && !isExtended) setImmediate(serveFrozen);
else void serve();

/** Invocation after invocation; between two, everything stands still, as on AWS. */
function serveFrozen() {
  const since = performance.now();
  const [kind, body] = nextFrameFrozen();
  if (kind === frameKinds.restore) {
    void afterRestore().then(() => setImmediate(serveFrozen));
    return;
  }
  const invocation = readInvocation(body);
  // The loop turns once, so that ticks, rejections and closed connections are seen.
  const next = () => invoke(invocation).then(() => setImmediate(serveFrozen));
  if (performance.now() - since > longRestMs) setImmediate(next);
  else void next();
}

/**
 * With a debugger, which a process that stands still doesn't answer; with external extensions, since a function then hears
 * of its end: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-shutdown
 */
async function serve() {
  for (;;) {
    const [kind, body] = await nextFrame();
    if (kind === frameKinds.restore) await afterRestore();
    else await invoke(readInvocation(body));
  }
}

/** Goes once the way of a first invocation, so that it finds the runtime's own code compiled. */
async function rehearse() {
  state.handler = await loadHandler(dirname(fileURLToPath(import.meta.url)), 'rehearsal.handler');
  const head = Buffer.from(JSON.stringify({ requestId: '', traceId: 'Root=1', timeoutMs: 1000 }));
  const body = Buffer.concat([Buffer.alloc(4), head, Buffer.from('{"warm":true}')]);
  body.writeUInt32BE(head.length, 0);
  await invoke(readInvocation(body));
  state.handler = undefined;
  state.requestId = undefined;
  delete process.env._X_AMZN_TRACE_ID;
}

/** Init: variables, then the function's module with its top-level code. */
async function init(message) {
  for (const [name, value] of Object.entries(message.variables)) process.env[name] = value;
  state.runtime = message.runtime;
  state.legacy = Number(/^nodejs(\d+)/.exec(message.runtime)?.[1] ?? 24) < 24;
  try {
    if (message.inspectPort !== undefined) await waitForDebugger(message.inspectPort);
    if (message.code === 'kept') useKeptCode();
    const began = performance.now();
    state.handler = await loadHandler(message.taskRoot, message.handler);
    if (message.code === 'wanted' && performance.now() - began > worthKeepingMs) handCode();
    if (!state.legacy && !isStreaming(state.handler) && state.handler.length >= 3)
      throw fatalKinds.callbackHandler();
    if (message.snapStart) await beforeSnapshot();
    send(frameKinds.initialized, withMemory());
    return message;
  } catch (error) {
    const object = errorObject(error);
    console.error('Uncaught Exception \t', object.logged);
    send(frameKinds.initFailed, Buffer.from(object.json));
    process.exit(1);
  }
}

function readInvocation(body) {
  const headLength = body.readUInt32BE(0);
  const head = JSON.parse(body.toString('utf8', 4, 4 + headLength));
  return { head, payload: body.toString('utf8', 4 + headLength) };
}

/** One invocation, until its answer is sent. */
function invoke({ head, payload }) {
  state.requestId = head.requestId;
  state.settled = false;
  if (head.traceId) process.env._X_AMZN_TRACE_ID = head.traceId;
  else delete process.env._X_AMZN_TRACE_ID;
  return new Promise((answered) => {
    const finish = (kind, ...bodies) => {
      if (state.settled) return;
      state.settled = true;
      process.removeListener('beforeExit', onEmpty);
      send(kind, ...bodies);
      answered();
    };
    const succeed = (result) => {
      let json;
      try {
        json = JSON.stringify(result === undefined ? null : result) ?? 'null';
      } catch {
        return fail(fatalKinds.unserializable());
      }
      finish(frameKinds.result, withMemory(), Buffer.from(json));
    };
    const fail = (error) => {
      const object = errorObject(error);
      if (!state.settled) console.error('Invoke Error \t', object.logged);
      finish(frameKinds.failed, withMemory(0), Buffer.from(object.json));
    };
    let waiting;
    const onEmpty = () => {
      if (waiting) return waiting();
      succeed(null);
    };
    // A function whose event loop runs empty ends its invocation.
    process.on('beforeExit', onEmpty);
    const context = createContext(head);
    let called = false;
    /** The callback style: the answer waits for an empty event loop unless the function says otherwise. */
    const callback = (error, result) => {
      // Of all calls, in whichever style, the first counts.
      if (called) return;
      called = true;
      const answer = () => (error === undefined || error === null ? succeed(result) : fail(error));
      if (context.callbackWaitsForEmptyEventLoop && (error === undefined || error === null)) waiting = answer;
      else answer();
    };
    if (state.legacy) {
      context.done = (error, result) => {
        context.callbackWaitsForEmptyEventLoop = false;
        callback(error, result);
      };
      context.succeed = (result) => context.done(null, result);
      context.fail = (error) => context.done(error === undefined || error === null ? 'handled' : error);
    }
    let event;
    try {
      event = payload.length === 0 ? {} : JSON.parse(payload);
      if (event?.ResponseURL !== undefined) reachResponseUrl(event.ResponseURL);
      if (isStreaming(state.handler)) {
        runStreaming(state.handler, event, context).then(() => finish(frameKinds.result, withMemory()), fail);
        return;
      }
      const returned = state.handler(event, context, callback);
      if (returned !== null && typeof returned === 'object' && typeof returned.then === 'function') {
        returned.then(succeed, fail);
      } else if (!state.legacy) succeed(returned);
    } catch (error) {
      fail(error);
    }
  });
}

/** An error nobody caught ends the environment, with the error as the answer of what was running. */
function crash(title, object, status) {
  console.error(`${title} \t`, object.logged);
  if (state.handler === undefined) send(frameKinds.initFailed, Buffer.from(object.json));
  else if (!state.settled) send(frameKinds.failed, withMemory(1), Buffer.from(object.json));
  sendLog('');
  process.exit(status);
}
