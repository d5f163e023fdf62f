/** What goes wrong is said so that a person can act. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { brume, run, runBrume, type Server, startServer, temporaryFolder } from './support/server.ts';

const folder = temporaryFolder();
const data = join(folder.path, 'data');
let server: Server;

beforeAll(async () => {
  server = await startServer(['--port', '0', '--data', data, '--log-level', 'warn']);
});
afterAll(async () => {
  await server?.kill('SIGKILL');
  folder.remove();
});

describe('a start that fails', () => {
  it('names the port that is taken', async () => {
    const result = await run(brume, ['start', '--port', String(server.port), '--ephemeral']);
    expect(result.code).toBe(4);
    expect(result.stderr).toContain(`Port ${server.port} of 127.0.0.1 is taken`);
    expect(result.stdout).toBe('');
  });

  it('names the process that holds the data folder', async () => {
    const result = await run(brume, ['start', '--port', '0', '--data', data]);
    expect(result.code).toBe(4);
    expect(result.stderr).toContain(String(server.pid));
    expect(result.stderr).not.toContain('    at ');
  });

  it('refuses to open an unprotected cloud to the network', async () => {
    const result = await run(brume, ['start', '--port', '0', '--host', '0.0.0.0', '--ephemeral']);
    expect(result.code).toBe(4);
    expect(result.stderr).toContain('--iam enforce');
  });

  it('an unknown flag is a usage error', async () => {
    const result = await run(brume, ['start', '--prot', '1']);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain('--prot');
  });
});

describe('a reader that goes away', () => {
  it('ends a command without a word', async () => {
    const child = spawn(brume, ['start', '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk;
    });
    const [code] = await once(child, 'close');
    expect({ code, said }).toEqual({ code: 0, said: '' });
  });

  it('doesn’t end a cloud', async () => {
    const args = ['start', '--port', '0', '--ephemeral'];
    const child = spawn(brume, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    child.stdout.destroy();
    child.stderr.destroy();
    expect((await fetch(`${/http:\S+/.exec(line.toString())?.[0]}/_brume/health`)).status).toBe(200);
    // Says that it stops, to nobody.
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await gone).toEqual([0, null]);
  });
});

describe('a command that fails', () => {
  it('says that no cloud answers, with a code of its own', async () => {
    for (const args of [
      ['status'],
      ['deploy', 'examples/crud/template.yaml', '--stack', 's'],
      ['invoke', 'f'],
      ['logs', 'f'],
      ['destroy', 's'],
    ]) {
      const result = await runBrume('http://127.0.0.1:9', args);
      expect(result.code, args.join(' ')).toBe(3);
      expect(result.stderr).toContain('No cloud answers at http://127.0.0.1:9');
      expect(result.stderr).toContain('brume start');
    }
  });

  it('says that there is no such template, stack, function or snapshot', async () => {
    const cases: [string[], RegExp][] = [
      [['deploy', 'no/such.yaml', '--stack', 's'], /There is no template at no\/such\.yaml/],
      [['destroy', 'nothing'], /There is no stack nothing/],
      [['invoke', 'nothing'], /Function not found/],
      [['logs', 'nothing'], /There is no log group \/aws\/lambda\/nothing/],
      [['snapshot', 'load', 'no/such.file'], /There is no snapshot/],
    ];
    for (const [args, message] of cases) {
      const result = await runBrume(server.endpoint, args);
      expect(result.code, args.join(' ')).not.toBe(0);
      expect(result.stderr).toMatch(message);
      expect(result.stderr).not.toContain('    at ');
    }
  });

  it('names everything a template asks for that Brume does not have, with lines, before anything is created', async () => {
    const file = join(folder.path, 'unsupported.yaml');
    writeFileSync(
      file,
      [
        'Resources:',
        '  Cluster:',
        '    Type: AWS::ECS::Cluster',
        '  Table:',
        '    Type: AWS::DynamoDB::Table',
        '    Properties:',
        '      NoSuchProperty: 1',
        '      AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]',
        '      KeySchema: [{ AttributeName: id, KeyType: HASH }]',
        '      BillingMode: PAY_PER_REQUEST',
        '',
      ].join('\n'),
    );
    const result = await runBrume(server.endpoint, ['deploy', file, '--stack', 'unsupported']);
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('AWS::ECS::Cluster');
    expect(result.stderr).toContain('NoSuchProperty');
    expect(result.stderr).toMatch(/\b3\b/);
    expect(result.stderr).toMatch(/\b7\b/);
    const status = await runBrume(server.endpoint, ['destroy', 'unsupported']);
    expect(status.stderr).toContain('There is no stack unsupported');
  });

  it('a handler that throws is named with its line, and the log has the error', async () => {
    const code = join(folder.path, 'thrower');
    mkdirSync(code);
    writeFileSync(
      join(code, 'index.mjs'),
      'export const handler = async () => {\n  throw new TypeError("broken on purpose");\n};\n',
    );
    const file = join(folder.path, 'thrower.yaml');
    writeFileSync(
      file,
      [
        'Transform: AWS::Serverless-2016-10-31',
        'Resources:',
        '  Thrower:',
        '    Type: AWS::Serverless::Function',
        '    Properties:',
        '      CodeUri: thrower/',
        '      Handler: index.handler',
        '      Runtime: nodejs24.x',
        'Outputs:',
        '  Name:',
        '    Value: !Ref Thrower',
        '',
      ].join('\n'),
    );
    const deployed = await runBrume(server.endpoint, ['deploy', file, '--stack', 'thrower']);
    expect(deployed.code, deployed.stderr).toBe(0);
    const name = /^Name=(.+)$/m.exec(deployed.stdout)?.[1] as string;
    const invoked = await runBrume(server.endpoint, ['invoke', name]);
    expect(invoked.code).toBe(1);
    expect(JSON.parse(invoked.stdout)).toMatchObject({
      errorType: 'TypeError',
      errorMessage: 'broken on purpose',
    });
    expect(invoked.stdout).toContain('index.mjs:2');
    expect(invoked.stderr).toContain('broken on purpose');
  });

  it('every command has help with examples', async () => {
    for (const command of [
      'start',
      'stop',
      'status',
      'reset',
      'doctor',
      'env',
      'deploy',
      'destroy',
      'logs',
      'invoke',
      'coverage',
    ]) {
      const result = await run(brume, [command, '--help']);
      expect(result.code, command).toBe(0);
      expect(result.stdout, command).toContain('Examples:');
    }
  });
});
