/** Reads API descriptions from models/*.json. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ServiceModel } from './model.ts';

const loaded = new Map<string, ServiceModel>();
let folder: string | undefined;

/**
 * @param name file name without `.json`, e.g. `dynamodb`. Read once, at the first request for it.
 * @throws when there is no such description.
 */
export function loadModel(name: string): ServiceModel {
  let model = loaded.get(name);
  if (!model) {
    folder ??= findFolder();
    model = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as ServiceModel;
    loaded.set(name, model);
  }
  return model;
}

/** The sources stand two folders below the package's root and the bundle one, so the way is up until models/ is there. */
function findFolder(): string {
  let here = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const candidate = join(here, 'models');
    try {
      readFileSync(join(candidate, 'sts.json'));
      return candidate;
    } catch {
      const parent = dirname(here);
      if (parent === here)
        throw new Error('models/ with the API descriptions is missing from this installation');
      here = parent;
    }
  }
}
