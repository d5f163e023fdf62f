/** `brume`: what a person types. Commands load lazily, so that each costs only itself. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { durationNames, lambdaDurationNames } from '../cloud/options.ts';
import { version } from '../cloud/version.ts';
import { durations, timeOf } from './durations.ts';
import { exitCodes, Failure } from './failure.ts';
import { defaultEndpoint } from './target.ts';

const program = new Command('brume')
  .description('The AWS serverless stack on your own machine.')
  .version(version())
  .showHelpAfterError('(brume --help lists the commands)')
  .configureHelp({ sortSubcommands: false })
  .exitOverride();

program
  .command('start')
  .description('Start a cloud and serve it until stopped.')
  .addOption(
    new Option('--port <port>', 'port to listen on; 0 takes a free one')
      .env('BRUME_PORT')
      .default(4566)
      .argParser(port),
  )
  .addOption(new Option('--host <host>', 'address to listen on').env('BRUME_HOST').default('127.0.0.1'))
  .addOption(
    new Option('--data <folder>', 'folder that holds the data').env('BRUME_DATA').default('./.brume'),
  )
  .addOption(new Option('--ephemeral', 'keep nothing: the data goes with the process').env('BRUME_EPHEMERAL'))
  .addOption(
    new Option('--iam <mode>', 'what policies decide: recorded, enforced or not asked')
      .env('BRUME_IAM')
      .choices(['audit', 'enforce', 'off'])
      .default('audit'),
  )
  .addOption(new Option('--account <id>', 'account of unknown access keys').env('BRUME_ACCOUNT'))
  .addOption(new Option('--region <region>', 'region of requests that name none').env('BRUME_REGION'))
  .addOption(
    new Option('--tls-cert <file>', 'certificate (PEM) instead of a self-signed one').env('BRUME_TLS_CERT'),
  )
  .addOption(new Option('--tls-key <file>', 'private key (PEM) of --tls-cert').env('BRUME_TLS_KEY'))
  .addOption(
    new Option('--sandbox <driver>', 'how functions are isolated')
      .env('BRUME_SANDBOX')
      .choices(['bwrap', 'process']),
  )
  .addOption(
    new Option(
      '--strict-runtimes',
      'run functions only on the exact version their runtime names, not on the nearest',
    ).env('BRUME_STRICT_RUNTIMES'),
  )
  .addOption(
    new Option(
      '--cognito-issuer <issuer>',
      "issuer of user pools' tokens: aws, local (this endpoint) or the address that clients use",
    ).env('BRUME_COGNITO_ISSUER'),
  )
  .addOption(
    new Option(
      '--dynamodb-throughput <mode>',
      'whether DynamoDB refuses requests beyond provisioned throughput',
    )
      .env('BRUME_DYNAMODB_THROUGHPUT')
      .choices(['enforce', 'off'])
      .default('off'),
  )
  .addOption(
    new Option(
      '--dynamodb-durations <list>',
      'how long DynamoDB tables and indexes take: 5s for all, or table-create=10s,index-create=1m',
    )
      .env('BRUME_DYNAMODB_DURATIONS')
      .argParser(durations(durationNames)),
  )
  .addOption(
    new Option(
      '--keep-idle <time>',
      'how long the environment of a function is kept after its last invocation',
    )
      .env('BRUME_KEEP_IDLE')
      .argParser(timeOf),
  )
  .addOption(
    new Option(
      '--lambda-durations <list>',
      'how long Lambda functions take: 5s for all, or function-create=5s,function-update=2s',
    )
      .env('BRUME_LAMBDA_DURATIONS')
      .argParser(durations(lambdaDurationNames)),
  )
  .addOption(
    new Option(
      '--smtp <url>',
      'server that mail of user pools is sent by, smtp://user:password@host:port; others see the command line, not the variable',
    ).env('BRUME_SMTP'),
  )
  .addOption(new Option('--mail-from <address>', 'sender of all mail').env('BRUME_MAIL_FROM'))
  .addOption(
    new Option(
      '--unsafe-open-to-network',
      'listen beyond loopback without --iam enforce: anyone who reaches the port owns the cloud',
    ).env('BRUME_UNSAFE_OPEN_TO_NETWORK'),
  )
  .addOption(
    new Option('--log-level <level>', 'least severe lines of the server log')
      .env('BRUME_LOG_LEVEL')
      .choices(['debug', 'info', 'warn', 'error'])
      .default('info'),
  )
  .addHelpText(
    'after',
    examples([
      'brume start',
      'brume start --ephemeral --port 0',
      'brume start --data /srv/cloud --iam enforce',
    ]),
  )
  .action(async (options) => (await import('./commands/start.ts')).start(options));

clientCommand('stop', 'Stop a running cloud, after what is in flight.', ['brume stop']).action(
  async (options) => (await import('./commands/control.ts')).stop(options),
);

clientCommand('status', 'Show whether a cloud answers, and what it holds.', [
  'brume status',
  'brume status --json',
])
  .option('--json', 'print JSON')
  .action(async (options) => (await import('./commands/control.ts')).status(options));

clientCommand('reset', 'Empty a running cloud: every resource of every account and region.', [
  'brume reset',
]).action(async (options) => (await import('./commands/control.ts')).reset(options));

program
  .command('doctor')
  .description('Check this machine: runtimes, isolation, ports, names.')
  .addOption(new Option('--data <folder>', 'data folder to check').env('BRUME_DATA').default('./.brume'))
  .addOption(new Option('--port <port>', 'port to check').env('BRUME_PORT').default(4566).argParser(port))
  .addHelpText('after', examples(['brume doctor']))
  .action(async (options) => (await import('./commands/doctor.ts')).doctor(options));

const runtimes = program
  .command('runtimes')
  .description('List which program of this machine runs which Lambda runtime, and what is missing.')
  .option('--json', 'print JSON')
  .addHelpText('after', examples(['brume runtimes', 'brume runtimes install nodejs22.x']))
  .action(async (options) => (await import('./commands/runtimes.ts')).runtimes(options));
runtimes
  .command('install <what...>')
  .description(
    'Fetch runtimes and SDKs: nodejs22.x (or nodejs22.19.0), nodejs-sdk, aws-sdk, python-sdk, java.',
  )
  .addHelpText(
    'after',
    examples(['brume runtimes install nodejs22.x nodejs20.x', 'brume runtimes install python-sdk java']),
  )
  .action(async (names) => (await import('./commands/runtimes.ts')).installRuntimes(names));

clientCommand('env', 'Print the exports that point SDKs and the AWS CLI here.', [
  'eval "$(brume env)"',
]).action(async (options) => (await import('./commands/env.ts')).env(options));

clientOptions(
  program
    .command('cognito')
    .description('What Cognito user pools do here.')
    .command('messages')
    .description('Show what user pools told their users by email and SMS, with the codes.'),
)
  .option('--pool <id>', 'of this user pool only')
  .option('--user <username>', 'to this user only')
  .option('-f, --follow', 'go on showing what comes')
  .option('--json', 'print a line of JSON for each')
  .addHelpText(
    'after',
    examples([
      'brume cognito messages --follow',
      'brume cognito messages --pool us-east-1_Abc123 --user ann',
    ]),
  )
  .action(async (options) => (await import('./commands/cognito.ts')).messages(options));

const iam = program.command('iam').description('What policies decide here, and what they would have to say.');
clientOptions(
  iam
    .command('mode [mode]')
    .description(
      'Show what policies decide in which account, or change it: enforce, audit, off, or default (as the cloud was started).',
    ),
)
  .option('--account <id>', 'the account; else the default one')
  .option('--json', 'print JSON')
  .addHelpText('after', examples(['brume iam mode', 'brume iam mode enforce --account 111122223333']))
  .action(async (mode, options) => (await import('./commands/iamMode.ts')).iamMode(mode, options));

clientOptions(
  iam
    .command('report')
    .description(
      'List what policies deny, and make the least policy that a role or user needs for what it was seen to do.',
    ),
)
  .option('--role <name>', 'this role: its denials, and its policy')
  .option('--user <name>', 'this user')
  .option('--account <id>', 'of this account only')
  .option('--since <time>', 'what was seen in the last 30m, 2h')
  .option('--write <file>', 'write the policy to a file')
  .option('--json', 'print JSON')
  .addHelpText(
    'after',
    examples([
      'brume iam report',
      'brume iam report --since 1h',
      'brume iam report --role worker --write policy.json',
    ]),
  )
  .action(async (options) => (await import('./commands/iamReport.ts')).iamReport(options));

const snapshot = program.command('snapshot').description('Save a running cloud to a file, or load one.');
clientOptions(snapshot.command('save <file>').description('Write everything the cloud holds to FILE.'))
  .addHelpText('after', examples(['brume snapshot save before-migration.brume']))
  .action(async (file, options) => (await import('./commands/snapshot.ts')).save(file, options));
clientOptions(snapshot.command('load <file>').description('Replace everything the cloud holds with FILE.'))
  .addHelpText('after', examples(['brume snapshot load before-migration.brume']))
  .action(async (file, options) => (await import('./commands/snapshot.ts')).load(file, options));

clientCommand('deploy <template>', 'Package and deploy a CloudFormation or SAM template.', [
  'brume deploy template.yaml --stack shop',
  'brume deploy template.yaml --stack shop --param Stage=dev --param Size=2 --json',
])
  .requiredOption('--stack <name>', 'name of the stack')
  .option('--param <key=value...>', 'a template parameter; repeat for more', collectParameter, {})
  .option('--json', 'print the outputs as JSON')
  .action(async (template, options) => (await import('./commands/deploy.ts')).deploy(template, options));

clientCommand(
  'dev <template> [function]',
  'Deploy a template and keep it as the files are: saved code is live in the next request.',
  [
    'brume dev template.yaml',
    'brume dev template.yaml --stack shop --param Stage=dev',
    'brume dev template.yaml --inspect Checkout',
    'brume dev template.yaml --inspect=9230 Checkout',
  ],
)
  .option('--stack <name>', 'name of the stack; else that of the folder')
  .option('--param <key=value...>', 'a template parameter; repeat for more', collectParameter, {})
  .addOption(
    new Option('--data <folder>', 'data of the cloud that is started when none answers')
      .env('BRUME_DATA')
      .default('./.brume'),
  )
  .addOption(
    new Option('--ephemeral', 'the cloud that is started when none answers keeps nothing').env(
      'BRUME_EPHEMERAL',
    ),
  )
  .option('--inspect [port]', 'let a debugger into a function (port 9229)')
  .action(async (template, word, options) =>
    (await import('./commands/dev.ts')).dev(template, word, options),
  );

clientCommand('destroy <stack>', 'Delete a stack and what it made.', ['brume destroy shop']).action(
  async (stack, options) => (await import('./commands/destroy.ts')).destroy(stack, options),
);

clientCommand('logs <function>', 'Show the log of a function (or of any log group).', [
  'brume logs -f shop-Checkout',
  'brume logs /aws/lambda/f --since 1h',
])
  .option('-f, --follow', 'wait for new lines')
  .option('--since <time>', 'how far back: 30s, 10m, 2h, 1d', '1h')
  .action(async (name, options) => (await import('./commands/logs.ts')).logs(name, options));

clientCommand('invoke <function>', 'Invoke a function and print what it answers.', [
  `brume invoke hello --payload '{"name":"Ada"}'`,
  'brume invoke hello --payload event.json',
])
  .option('--payload <file-or-json>', 'a file, JSON text, or - for standard input')
  .action(async (name, options) => (await import('./commands/invoke.ts')).invoke(name, options));

program
  .command('event [service] [kind]')
  .description('Print a sample event; without a kind, list those there are.')
  .usage('[service] [kind] [--key=value …]')
  .allowUnknownOption()
  .allowExcessArguments()
  .addHelpText(
    'after',
    examples([
      'brume event',
      'brume event s3',
      'brume event s3 put --bucket=photos --key=a.jpg | brume invoke Resize --payload -',
    ]),
  )
  .action(async (_service, _kind, _options, command: Command) =>
    (await import('./commands/event.ts')).event(command.args),
  );

program
  .command('coverage [service]')
  .description('List the operations Brume answers, of all that AWS has.')
  .option('--json', 'print JSON')
  .addHelpText('after', examples(['brume coverage', 'brume coverage dynamodb']))
  .action(async (service, options) => (await import('./commands/coverage.ts')).coverage(service, options));

function clientCommand(usage: string, description: string, shown: readonly string[]): Command {
  return clientOptions(program.command(usage).description(description)).addHelpText('after', examples(shown));
}

function clientOptions(command: Command): Command {
  return command
    .option('--endpoint <url>', `the running cloud; else AWS_ENDPOINT_URL, else ${defaultEndpoint}`)
    .option('--region <region>', 'else AWS_REGION, else us-east-1');
}

function examples(lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}\n`;
}

function port(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 65535)
    throw new InvalidArgumentError('A port is 0 to 65535.');
  return value;
}

function collectParameter(text: string, collected: Record<string, string>): Record<string, string> {
  const split = text.indexOf('=');
  if (split < 1) throw new InvalidArgumentError(`Write parameters as KEY=VALUE; got ${text}.`);
  return { ...collected, [text.slice(0, split)]: text.slice(split + 1) };
}

/** A reader that has enough (`| head`) ends a command as it ends others; a cloud goes on without one. */
function mindReaders(command: string | undefined): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      if (command !== 'start') process.exit(exitCodes.done);
    });
  }
}

/** Runs one command line. @returns the exit code. */
async function main(argv: readonly string[]): Promise<number> {
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return typeof process.exitCode === 'number' ? process.exitCode : exitCodes.done;
  } catch (error) {
    if (error instanceof Failure) {
      process.stderr.write(`brume: ${error.message}\n${error.hints.map((hint) => `  ${hint}\n`).join('')}`);
      return error.exitCode;
    }
    const code = (error as { code?: string }).code;
    // Commander has already written its message, and exits 0 after help and version.
    if (code?.startsWith('commander.'))
      return (error as { exitCode: number }).exitCode === 0 ? 0 : exitCodes.usage;
    const detail =
      error instanceof Error
        ? process.env.BRUME_LOG_LEVEL === 'debug'
          ? error.stack
          : `${error.name}: ${error.message}`
        : String(error);
    process.stderr.write(`brume: ${detail}\n`);
    return exitCodes.failed;
  }
}

mindReaders(process.argv[2]);
process.exitCode = await main(process.argv.slice(2));
