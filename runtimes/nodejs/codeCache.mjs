// V8's compiled code from environments before this one, and what this one compiles for those after it. Node.js keeps
// and checks it (module.enableCompileCache); the host says which of it this function may see: src/compute/codeCache.ts.
import { existsSync, lstatSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import nodeModule from 'node:module';
import { join } from 'node:path';
import { frameKinds, send } from './channel.mjs';

/** Of this sandbox alone: what is compiled here. */
const own = '/var/launch/code';
/** Read-only: of the AWS SDK that every function finds, and of earlier environments of this function. */
const shared = '/var/launch/sdkCode';
const kept = '/var/launch/keptCode';

let folder;

/** Before there is a function: the SDK's code is at hand. Does nothing where there is no place for it. */
export function openCodeCache() {
  if (!nodeModule.flushCompileCache || !existsSync(own)) return;
  nodeModule.enableCompileCache(own);
  folder = nodeModule.getCompileCacheDir();
  linkAll(shared);
}

/** The function's code of earlier environments. */
export function useKeptCode() {
  if (folder !== undefined) linkAll(kept);
}

/** Hands what was compiled so far to the host. Sent before Init ends: no event has had a say in it. */
export function handCode() {
  if (folder === undefined) return;
  nodeModule.flushCompileCache();
  const entries = readdirSync(folder)
    .filter((name) => lstatSync(join(folder, name)).isFile())
    .map((name) => [name, readFileSync(join(folder, name))]);
  const head = Buffer.from(JSON.stringify(entries.map(([name, bytes]) => [name, bytes.length])));
  const length = Buffer.allocUnsafe(4);
  length.writeUInt32BE(head.length, 0);
  send(frameKinds.code, length, head, ...entries.map(([, bytes]) => bytes));
}

function linkAll(from) {
  if (folder === undefined || !existsSync(from)) return;
  for (const name of readdirSync(from)) {
    try {
      symlinkSync(join(from, name), join(folder, name));
    } catch {
      // What is there already serves as well.
    }
  }
}
