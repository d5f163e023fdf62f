// Finds and loads a handler: `src/app.handler` is the export `handler` of /var/task/src/app.{js,mjs,cjs}; exports nest.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runtimeError } from './errors.mjs';

/** What the SDK and most functions load of Node itself; it costs time once, and here nobody waits. */
const builtins = [
  'assert',
  'async_hooks',
  'buffer',
  'child_process',
  'crypto',
  'dns',
  'events',
  'fs/promises',
  'http',
  'http2',
  'https',
  'net',
  'os',
  'path',
  'querystring',
  'stream',
  'stream/promises',
  'stream/web',
  'string_decoder',
  'timers/promises',
  'tls',
  'url',
  'util',
  'zlib',
];

/** Loads them one by one, for as long as `wanted` says that there is nothing better to do. */
export async function warmBuiltins(wanted) {
  const load = process.getBuiltinModule ?? createRequire(import.meta.url);
  for (const name of builtins) {
    if (!wanted()) return;
    try {
      load(`node:${name}`);
    } catch {
      // Older versions of Node.js don't have them all.
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Runs both module loaders once, so that the first function doesn't pay for their start. */
export async function warmLoaders() {
  createRequire(import.meta.url)('./warm.cjs');
  await import('./warm.mjs');
  JSON.parse(JSON.stringify({ warm: [1, 'a', null] }));
}

/** @returns the handler function. @throws errors named as AWS names them. */
export async function loadHandler(taskRoot, handler) {
  const name = basename(handler);
  const parts = /^([^.]*)\.(.+)$/.exec(name);
  if (handler.includes('..')) {
    throw runtimeError(
      'MalformedHandlerName',
      `'${handler}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`,
    );
  }
  if (!parts) throw runtimeError('MalformedHandlerName', 'Bad handler');
  const folder = handler.slice(0, handler.length - name.length);
  const [, moduleName, exportPath] = parts;
  const exported = await loadModule(taskRoot, folder, moduleName);
  let found = exported;
  for (const step of exportPath.split('.')) found = found?.[step];
  // A CommonJS module that was imported has its exports under `default` when they can't be told statically.
  if (found === undefined)
    found = exportPath.split('.').reduce((value, step) => value?.[step], exported?.default);
  if (found === undefined || found === null) {
    throw runtimeError('HandlerNotFound', `${handler} is undefined or not exported`);
  }
  if (typeof found !== 'function') throw runtimeError('HandlerNotFound', `${handler} is not a function`);
  return found;
}

async function loadModule(taskRoot, folder, moduleName) {
  const stem = resolve(taskRoot, folder, moduleName);
  try {
    for (const extension of ['', '.js', '.mjs', '.cjs']) {
      const path = stem + extension;
      if (extension === '' ? !isFile(path) : !existsSync(path)) continue;
      if (extension === '.mjs' || (extension === '.js' && isModuleFolder(dirname(path)))) {
        return await import(pathToFileURL(path).href);
      }
      return createRequire(join(taskRoot, 'index.js'))(path);
    }
    const require = createRequire(join(taskRoot, 'index.js'));
    let path;
    try {
      path = require.resolve(`./${join(folder, moduleName)}`);
    } catch {
      throw Object.assign(
        new Error(`Cannot find module '${moduleName}'\nRequire stack:\n- /var/runtime/index.mjs`),
        { code: 'MODULE_NOT_FOUND' },
      );
    }
    return await import(pathToFileURL(path).href);
  } catch (error) {
    if (error instanceof SyntaxError) throw runtimeError('UserCodeSyntaxError', String(error), error);
    if (error?.code === 'MODULE_NOT_FOUND' || error?.code === 'ERR_MODULE_NOT_FOUND') {
      throw runtimeError('ImportModuleError', String(error), error);
    }
    throw error;
  }
}

function isFile(path) {
  try {
    return readFileSync(path) !== undefined;
  } catch {
    return false;
  }
}

/** True when the nearest package.json says `"type": "module"`. */
function isModuleFolder(folder) {
  for (let current = folder; ; current = dirname(current)) {
    const manifest = join(current, 'package.json');
    if (existsSync(manifest)) {
      try {
        return JSON.parse(readFileSync(manifest, 'utf8')).type === 'module';
      } catch {
        return false;
      }
    }
    if (current === dirname(current) || current.endsWith(`${sep}node_modules`)) return false;
  }
}
