/**
 * `npm run bench [name …] [--quick]`: runs the benchmarks one after another and writes `bench/results.md`. Figures are ratios
 * of sides measured in the same run; absolute times say more about the machine than about the code.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { apigateway } from './apigateway.ts';
import { cognito } from './cognito.ts';
import { coldStarts } from './coldStarts.ts';
import { crud } from './crud.ts';
import { dynamodb } from './dynamodb.ts';
import { dynamodbScale } from './dynamodbScale.ts';
import { identity } from './identity.ts';
import { lambda } from './lambda.ts';
import { lambdaScale } from './lambdaScale.ts';
import { renderSection } from './lib/report.ts';
import { start } from './start.ts';
import { websocket } from './websocket.ts';

const quick = process.argv.includes('--quick');
const named = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const rounds = quick ? 1 : 3;
const durationMs = quick ? 2_000 : 4_000;

const benches = {
  start: () => start({ rounds: quick ? 3 : 15 }),
  dynamodb: () => dynamodb({ rounds, durationMs, scanItems: quick ? 20_000 : 1_000_000 }),
  dynamodbScale: () => dynamodbScale({ rounds, durationMs, items: quick ? 100_000 : 10_000_000 }),
  lambda: () => lambda({ coldStarts: quick ? 20 : 100, warmMs: quick ? 1_000 : 5_000 }),
  coldStarts: () => coldStarts({ starts: quick ? 6 : 30 }),
  apigateway: () => apigateway({ rounds, durationMs, steadyMs: quick ? 5_000 : 600_000 }),
  websocket: () => websocket({ rounds, durationMs, connections: quick ? 2_000 : 10_000 }),
  lambdaScale: () =>
    lambdaScale({
      burst: quick ? 50 : 200,
      functions: quick ? 500 : 10_000,
      invocations: quick ? 5_000 : 100_000,
      crash: quick ? { events: 500, kills: 4 } : { events: 10_000, kills: 20 },
      rounds,
      durationMs,
    }),
  identity: () => identity({ rounds, durationMs }),
  cognito: () => cognito({ rounds, durationMs }),
  crud: () => crud({ rounds: quick ? 1 : 3, durationMs }),
};

const file = new URL('results.md', import.meta.url);
const head = [
  '# Benchmarks',
  '',
  `\`npm run bench\` wrote this; \`npm run bench NAME\` writes that part anew. ${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}, Node ${process.version}.`,
  'Load generator and server share these processors. Compare ratios, not absolute figures.',
  '',
].join('\n');

for (const [name, run] of Object.entries(benches)) {
  if (named.length > 0 && !named.includes(name)) continue;
  process.stderr.write(`${name} …\n`);
  const section = renderSection(await run());
  process.stdout.write(`${section}\n`);
  if (!quick) writeFileSync(file, withSection(readFileSync(file, 'utf8'), section));
}

/** The results with this section in the place of the one of its title, or after the others. */
function withSection(results: string, section: string): string {
  const [title] = section.split('\n');
  const sections = results.split(/^(?=## )/m).slice(1);
  const at = sections.findIndex((each) => each.startsWith(`${title}\n`));
  if (at < 0) sections.push(section);
  else sections[at] = section;
  return [head, ...sections.map((each) => `${each.trimEnd()}\n`)].join('\n');
}
