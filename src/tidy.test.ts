/** The house rules that no linter knows. docs/style.md says why. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const sources = globSync('src/**/*.ts', { cwd: root }).filter(
  (file) => !/\.test\.ts$|\/testing\//.test(file),
);
const read = (file: string) => readFileSync(root + file, 'utf8');

/** Longer than this and a file has a second subject; data tables aren't prose. */
const linesMax = 400;
const dataTables = new Set([
  'src/services/cloudformation/domain/sam/managedPolicyNames.ts',
  'src/services/cloudformation/domain/sam/policyTemplates.ts',
]);

describe('the house is tidy', () => {
  it('no source file passes 400 lines', () => {
    const long = sources
      .filter((file) => !dataTables.has(file))
      .map((file) => ({ file, lines: read(file).split('\n').length }))
      .filter(({ lines }) => lines > linesMax);
    expect(long).toEqual([]);
  });

  it('only the clock reads the time or arms a timer, only ids make chance', () => {
    const forbidden =
      /\bDate\.now\(|\bnew Date\(\)|(?<![.\w])setTimeout\(|(?<![.\w])setInterval\(|\bMath\.random\(|timers\/promises/;
    const offenders = sources
      .filter((file) => file !== 'src/kernel/clock.ts')
      .flatMap((file) =>
        read(file)
          .split('\n')
          .map((line, index) => ({ at: `${file}:${index + 1}`, line: line.trim() }))
          .filter(({ line }) => forbidden.test(line) && !/^(\*|\/\/|\/\*)/.test(line)),
      );
    expect(offenders).toEqual([]);
  });

  it('no room exports everything, and no folder is a junk drawer', () => {
    expect(sources.filter((file) => /^export \* from/m.test(read(file)))).toEqual([]);
    expect(sources.filter((file) => /\/(utils|helpers|common)(\/|\.ts)/.test(file))).toEqual([]);
  });

  it('every service has its README, and every limits.ts cites a source', () => {
    for (const index of sources.filter((file) => /^src\/services\/[^/]+\/index\.ts$/.test(file))) {
      expect(existsSync(root + index.replace('index.ts', 'README.md')), index).toBe(true);
    }
    for (const limits of sources.filter((file) => /^src\/services\/[^/]+\/limits\.ts$/.test(file))) {
      expect(read(limits), limits).toMatch(/https:\/\/docs\.aws\.amazon\.com/);
    }
  });

  it('every store prefix is registered in docs/keys.md', () => {
    const registry = read('docs/keys.md');
    for (const store of sources.filter((file) => /^src\/services\/[^/]+\/store\.ts$/.test(file))) {
      const service = store.split('/')[2] as string;
      expect(registry, `docs/keys.md names ${service}`).toContain(service);
    }
  });
});
