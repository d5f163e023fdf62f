/** The AWS SDKs that functions find without packaging them: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createBench } from '../fixture.ts';
import { MissingRuntime } from '../port.ts';
import { Languages } from './languages.ts';
import { thisMachine } from './machine.ts';

const cache = realpathSync(mkdtempSync(join(tmpdir(), 'brume-sdk-')));
const machine = { ...thisMachine(), cache };
afterAll(() => rmSync(cache, { recursive: true, force: true }));

function files(contents: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(contents)) {
    mkdirSync(dirname(join(cache, name)), { recursive: true });
    writeFileSync(join(cache, name), text);
  }
}

files({
  'aws-sdk/node_modules/aws-sdk/package.json': '{"version":"2.1","dependencies":{"jmespath":"*"}}',
  'aws-sdk/node_modules/aws-sdk/index.js': 'exports.two = require("jmespath")',
  'aws-sdk/node_modules/jmespath/index.js': 'module.exports = "v2"',
});
const python = await new Languages({ machine }).find('python3.12');
if (python) {
  const folder = `python-sdk/${python.version.split('.').slice(0, 2).join('.')}`;
  files({ [`${folder}/boto3/__init__.py`]: 'where = __file__', [`${folder}/brume_probe.py`]: 'n = 7' });
}

const missing = (name: string) =>
  `(() => { try { return require(${JSON.stringify(name)}) && "there" } catch (error) { return error.code } })()`;
const code = `exports.handler = async () => [${missing('aws-sdk')}, ${missing('@aws-sdk/client-dynamodb')}, ${missing('jmespath')}]`;

for (const sandbox of ['auto', 'process'] as const) {
  describe(`sandbox ${sandbox}`, () => {
    const bench = createBench({ machine, sandbox });
    afterAll(() => bench.close());

    it('has v2 up to nodejs16.x, v3 after it, and nothing of what they are made of', async () => {
      const of = async (runtime: string) =>
        (await bench.invoke(bench.spec({ 'index.js': code }, { runtime }))).value;
      expect((await of('nodejs16.x')) as string[]).toEqual(['there', 'MODULE_NOT_FOUND', 'MODULE_NOT_FOUND']);
      expect((await of('nodejs18.x')) as string[]).toEqual(['MODULE_NOT_FOUND', 'there', 'MODULE_NOT_FOUND']);
    });

    it.skipIf(!python)('has boto3 for Python, behind what the function packages', async () => {
      const app = 'import boto3, brume_probe\ndef handler(e, c):\n  return [boto3.__file__, brume_probe.n]';
      const change = { runtime: 'python3.12', handler: 'app.handler' };
      const { value } = await bench.invoke(bench.spec({ 'app.py': app }, change));
      expect(value).toEqual([expect.any(String), 7]);
      const packaged = bench.spec(
        { 'app.py': app, 'boto3/__init__.py': '', 'brume_probe.py': 'n = 8' },
        change,
      );
      expect((await bench.invoke(packaged)).value).toEqual([expect.stringContaining('/task/boto3/'), 8]);
    });
  });
}

describe('a runtime that nothing here runs', () => {
  it('fails its invocations with what to install', async () => {
    const bench = createBench({ machine, strictRuntimes: true });
    const own = bench.spec({ 'index.js': '' }, { runtime: 'nodejs12.x' });
    await expect(bench.invoke(own)).rejects.toThrow(MissingRuntime);
    await expect(bench.invoke(own)).rejects.toThrow(/^nodejs12\.x needs exactly Node\.js 12/);
    bench.computer.prepare(own);
    await bench.close();
  });
});
