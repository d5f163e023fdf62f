import { defineConfig } from 'vitest/config';

// Unit tests stand beside their code; test/ holds what needs a whole cloud, real clients or public vectors.
const project = (name: string, include: string[], timeoutMs: number) => ({
  test: {
    name,
    include,
    // Ten times what the slowest test takes on a quiet machine with two cores.
    testTimeout: timeoutMs,
    hookTimeout: timeoutMs,
    // A condition may take its time on a busy machine; a test that waits for one says what, not how long.
    expect: { poll: { timeout: timeoutMs / 2 } },
    pool: 'forks' as const,
  },
});

export default defineConfig({
  test: {
    projects: [
      project('unit', ['src/**/*.test.ts', 'runtimes/**/*.test.ts', 'scripts/**/*.test.ts'], 60_000),
      project('conformance', ['test/conformance/**/*.test.ts'], 120_000),
      project('e2e', ['test/e2e/**/*.test.ts'], 240_000),
      project('simulation', ['test/simulation/**/*.test.ts'], 600_000),
    ],
    maxWorkers: 2,
  },
});
