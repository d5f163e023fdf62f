/**
 * The compiled code of the AWS SDK that functions find without packaging it: made once by a function of Brume's own, in a
 * sandbox of its own, and seen read-only by all others.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { runtimesFolder } from './launches.ts';
import type { EnvironmentSpec } from './port.ts';
import type { Language } from './runtimes/languages.ts';

/** The function that loads the SDK; undefined where there is none, or where its code isn't kept. */
export function sdkFunction(language: Language): EnvironmentSpec | undefined {
  const { kind, sdk } = language;
  if (kind !== 'nodejs' || !sdk) return undefined;
  const scope = statSync(join(sdk.folder, '@aws-sdk'), { throwIfNoEntry: false });
  if (!scope) return undefined;
  const codeOwner = `sdk ${sdk.folder} ${scope.mtimeMs}`;
  return {
    key: `${codeOwner} ${language.id}`,
    runtime: `nodejs${language.version.split('.')[0]}.x`,
    handler: 'brumeSdk.handler',
    codeFolder: join(runtimesFolder(), 'sdk'),
    codeOwner,
    layerFolders: [],
    environment: {},
    memoryMb: 512,
    ephemeralStorageMb: 512,
    initTimeoutMs: 30_000,
    onLog: () => {},
  };
}
