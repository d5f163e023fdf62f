/** Languages as they are found on machines that tests make up: folders of programs that say what they are. */
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Languages, sdkFindings, substitution } from './languages.ts';
import { type Machine, thisMachine } from './machine.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'brume-languages-')));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let count = 0;
function machine(variables: Record<string, string> = {}): Machine {
  const home = join(root, `home-${++count}`);
  const bin = join(home, 'bin');
  mkdirSync(bin, { recursive: true });
  return thisMachine({ PATH: bin, ...variables }, home);
}

function program(path: string, text: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
  return path;
}

const python = (prefix: string, name: string, version: string) =>
  program(
    join(prefix, 'bin', name),
    `printf '%s\\n' ${join(prefix, 'bin', name)} ${prefix} ${version}; echo asked >> ${prefix}/asked`,
  );

function jdk(home: string, version: string): string {
  program(join(home, 'bin', 'java'), 'exit 1');
  writeFileSync(join(home, 'release'), `IMPLEMENTOR="x"\nJAVA_VERSION="${version}"\n`);
  return home;
}

describe('what Brume keeps for a user', () => {
  it('is in the folder of caches that the user has', () => {
    expect(thisMachine({}, '/home/ada').cache).toBe('/home/ada/.cache/brume');
    expect(thisMachine({ XDG_CACHE_HOME: '/caches' }, '/home/ada').cache).toBe('/caches/brume');
    expect(thisMachine({ XDG_CACHE_HOME: 'not/absolute' }, '/home/ada').cache).toBe('/home/ada/.cache/brume');
    expect(thisMachine({ BRUME_CACHE: '/b', XDG_CACHE_HOME: '/caches' }, '/home/ada').cache).toBe('/b');
  });
});

describe('the language of a runtime', () => {
  const own = process.versions.node;

  it('is Node.js itself, of which the exact version is preferred', async () => {
    const here = machine();
    const languages = new Languages({ machine: here });
    const program = realpathSync(process.execPath);
    for (const runtime of ['nodejs', 'nodejs12.x', 'nodejs99.x', `nodejs${own.split('.')[0]}.x`])
      expect(await languages.find(runtime)).toMatchObject({ kind: 'nodejs', program, version: own });
  });

  it('is the exact Python, from PATH or of a version manager, without asking the others', async () => {
    const here = machine();
    const [bin] = here.path as [string];
    const system = dirname(bin);
    python(system, 'python3.12', '3.12.1');
    python(system, 'python3', '3.12.1');
    const managed = join(here.home, '.pyenv/versions/3.9.18');
    python(managed, 'python3', '3.9.18');
    const languages = new Languages({ machine: here });
    expect(await languages.find('python3.9')).toMatchObject({
      kind: 'python',
      version: '3.9.18',
      prefix: managed,
      program: join(managed, 'bin/python3'),
    });
    expect(await languages.find('python3.12')).toMatchObject({ version: '3.12.1' });
    expect(await languages.find('python3.11')).toMatchObject({ version: '3.12.1' });
    expect(await languages.find('python3.14')).toMatchObject({ version: '3.12.1' });
    expect(await languages.find('python2.7')).toMatchObject({ version: '3.9.18' });
  });

  it('is none that is too old, broken or a lie', async () => {
    const here = machine();
    const [bin] = here.path as [string];
    python(dirname(bin), 'python3', '3.5.9');
    program(join(bin, 'python3.12'), 'echo "pyenv: not installed" >&2; exit 127');
    python(join(here.home, '.pyenv/versions/3.13.0'), 'python3', '3.4.0');
    expect(await new Languages({ machine: here }).find('python3.12')).toBeUndefined();
  });

  it('is the JDK that says in a file what it is', async () => {
    const here = machine();
    const old = jdk(join(here.home, '.sdkman/candidates/java/8.0.402-tem'), '1.8.0_402');
    const [bin] = here.path as [string];
    symlinkSync(join(jdk(join(here.home, 'jdk'), '99.0.15'), 'bin/java'), join(bin, 'java'));
    mkdirSync(join(here.cache, 'java'), { recursive: true });
    const languages = new Languages({ machine: here });
    expect(await languages.find('java8.al2')).toMatchObject({
      kind: 'java',
      version: '8.0.402',
      prefix: old,
    });
    expect(await languages.find('java99')).toMatchObject({
      version: '99.0.15',
      program: join(here.home, 'jdk/bin/java'),
      client: join(here.cache, 'java'),
    });
  });

  it('is Ruby, and .NET in each of its versions', async () => {
    const here = machine();
    const [bin] = here.path as [string];
    const prefix = dirname(bin);
    program(join(bin, 'ruby'), `printf '%s\\n' ${join(bin, 'ruby')} ${prefix} 3.3.6`);
    program(
      join(here.home, '.dotnet/dotnet'),
      "printf 'Microsoft.AspNetCore.App 9.0.1 [/x]\\nMicrosoft.NETCore.App 8.0.11 [/x]\\nMicrosoft.NETCore.App 10.0.2 [/x]\\n'",
    );
    const languages = new Languages({ machine: here });
    expect(await languages.find('ruby3.2')).toMatchObject({ kind: 'ruby', version: '3.3.6', prefix });
    expect(await languages.find('dotnet8')).toMatchObject({ version: '8.0.11' });
    expect(await languages.find('dotnetcore3.1')).toMatchObject({ version: '8.0.11' });
    expect(await languages.find('dotnet10')).toMatchObject({ version: '10.0.2' });
  });

  it('is the function’s own program for custom runtimes and Go', async () => {
    const languages = new Languages({ machine: machine() });
    expect(await languages.find('provided.al2')).toMatchObject({ kind: 'provided', program: '' });
    expect(await languages.find('go1.x')).toMatchObject({ kind: 'provided', handlerIsProgram: true });
  });
});

describe('what is missing', () => {
  it('is said with what to install', async () => {
    const here = machine();
    const languages = new Languages({ machine: here });
    expect(await languages.missing('python3.12')).toBe(
      "python3.12 needs Python, which wasn't found on this machine. Install python3.12, for instance with pyenv or uv, to have it.",
    );
    jdk(join(here.home, '.sdkman/candidates/java/99'), '99.0.1');
    const later = new Languages({ machine: here });
    expect(await later.missing('java99')).toContain('Run `brume runtimes install java`.');
    expect(await later.missing('ruby3.3')).toContain(
      'Install Ruby 3.3, for instance with rbenv, to have it.',
    );
    expect(await later.missing('provided')).toBeUndefined();
    expect(await later.missing('cobol85')).toBe("cobol85 isn't the name of a runtime.");
  });

  it('is the exact version where only that will do', async () => {
    const languages = new Languages({ machine: machine(), strict: true });
    expect(await languages.find('nodejs12.x')).toBeUndefined();
    expect(await languages.missing('nodejs18.x')).toBe(
      "nodejs18.x needs exactly Node.js 18 (--strict-runtimes), which wasn't found on this machine. Run `brume runtimes install nodejs18.x` to have it.",
    );
    const own = `nodejs${process.versions.node.split('.')[0]}.x`;
    expect(await languages.missing(own)).toBeUndefined();
  });

  it('is found as soon as it is installed', async () => {
    const here = machine();
    jdk(join(here.home, '.sdkman/candidates/java/99'), '99.0.1');
    const languages = new Languages({ machine: here });
    expect(await languages.find('java99')).toBeUndefined();
    mkdirSync(join(here.cache, 'java'), { recursive: true });
    expect(await languages.find('java99')).toMatchObject({ version: '99.0.1' });
  });
});

describe('the list', () => {
  it('has every runtime, with what runs it or what is missing', async () => {
    const here = machine();
    python(dirname(here.path[0] as string), 'python3', '3.12.4');
    const list = await new Languages({ machine: here }).list();
    const of = (name: string) => list.find(({ identifier }) => identifier === name);
    expect(of('python3.12')).toMatchObject({ status: 'exact', interpreter: { version: '3.12.4' } });
    expect(of('python3.9')).toMatchObject({
      status: 'nearest',
      advice: expect.stringContaining('python3.9'),
    });
    expect(of('ruby3.4')).toMatchObject({ status: 'missing', advice: expect.stringContaining('Ruby') });
    expect(of('provided.al2023')).toEqual({ identifier: 'provided.al2023', status: 'exact' });
  });
});

describe('a function’s log', () => {
  it('tells of another version, and only of that', async () => {
    const languages = new Languages({ machine: machine() });
    const language = await languages.find('nodejs22.x');
    if (!language) throw new Error('Node.js runs this test');
    expect(substitution(`nodejs${process.versions.node.split('.')[0]}.x`, language)).toBeUndefined();
    expect(substitution('nodejs12.x', language)).toBe(
      `Brume: Node.js ${process.versions.node} runs this nodejs12.x function: Node.js 12 isn't on this machine. Brume runs functions on Node.js 14 and newer.`,
    );
  });
});

describe('the SDK that a function finds', () => {
  const files = (here: Machine, names: readonly string[]) => {
    for (const name of names) {
      mkdirSync(join(here.cache, name), { recursive: true });
      writeFileSync(join(here.cache, name, 'package.json'), '{}');
    }
  };

  it('is v2 up to nodejs16.x and v3 after it, in sandboxes that are not shared', async () => {
    const here = machine();
    const languages = new Languages({ machine: here });
    expect((await languages.find('nodejs16.x'))?.sdk).toBeUndefined();
    const before = await languages.find('nodejs20.x');
    expect(before?.sdk).toMatchObject({ id: 'own', public: expect.arrayContaining(['@aws-sdk']) });
    files(here, ['aws-sdk/node_modules/aws-sdk', 'aws-sdk/node_modules/unrelated']);
    const old = await languages.find('nodejs16.x');
    expect(old?.sdk).toMatchObject({ id: 'v2', names: ['aws-sdk'], public: ['aws-sdk'] });
    const young = await languages.find('nodejs18.x');
    expect(young?.id).toBe((await languages.find('nodejs20.x'))?.id);
    expect(young?.id).not.toBe(old?.id);
    files(here, ['nodejs-sdk/node_modules/@aws-sdk/client-sfn']);
    expect((await languages.find('nodejs18.x'))?.sdk).toMatchObject({ id: 'v3', names: ['@aws-sdk'] });
  });

  it('is told of, or how to get it', async () => {
    const here = machine();
    python(dirname(here.path[0] as string), 'python3', '3.12.4');
    const before = await sdkFindings(here);
    expect(before).toEqual([
      expect.stringMatching(/v3: client-.*lib-dynamodb; `brume runtimes install nodejs-sdk` brings more$/),
      expect.stringMatching(/v2, up to nodejs16\.x: none; `brume runtimes install aws-sdk`$/),
      // The made-up program succeeds whatever it is asked, as one that has boto3 does.
      'boto3: there',
    ]);
    files(here, ['nodejs-sdk/node_modules/@aws-sdk/client-sfn', 'aws-sdk/node_modules/aws-sdk']);
    const after = await sdkFindings(here);
    expect(after[0]).toContain(`v3: 1 packages at ${here.cache}`);
    expect(after[1]).toContain(`at ${here.cache}/aws-sdk`);
  });

  it('is boto3 for the Python at hand', async () => {
    const here = machine();
    python(dirname(here.path[0] as string), 'python3', '3.12.4');
    files(here, ['python-sdk/3.11/boto3']);
    const languages = new Languages({ machine: here });
    expect((await languages.find('python3.12'))?.sdk).toBeUndefined();
    files(here, ['python-sdk/3.12/boto3']);
    expect((await languages.find('python3.12'))?.sdk?.folder).toBe(join(here.cache, 'python-sdk/3.12'));
  });
});
