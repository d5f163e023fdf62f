/**
 * `npm run bench [name …] [--quick]`: runs the benchmarks one after another and writes `bench/results.md`. Figures are ratios
 * of sides measured in the same run; absolute times say more about the machine than about the code.
 */

import { writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { crud } from './crud.ts';
import { dynamodb } from './dynamodb.ts';
import { dynamodbScale } from './dynamodbScale.ts';
import { lambda } from './lambda.ts';
import { renderSection } from './lib/report.ts';
import { start } from './start.ts';

const quick = process.argv.includes('--quick');
const named = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const rounds = quick ? 1 : 5;
const durationMs = quick ? 2_000 : 4_000;

const benches = {
  start: () => start({ rounds: quick ? 3 : 15 }),
  dynamodb: () => dynamodb({ rounds, durationMs, scanItems: quick ? 20_000 : 1_000_000 }),
  dynamodbScale: () => dynamodbScale({ rounds, durationMs, items: quick ? 100_000 : 10_000_000 }),
  lambda: () => lambda({ coldStarts: quick ? 20 : 100, warmInvokes: quick ? 500 : 3_000 }),
  crud: () => crud({ rounds: quick ? 1 : 3, durationMs }),
};

const parts = [
  '# Benchmarks',
  '',
  `\`npm run bench\` wrote this. ${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}, Node ${process.version}.`,
  'Load generator and server share these processors. Compare ratios, not absolute figures.',
  '',
];
for (const [name, run] of Object.entries(benches)) {
  if (named.length > 0 && !named.includes(name)) continue;
  process.stderr.write(`${name} …\n`);
  const section = renderSection(await run());
  process.stdout.write(`${section}\n`);
  parts.push(section);
}
if (named.length === 0 && !quick) writeFileSync(new URL('results.md', import.meta.url), parts.join('\n'));
