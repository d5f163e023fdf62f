/** A custom runtime, written against the documented Runtime API: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html */
import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createBench } from './fixture.ts';

const python = '/usr/bin/python3';
const bench = createBench();
afterAll(() => bench.close());

const requestId = '11111111-2222-3333-4444-555555555555';

const bootstrap = `#!${python}
import http.client, json, os, sys
api = http.client.HTTPConnection(os.environ['AWS_LAMBDA_RUNTIME_API'])
base = '/2018-06-01/runtime'
def call(method, path, body=None):
    api.request(method, base + path, body)
    answer = api.getresponse()
    return answer, answer.read()
if os.environ.get('FAIL_INIT'):
    call('POST', '/init/error', json.dumps({'errorType': 'My.InitError', 'errorMessage': 'no'}))
    sys.exit(1)
count = 0
while True:
    answer, body = call('GET', '/invocation/next')
    id = answer.headers['Lambda-Runtime-Aws-Request-Id']
    event = json.loads(body)
    count += 1
    print('ran', count, flush=True)
    if event.get('exit'):
        sys.exit(event['exit'])
    if event.get('wrong'):
        id = 'wrong'
        status = call('POST', '/invocation/wrong/response', '1')[0].status
        id = answer.headers['Lambda-Runtime-Aws-Request-Id']
        call('POST', '/invocation/' + id + '/response', str(status))
    elif event.get('fail'):
        call('POST', '/invocation/' + id + '/error', json.dumps({'errorType': 'My.Error', 'errorMessage': event['fail']}))
    else:
        result = {'n': count, 'arn': answer.headers['Lambda-Runtime-Invoked-Function-Arn'], 'handler': os.environ['_HANDLER']}
        call('POST', '/invocation/' + id + '/response', json.dumps(result))
`;

function custom(environment: Record<string, string> = {}) {
  const spec = bench.spec(
    { bootstrap },
    {
      runtime: 'provided.al2023',
      handler: 'my.handler',
      environment: { _HANDLER: 'my.handler', ...environment },
    },
  );
  chmodSync(join(spec.codeFolder, 'bootstrap'), 0o755);
  return spec;
}

describe.skipIf(!existsSync(python))('a custom runtime', () => {
  it('takes invocations, answers them and is kept warm', async () => {
    const spec = custom();
    const first = await bench.invoke(spec, { x: 1 });
    expect(first.value).toEqual({ n: 1, arn: expect.stringContaining(':function:'), handler: 'my.handler' });
    expect(first.result.initMs).toBeGreaterThan(0);
    expect(first.result.memoryUsedMb).toBeGreaterThan(0);
    expect((await bench.invoke(spec)).value).toMatchObject({ n: 2 });
    await expect.poll(() => bench.logs).toContain('ran 2');
  });

  it('reports errors of the function, of Init and of itself', async () => {
    const spec = custom();
    expect((await bench.invoke(spec, { fail: 'on purpose' })).value).toEqual({
      errorType: 'My.Error',
      errorMessage: 'on purpose',
    });
    expect((await bench.invoke(spec, { exit: 9 })).value).toEqual({
      errorType: 'Runtime.ExitError',
      errorMessage: `RequestId: ${requestId} Error: Runtime exited with error: exit status 9`,
    });
    expect((await bench.invoke(custom({ FAIL_INIT: '1' }))).value).toMatchObject({
      errorType: 'My.InitError',
    });
  });

  it('can answer only what it was asked', async () => {
    expect((await bench.invoke(custom(), { wrong: true })).value).toBe(400);
  });

  it('without a bootstrap says so', async () => {
    const spec = bench.spec({ 'index.js': '' }, { runtime: 'provided.al2023', handler: 'x' });
    expect((await bench.invoke(spec)).value).toMatchObject({
      errorType: 'Runtime.InvalidEntrypoint',
      errorMessage: expect.stringContaining(
        "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]",
      ),
    });
  });
});
