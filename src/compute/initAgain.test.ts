/** Init that fails is done once more, as part of the invocation that waited for it. */
import { afterAll, describe, expect, it } from 'vitest';
import { createBench } from './fixture.ts';

const bench = createBench({ sandbox: 'process' });
afterAll(() => bench.close());

/** @param init top-level code that knows, in `nth`, how many times it has run. */
function counting(init: string) {
  const file = `${bench.root}/count-${Math.round(performance.now() * 1000)}`;
  return `const fs = require('fs'); fs.appendFileSync(${JSON.stringify(file)}, 'x'); const nth = fs.statSync(${JSON.stringify(file)}).size; ${init}`;
}
const handler = `exports.handler = async (event, context) => [nth, context.getRemainingTimeInMillis(), process.env.AWS_LAMBDA_LOG_STREAM_NAME];`;

async function run(init: string, change = {}, invocation = {}) {
  const streams: string[] = [];
  const lines: string[] = [];
  const spec = bench.spec(
    { 'index.js': counting(`${init} ${handler}`) },
    {
      variablesOf: ({ id }: { id: string }) => ({ AWS_LAMBDA_LOG_STREAM_NAME: id }),
      onLog: ({ message, environment }: { message: string; environment: { id: string } }) => {
        lines.push(message);
        streams.push(environment.id);
      },
      ...change,
    },
  );
  const answer = await bench.invoke(spec, {}, invocation);
  return {
    ...answer,
    spec,
    streams: new Set(streams),
    lines: lines.filter((line) => /^[A-Z_]+ |^20/.test(line)),
  };
}
/** The log without what changes from run to run. */
const plain = (lines: readonly string[]) =>
  lines.map((line) =>
    line.replace(/[\d.]+ ms/g, 'N ms').replace(/\t(Billed|Memory|Max|Init Dur).*?(?=\tStatus|$)/, ''),
  );

describe('Init that fails', () => {
  it('is done again in the time of the invocation, which goes on when it succeeds', async () => {
    const { value, result, lines, streams } = await run(
      `if (nth === 1) throw new Error('not yet'); const until = Date.now() + 300; while (Date.now() < until);`,
    );
    const [nth, remaining, stream] = value as [number, number, string];
    expect(nth).toBe(2);
    // What Init took of the 20 seconds is gone, and stands in no Init Duration of its own.
    expect(remaining).toBeLessThanOrEqual(19_700);
    expect(result).toMatchObject({ ok: true });
    expect(result.durationMs).toBeGreaterThanOrEqual(300);
    expect(result.initMs).toBeUndefined();
    expect([...streams]).toEqual([stream]);
    expect(plain(lines)).toEqual([
      expect.stringMatching(/^INIT_START /),
      expect.stringContaining('Uncaught Exception'),
      'INIT_REPORT Init Duration: N ms\tPhase: init\tStatus: error\tError Type: Error',
      expect.stringMatching(/^START /),
      expect.stringMatching(/^END /),
      expect.stringMatching(/^REPORT RequestId: \S+\tDuration: N ms/),
    ]);
    expect(lines.at(-1)).not.toContain('Init Duration');
  });

  it('is the answer when it fails twice', async () => {
    const { value, lines } = await run(`throw new RangeError('never ' + nth);`);
    expect(value).toMatchObject({ errorType: 'RangeError', errorMessage: 'never 2' });
    expect(plain(lines)).toEqual([
      expect.stringMatching(/^INIT_START /),
      expect.stringContaining('never 1'),
      'INIT_REPORT Init Duration: N ms\tPhase: init\tStatus: error\tError Type: RangeError',
      expect.stringContaining('never 2'),
      'INIT_REPORT Init Duration: N ms\tPhase: invoke\tStatus: error\tError Type: RangeError',
      expect.stringMatching(/^START /),
      expect.stringMatching(/^END /),
      expect.stringMatching(/^REPORT .*\tStatus: error\tError Type: RangeError$/),
    ]);
  });

  it('by ending its process, too', async () => {
    const { value, lines } = await run('process.exit(7);');
    expect(value).toMatchObject({
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringMatching(/Error: Runtime exited with error: exit status 7$/),
    });
    const reports = lines.filter((line) => line.startsWith('INIT_REPORT'));
    expect(plain(reports)).toEqual([
      'INIT_REPORT Init Duration: N ms\tPhase: init\tStatus: error\tError Type: Runtime.ExitError',
      'INIT_REPORT Init Duration: N ms\tPhase: invoke\tStatus: error\tError Type: Runtime.ExitError',
    ]);
    expect((await run(`if (nth === 1) process.exit(7);`)).value).toEqual([
      2,
      expect.any(Number),
      expect.any(String),
    ]);
  });

  it('by taking too long: first its own time, then that of the function', async () => {
    const { value, result, lines } = await run('for (;;);', { initTimeoutMs: 200 }, { timeoutMs: 400 });
    expect(value).toEqual({
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringMatching(/^RequestId: \S+ Error: Task timed out after 0\.40 seconds$/),
    });
    expect(result).toMatchObject({ ok: false, timedOut: true, durationMs: 400 });
    expect(lines).toEqual([
      expect.stringMatching(/^INIT_START /),
      'INIT_REPORT Init Duration: 200.00 ms\tPhase: init\tStatus: timeout',
      'INIT_REPORT Init Duration: 400.00 ms\tPhase: invoke\tStatus: timeout',
      expect.stringMatching(/^START /),
      expect.stringMatching(/Task timed out after 0\.40 seconds\n$/),
      expect.stringMatching(/^END /),
      expect.stringMatching(/^REPORT .*Duration: 400\.00 ms.*\tStatus: timeout$/),
    ]);
  });

  it('and had more time the second time', async () => {
    const slow = `const until = Date.now() + 600; while (Date.now() < until);`;
    const { value, result, lines } = await run(slow, { initTimeoutMs: 200 });
    // How far the first one came depends on the machine; that its time was up doesn't.
    expect(lines).toContain('INIT_REPORT Init Duration: 200.00 ms\tPhase: init\tStatus: timeout');
    expect(value).toEqual([expect.any(Number), expect.any(Number), expect.any(String)]);
    expect(result.durationMs).toBeGreaterThanOrEqual(600);
  });

  it('is told in the JSON format with its phase', async () => {
    const events: { type: string; record: { phase?: string } }[] = [];
    await run(`throw new Error('never');`, {
      logFormat: 'JSON',
      systemLogLevel: 'DEBUG',
      onLog: ({ message }: { message: string }) =>
        message.startsWith('{"time"') && events.push(JSON.parse(message)),
    });
    const phases = events.flatMap(({ type, record }) =>
      type?.startsWith('platform.init') ? [`${type.slice(9)} ${record.phase}`] : [],
    );
    expect(phases).toEqual([
      'initStart init',
      'initRuntimeDone init',
      'initReport init',
      'initStart invoke',
      'initRuntimeDone invoke',
      'initReport invoke',
    ]);
  });
});
