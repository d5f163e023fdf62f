/** The Python runtime in an execution environment: https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html */
import { afterAll, describe, expect, it } from 'vitest';
import { createBench } from './fixture.ts';
import { Languages } from './runtimes/languages.ts';

const missing = await new Languages().missing('python3.12');
const bench = createBench();
afterAll(() => bench.close());

const requestId = '11111111-2222-3333-4444-555555555555';
const run = (code: string, event: unknown = {}, change = {}) =>
  bench.invoke(
    bench.spec({ 'app.py': code }, { runtime: 'python3.12', handler: 'app.handler', ...change }),
    event,
  );

describe.skipIf(missing !== undefined)(`python3.12${missing ? ` (skipped: ${missing})` : ''}`, () => {
  it('answers with what the handler returns', async () => {
    const { result, value } = await run(
      'def handler(event, context):\n  return {"got": event["a"], "id": context.aws_request_id, "left": context.get_remaining_time_in_millis() > 10_000}',
      { a: 'é' },
    );
    expect(result.ok).toBe(true);
    expect(value).toEqual({ got: 'é', id: requestId, left: true });
  });

  it('has the standard library’s most used modules in memory before there is a function', async () => {
    const code =
      'import sys\ndef handler(e, c):\n  return [name in sys.modules for name in ("dataclasses", "configparser")]';
    // One that is given away at once isn't done with that: a quiet moment in between, and the next one is.
    const quiet = { interval: 2000 };
    await expect.poll(async () => (await run(code)).value, quiet).toEqual([true, true]);
  });

  it('is kept warm', async () => {
    const spec = bench.spec(
      { 'pkg/__init__.py': '', 'pkg/app.py': 'n = 0\ndef handler(e, c):\n  global n\n  n += 1\n  return n' },
      { runtime: 'python3.13', handler: 'pkg/app.handler' },
    );
    expect((await bench.invoke(spec)).value).toBe(1);
    expect((await bench.invoke(spec)).value).toBe(2);
  });

  it('writes print, logging and errors as AWS does', async () => {
    const from = bench.logs.length;
    await run(
      'import logging\ndef handler(e, c):\n  print("printed")\n  logging.getLogger().warning("warned %d", 1)\n  raise ValueError("boom")',
    );
    const lines = bench.logs.slice(from);
    expect(lines[2]).toBe('printed');
    expect(lines[3]).toMatch(new RegExp(`^\\[WARNING\\]\\t\\d{4}-\\S+Z\\t${requestId}\\twarned 1$`));
    expect(lines[4]).toBe(
      '[ERROR] ValueError: boom\nTraceback (most recent call last):\n  File "/var/task/app.py", line 5, in handler\n    raise ValueError("boom")',
    );
  });

  it('names what goes wrong', async () => {
    expect((await run('def handler(e, c):\n  raise KeyError("k")')).value).toMatchObject({
      errorType: 'KeyError',
      errorMessage: "'k'",
      requestId,
      stackTrace: ['  File "/var/task/app.py", line 2, in handler\n    raise KeyError("k")\n'],
    });
    expect((await run('import nothing_like_it\ndef handler(e, c):\n  pass')).value).toMatchObject({
      errorType: 'Runtime.ImportModuleError',
      errorMessage: "Unable to import module 'app': No module named 'nothing_like_it'",
    });
    expect((await run('def other(e, c):\n  pass')).value).toMatchObject({
      errorType: 'Runtime.HandlerNotFound',
      errorMessage: "Handler 'handler' missing on module 'app'",
    });
    expect((await run('def handler(e, c)\n  pass')).value).toMatchObject({
      errorType: 'Runtime.UserCodeSyntaxError',
    });
    expect((await run('def handler(e, c):\n  return {1, 2}')).value).toMatchObject({
      errorType: 'Runtime.MarshalError',
      errorMessage: 'Unable to marshal response: Object of type set is not JSON serializable',
    });
    expect((await run('import os\ndef handler(e, c):\n  os._exit(4)')).value).toMatchObject({
      errorMessage: `RequestId: ${requestId} Error: Runtime exited with error: exit status 4`,
    });
  });
});
