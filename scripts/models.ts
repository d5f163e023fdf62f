/**
 * Writes models/{name}.json, the API descriptions that every codec is compiled from: structure from the
 * runtime schemas that the official SDK packages export, and what those leave out (constraints, exact number
 * types, names of simple shapes, errors of each operation) from models/constraints/{name}.json, which
 * `--constraints` extracts from botocore's published data. Shapes and constraints only, no prose.
 *
 *     npm run models                   regenerate
 *     npm run models -- --check        fail when the committed files differ from what would be generated
 *     npm run models -- --constraints  read botocore again (needs Python and `pip install botocore`)
 *
 * Adding a service is one word in `services` and its client package among the dev dependencies.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { extractConstraints } from './models/constraints.ts';
import { corrected } from './models/corrections.ts';
import { generateModel } from './models/generate.ts';
import { type Constraints, readSdk } from './models/sdk.ts';

/** Names of SDK packages (`@aws-sdk/client-NAME`). */
const services = [
  'dynamodb',
  'dynamodb-streams',
  'lambda',
  's3',
  'cloudformation',
  'iam',
  'sts',
  'cloudwatch-logs',
  'api-gateway',
  'apigatewayv2',
  'apigatewaymanagementapi',
  'sqs',
  'sns',
  'application-auto-scaling',
  'cognito-identity-provider',
  'cognito-identity',
  'kms',
];

/** Where the file (and the service's folder) is named otherwise than the package. */
const fileNames: Record<string, string> = {
  'cloudwatch-logs': 'logs',
  'api-gateway': 'apigateway',
  'application-auto-scaling': 'applicationautoscaling',
  'cognito-identity-provider': 'cognitoidp',
  'cognito-identity': 'cognitoidentity',
};

const check = process.argv.includes('--check');
const again = process.argv.includes('--constraints');
const root = new URL('..', import.meta.url);
const stale: string[] = [];

for (const service of services) {
  const name = fileNames[service] ?? service;
  const sdk = await readSdk(service);
  const constraintsFile = new URL(`models/constraints/${name}.json`, root);
  if (again || (!check && !existsSync(constraintsFile))) {
    writeFileSync(constraintsFile, lines(extractConstraints(sdk)));
  }
  const constraints = corrected(name, JSON.parse(readFileSync(constraintsFile, 'utf8')) as Constraints);
  const text = `${JSON.stringify(generateModel(sdk, constraints))}\n`;
  const file = new URL(`models/${name}.json`, root);
  if (check) {
    if (!existsSync(file) || readFileSync(file, 'utf8') !== text) stale.push(`models/${name}.json`);
  } else {
    writeFileSync(file, text);
    console.error(
      `models/${name}.json  ${sdk.operations.size} operations, ${Math.ceil(text.length / 1024)} KiB`,
    );
  }
}

if (stale.length > 0) {
  console.error(`Differs from what its sources say: ${stale.join(', ')}. Run \`npm run models\`.`);
  process.exitCode = 1;
}

/** One shape a line: compact, yet a diff of it can be read. */
function lines(constraints: Constraints): string {
  const sections = Object.entries(constraints).map(([section, value]) => {
    if (typeof value !== 'object') return `${JSON.stringify(section)}:${JSON.stringify(value)}`;
    const entries = Object.entries(value).map(
      ([key, entry]) => `${JSON.stringify(key)}:${JSON.stringify(entry)}`,
    );
    return `${JSON.stringify(section)}:{\n${entries.join(',\n')}\n}`;
  });
  return `{${sections.join(',\n')}}\n`;
}
