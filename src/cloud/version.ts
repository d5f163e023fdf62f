import { readFileSync } from 'node:fs';

/** The version in package.json, which stands above both `src/cli/` and `dist/`. */
export function version(): string {
  for (const up of ['../package.json', '../../package.json']) {
    try {
      const found = JSON.parse(readFileSync(new URL(up, import.meta.url), 'utf8')) as {
        name?: string;
        version?: string;
      };
      if (found.name === 'brume' && found.version) return found.version;
    } catch {
      // Not here: look one level further up.
    }
  }
  return 'unknown';
}
