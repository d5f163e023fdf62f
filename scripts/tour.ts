/**
 * `npm run tour`: the README's tour by itself. Starts an ephemeral cloud, deploys the example, calls it, shows its log and its
 * data, kills nothing of yours. Every step is checked; a step that fails ends the tour with a non-zero exit code.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const brume = `${root}bin/brume`;

await tour();

async function tour(): Promise<void> {
  say('brume start --ephemeral --port 0');
  const { server, endpoint } = await start();
  try {
    say('brume deploy examples/crud/template.yaml --stack crud');
    const outputs = JSON.parse(
      run([
        'deploy',
        `${root}examples/crud/template.yaml`,
        '--stack',
        'crud',
        '--json',
        '--endpoint',
        endpoint,
      ]),
    ) as Record<string, string>;
    for (const [name, value] of Object.entries(outputs)) show(`${name}=${value}`);
    const api = outputs.ApiUrl?.replace(/\/$/, '');

    say(`curl -X PUT ${api}/resource/42 -d '{"name":"first"}'`);
    show(await call(`${api}/resource/42`, { method: 'PUT', body: '{"name":"first"}' }));

    say(`curl ${api}/resource/42`);
    const read = await call(`${api}/resource/42`);
    show(read);
    expect(read.includes('first'), 'the resource that was written is read back');

    const functionName = outputs.ResourceFunctionName;
    if (functionName) {
      say(`brume logs ${functionName}`);
      const log = run(['logs', functionName, '--endpoint', endpoint]);
      show(log);
      expect(
        log.includes('START RequestId') && log.includes('REPORT RequestId'),
        'the log has START and REPORT lines',
      );
    }

    if (outputs.TableName) {
      say(`aws dynamodb scan --table-name ${outputs.TableName}   # here by the SDK, the same request`);
      const { DynamoDBClient, ScanCommand } = await import('@aws-sdk/client-dynamodb');
      const client = new DynamoDBClient({
        endpoint,
        region: 'us-east-1',
        credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      });
      const { Items } = await client.send(new ScanCommand({ TableName: outputs.TableName }));
      show(JSON.stringify(Items));
      expect(JSON.stringify(Items).includes('first'), 'the table holds the item');
    }

    say('brume destroy crud');
    run(['destroy', 'crud', '--endpoint', endpoint]);
    show('done');
  } finally {
    server.kill('SIGTERM');
  }
}

function start(): Promise<{ server: ChildProcess; endpoint: string }> {
  return new Promise((resolve, reject) => {
    const server = spawn(brume, ['start', '--ephemeral', '--port', '0', '--log-level', 'warn'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    server.stdout.on('data', (chunk: Buffer) => {
      const line = chunk.toString().trim();
      show(line);
      const endpoint = /ready at (\S+)/.exec(line)?.[1];
      if (endpoint) resolve({ server, endpoint });
    });
    server.on('exit', (code) => reject(new Error(`The cloud ended with code ${code}`)));
  });
}

async function call(url: string, init?: RequestInit): Promise<string> {
  const answer = await fetch(url, init);
  const text = await answer.text();
  expect(answer.ok, `${init?.method ?? 'GET'} ${url} answered ${answer.status}: ${text}`);
  return text;
}

function run(args: string[]): string {
  return execFileSync(brume, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}

function expect(condition: boolean, what: string): void {
  if (!condition) throw new Error(`The tour expected that ${what}`);
}

function say(command: string): void {
  process.stdout.write(`\n$ ${command}\n`);
}

function show(text: string): void {
  process.stdout.write(
    `${text
      .trimEnd()
      .split('\n')
      .map((line) => `  ${line}`)
      .join('\n')}\n`,
  );
}
