/** The order to load a function: what the runtime is told, and what the log says first. */
import { join } from 'node:path';
import type { CodeUse } from './codeCache.ts';
import type { EnvironmentLog } from './environmentLog.ts';
import type { EnvironmentStart } from './environmentStart.ts';
import { initFrame } from './messages.ts';
import type { EnvironmentIdentity, EnvironmentSpec } from './port.ts';
import { substitution } from './runtimes/languages.ts';
import { keptCode } from './sandboxFolders.ts';

export interface InitOrder {
  readonly message: Buffer;
  /** What the environment does about compiled code, if anything. */
  readonly code: CodeUse | undefined;
}

export function orderInit(
  { request, driver, codeCache, external }: EnvironmentStart<unknown>,
  spec: EnvironmentSpec,
  identity: EnvironmentIdentity,
  log: EnvironmentLog,
  isAgain: boolean,
): InitOrder {
  const { folder, language } = request;
  const code = codeCache?.use(spec, language, join(folder, keptCode));
  log.initStart(identity, language.version, isAgain ? 'invoke' : 'init');
  const note = substitution(spec.runtime, language);
  if (note && !isAgain) log.note(note);
  const message = initFrame(spec, identity, driver.paths(folder), code?.state, external.length > 0);
  return { message, code };
}
