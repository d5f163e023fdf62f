/** `brume runtimes install`, with clients of registries that only pretend. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { CannotInstall, install } from './install.ts';
import { type Machine, thisMachine } from './machine.ts';

const root = mkdtempSync(join(tmpdir(), 'brume-install-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let count = 0;
/** A machine with these programs, shell scripts; their words are kept in `calls`. */
function machine(programs: Readonly<Record<string, string>>): Machine & { calls(): string[] } {
  const home = join(root, String(++count));
  const bin = join(home, 'bin');
  mkdirSync(bin, { recursive: true });
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(bin, name), `#!/bin/sh\necho "${name} $*" >> ${home}/calls\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  const found = thisMachine({ PATH: `${bin}:/usr/bin:/bin` }, home);
  return {
    ...found,
    path: [bin],
    calls: () =>
      existsSync(`${home}/calls`) ? readFileSync(`${home}/calls`, 'utf8').trim().split('\n') : [],
  };
}

/** Installs a Node.js of the version `$version`, which says that it is `$says`. */
const npm = (version: string, says = version) => `
for word; do last=$word; done
name=\${last%@*}
mkdir -p node_modules/$name/bin
echo '{"version":"${version}"}' > node_modules/$name/package.json
printf '#!/bin/sh\\necho ${says}\\n' > node_modules/$name/bin/node
chmod +x node_modules/$name/bin/node`;

const nothingLeft = (here: Machine) =>
  expect(readdirSync(here.cache).filter((name) => name.startsWith('.'))).toEqual([]);

describe('Node.js', () => {
  it('comes from the package of this platform, without running scripts', async () => {
    const here = machine({ npm: npm('22.19.3') });
    const program = join(here.cache, 'nodejs/22.19.3/bin/node');
    expect(await install('nodejs22.x', here)).toBe(`Node.js 22.19.3 at ${program}`);
    expect(existsSync(program)).toBe(true);
    const [call] = here.calls();
    expect(call).toContain('--ignore-scripts');
    expect(call).toMatch(new RegExp(`node-(bin-)?${process.platform}-${process.arch}@22$`));
    nothingLeft(here);
  });

  it('is one of each major version, the one that was asked for last', async () => {
    const here = machine({ npm: npm('22.19.3') });
    mkdirSync(join(here.cache, 'nodejs/22.7.0'), { recursive: true });
    mkdirSync(join(here.cache, 'nodejs/20.7.0'), { recursive: true });
    await install('nodejs22.19.3', here);
    expect(here.calls()[0]).toMatch(/@22\.19\.3$/);
    expect(readdirSync(join(here.cache, 'nodejs')).sort()).toEqual(['20.7.0', '22.19.3']);
  });

  it('is left as it was when what came doesn’t run, or npm fails or isn’t there', async () => {
    const lame = machine({ npm: npm('22.19.3', 'nonsense') });
    mkdirSync(join(lame.cache, 'nodejs/22.7.0'), { recursive: true });
    await expect(install('nodejs22.x', lame)).rejects.toThrow(/doesn't run on this machine/);
    expect(readdirSync(join(lame.cache, 'nodejs'))).toEqual(['22.7.0']);
    nothingLeft(lame);
    const failing = machine({ npm: 'echo "npm error 404 Not Found" >&2; exit 1' });
    await expect(install('nodejs22.x', failing)).rejects.toThrow(/404 Not Found/);
    nothingLeft(failing);
    await expect(install('nodejs22.x', machine({}))).rejects.toThrow("npm isn't on this machine");
  });

  it('is not installed where Brume can’t run on it', async () => {
    const here = machine({ npm: npm('12.22.0') });
    await expect(install('nodejs12.x', here)).rejects.toThrow(/older than .* Node\.js 14/);
    await expect(install('nodejs8.10', here)).rejects.toThrow(CannotInstall);
    expect(here.calls()).toEqual([]);
  });
});

describe('SDKs', () => {
  it('for Node.js are installed by npm, each with a folder of its own', async () => {
    const here = machine({ npm: 'mkdir -p node_modules/aws-sdk' });
    await install('aws-sdk', here);
    await install('nodejs-sdk', here);
    expect(existsSync(join(here.cache, 'aws-sdk/node_modules/aws-sdk'))).toBe(true);
    expect(here.calls()[0]).toMatch(/ aws-sdk@2$/);
    expect(here.calls()[1]).toMatch(/@aws-sdk\/client-dynamodb .*@aws-sdk\/lib-dynamodb /);
    nothingLeft(here);
  });

  it('for Python are installed by pip for each Python that has none', async () => {
    const script = `case "$*" in
      *base_prefix*) printf '%s\\n' "$0" "\${0%/bin/*}" VERSION;;
      *import*boto3*) OWN;;
      *pip*) while [ "$1" != --target ]; do shift; done; mkdir -p "$2/boto3";;
    esac`;
    const of = (version: string, own: string) => script.replace('VERSION', version).replace('OWN', own);
    const here = machine({ 'python3.12': of('3.12.1', 'exit 1'), 'python3.11': of('3.11.7', 'echo 1.40.0') });
    expect((await install('python-sdk', here)).split('\n').sort()).toEqual([
      'boto3 1.40.0 comes with Python 3.11.7',
      `boto3 for Python 3.12.1 at ${join(here.cache, 'python-sdk/3.12')}`,
    ]);
    expect(existsSync(join(here.cache, 'python-sdk/3.12/boto3'))).toBe(true);
    expect(existsSync(join(here.cache, 'python-sdk/3.11'))).toBe(false);
    await expect(install('python-sdk', machine({}))).rejects.toThrow('No Python was found');
  });
});

describe('AWS’s runtime interface client', () => {
  it('for Java comes from Maven Central', async () => {
    const here = machine({
      mvn: 'grep -q aws-lambda-java-runtime-interface-client pom.xml && mkdir jars && touch jars/client.jar',
    });
    await install('java', here);
    expect(readdirSync(join(here.cache, 'java'))).toEqual(['client.jar']);
    nothingLeft(here);
    await expect(install('java', machine({}))).rejects.toThrow(/Maven .* isn't on this machine/);
  });
});

it('what can’t be installed is said with what can', async () => {
  const here = machine({});
  await expect(install('cobol', here)).rejects.toThrow(/can't install cobol\. It installs nodejs22\.x/);
  await expect(install('python3.12', here)).rejects.toThrow(/Install python3\.12 as your system does/);
});
