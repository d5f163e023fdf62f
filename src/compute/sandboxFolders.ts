/** The folders a sandbox is started around, and the function's files in them. */
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { populate } from './codeFolder.ts';
import type { EnvironmentSpec } from './port.ts';

/** Compiled code of the function's earlier environments. */
export const keptCode = 'code';

/** The empty folders that a sandbox is started around. */
export function makeFolders(folder: string): void {
  for (const name of ['task', 'opt', keptCode]) {
    const path = join(folder, name);
    mkdirSync(path, { recursive: true });
    // The sandbox's user isn't ours, whatever our umask says.
    chmodSync(path, 0o755);
  }
}

/** A function's code and layers, into the folders of its sandbox. At once when there are no layers and few files. */
export function placeFiles(
  spec: Pick<EnvironmentSpec, 'codeFolder' | 'layerFolders'>,
  folder: string,
): Promise<void> | undefined {
  const placing = populate(spec.codeFolder, join(folder, 'task'));
  if (spec.layerFolders.length === 0) return placing;
  return (async () => {
    await placing;
    for (const layer of spec.layerFolders.toReversed()) await populate(layer, join(folder, 'opt'));
  })();
}
