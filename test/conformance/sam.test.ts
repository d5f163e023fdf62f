import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hasSamVectors, runSamVector, samFolder, samVectorNames } from './samVectors.ts';

const listFile = join(import.meta.dirname, 'sam-passing.json');
const passing: string[] = JSON.parse(readFileSync(listFile, 'utf8'));

/**
 * AWS's recorded SAM transformations. A vector that passed once must pass for ever: `sam-passing.json` lists them.
 * `SAM_UPDATE=1 vitest run --project conformance sam` adds what passes newly; nothing takes a name off the list.
 */
describe.skipIf(!hasSamVectors && !process.env.CI)(`SAM transform against ${samFolder}`, () => {
  it('finds the vectors', () => {
    expect(hasSamVectors).toBe(true);
  });

  it.each(passing)('%s', (name) => {
    const { actual, expected } = runSamVector(name);
    expect(actual).toEqual(expected);
  });

  it('counts the share of all vectors, which may only rise', () => {
    const known = new Set(passing);
    const now = samVectorNames().filter((name) => runSamVector(name).passed);
    const fresh = now.filter((name) => !known.has(name));
    const errors = now.filter((name) => name.startsWith('error_')).length;
    console.info(`SAM: ${now.length} of ${samVectorNames().length} vectors pass, ${errors} of them errors`);
    if (process.env.SAM_UPDATE) {
      writeFileSync(listFile, `${JSON.stringify([...passing, ...fresh].sort(), null, 2)}\n`);
    } else {
      expect(fresh, 'newly passing: run with SAM_UPDATE=1 and commit the list').toEqual([]);
    }
  });
});
