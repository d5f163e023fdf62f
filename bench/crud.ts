/** The CRUD example end to end: HTTP → API Gateway → Lambda → DynamoDB → back. The baseline to beat. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { httpRequest, type LoadResult, runLoad } from './lib/load.ts';
import { median, type Row, type Section } from './lib/report.ts';
import { startBrume } from './lib/servers.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

export async function crud(options: { rounds: number; durationMs: number }): Promise<Section> {
  const server = await startBrume();
  const results = new Map<string, LoadResult[]>();
  try {
    const endpoint = `http://127.0.0.1:${server.port}`;
    const out = execFileSync(
      join(root, 'bin/brume'),
      [
        'deploy',
        join(root, 'examples/crud/template.yaml'),
        '--stack',
        'crud',
        '--json',
        '--endpoint',
        endpoint,
      ],
      { stdio: ['ignore', 'pipe', 'ignore'], encoding: 'utf8' },
    );
    const outputs = JSON.parse(out) as Record<string, string>;
    const url = new URL(outputs.ApiUrl as string);
    const path = (id: number) => `${url.pathname.replace(/\/$/, '')}/resource/${id}`;
    const headers = { host: url.host, 'content-type': 'application/json' };
    const puts = Array.from({ length: 50 }, (_, id) =>
      httpRequest({ method: 'PUT', path: path(id), headers, body: JSON.stringify({ name: `item ${id}` }) }),
    );
    const gets = Array.from({ length: 50 }, (_, id) =>
      httpRequest({ method: 'GET', path: path(id), headers }),
    );
    for (let round = 0; round < options.rounds; round++) {
      for (const [name, requests] of [
        ['PUT', puts],
        ['GET', gets],
      ] as const) {
        for (const connections of [1, 8]) {
          const result = await runLoad({
            port: server.port,
            connections,
            requests,
            warmupMs: 1_500,
            durationMs: options.durationMs,
            expectStatus: 200,
          });
          if (result.errors > 0) throw new Error(`${name}: ${result.errors} unexpected answers`);
          const key = `${name} /resource/{id}, ${connections} connection${connections > 1 ? 's' : ''}`;
          results.set(key, [...(results.get(key) ?? []), result]);
        }
      }
    }
  } finally {
    await server.stop();
  }
  const rows = [...results].map(([what, rounds]): Row => {
    const of = (field: keyof LoadResult) => median(rounds.map((result) => result[field]));
    return {
      what,
      measured: `${of('requestsPerSecond')}/s, p50 ${(of('p50') / 1000).toFixed(1)} ms, p99 ${(of('p99') / 1000).toFixed(1)} ms`,
    };
  });
  return {
    title: 'The CRUD example, end to end',
    how: `HTTP → API Gateway → Lambda (Node.js, sandboxed) → DynamoDB (durable) → back; ${options.rounds} rounds of ${options.durationMs / 1000} s, medians. The baseline to beat.`,
    rows,
  };
}
