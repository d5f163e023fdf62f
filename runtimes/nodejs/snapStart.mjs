// SnapStart's runtime hooks. AWS has none for Node.js; these do what those of its other languages do:
// https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks.html

import { frameKinds, send } from './channel.mjs';
import { errorObject, runtimeError } from './errors.mjs';

const before = [];
const after = [];

/** Adds `awslambda.registerBeforeSnapshot` and `awslambda.registerAfterRestore`. */
export function installHooks() {
  globalThis.awslambda.registerBeforeSnapshot = (hook, ...args) => {
    before.push(() => hook(...args));
    return hook;
  };
  globalThis.awslambda.registerAfterRestore = (hook, ...args) => {
    after.push(() => hook(...args));
    return hook;
  };
}

/** The newest first. @throws */
export async function beforeSnapshot() {
  for (const hook of [...before].reverse()) await named('BeforeSnapshotError', hook);
}

/** In the order of their registration. Ends the process when one fails. */
export async function afterRestore() {
  try {
    for (const hook of after) await named('AfterRestoreError', hook);
    send(frameKinds.restored);
  } catch (error) {
    const object = errorObject(error);
    console.error('Uncaught Exception \t', object.logged);
    send(frameKinds.restoreFailed, Buffer.from(object.json));
    process.exit(1);
  }
}

async function named(name, hook) {
  try {
    await hook();
  } catch (error) {
    throw runtimeError(name, String(error), error);
  }
}
