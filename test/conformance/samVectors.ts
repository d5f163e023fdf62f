import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CollectionTag, parseDocument, type ScalarTag, visit } from 'yaml';
import { SamTransformError, transformSam } from '../../src/services/cloudformation/domain/sam/index.ts';

/** AWS's own recorded transformations, outside the project: data to test against, not to ship. */
export const samFolder = join(import.meta.dirname, '../../../shared/conformance/sam');
export const hasSamVectors = existsSync(samFolder);

export function samVectorNames(): string[] {
  return readdirSync(join(samFolder, 'input')).map((file) => file.replace(/\.yaml$/, ''));
}

/** The managed policies that the recordings were made with, beside those that AWS publishes. */
const managedPolicies = {
  AWSLambdaBasicExecutionRole: 'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole',
  AmazonDynamoDBFullAccess: 'arn:aws:iam::aws:policy/AmazonDynamoDBFullAccess',
  AmazonDynamoDBReadOnlyAccess: 'arn:aws:iam::aws:policy/AmazonDynamoDBReadOnlyAccess',
  AWSLambdaRole: 'arn:aws:iam::aws:policy/service-role/AWSLambdaRole',
};

export interface VectorOutcome {
  readonly passed: boolean;
  readonly expected: unknown;
  readonly actual: unknown;
}

/** Transforms one vector and compares as AWS's own suite does: the order of lists is of no account. */
export function runSamVector(name: string): VectorOutcome {
  const template = loadYaml(readFileSync(join(samFolder, 'input', `${name}.yaml`), 'utf8'));
  const recorded = JSON.parse(readFileSync(join(samFolder, 'output', `${name}.json`), 'utf8'));
  const expected = name.startsWith('error_') ? sentences(recorded.errorMessage) : sorted(recorded);
  const actual = transformed(name, template);
  return { passed: JSON.stringify(actual) === JSON.stringify(expected), expected, actual };
}

function transformed(name: string, template: unknown): unknown {
  try {
    const { template: result } = transformSam(template as Record<string, unknown>, {
      region: 'ap-southeast-1',
      managedPolicies,
      applicationTemplateUrl: () => 'https://awsserverlessrepo-changesets-xxx.s3.amazonaws.com/signed-url',
    });
    return sorted(result);
  } catch (error) {
    if (error instanceof SamTransformError) {
      return name.startsWith('error_') ? sentences(error.message) : error.message;
    }
    return error instanceof Error ? error.stack : String(error);
  }
}

/** Errors of a document come in no order that AWS promises. */
function sentences(message: string): string[] {
  return message
    .split(/(?=Resource with id |Structure of the SAM |Transforming resource |Event with id )/)
    .map((part) => part.trim())
    .sort();
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(sorted).sort((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1));
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  );
}

const shortForms = [
  'And',
  'Base64',
  'Cidr',
  'Equals',
  'FindInMap',
  'GetAtt',
  'GetAZs',
  'If',
  'ImportValue',
  'Join',
  'Not',
  'Or',
  'Select',
  'Split',
  'Sub',
  'Transform',
];

/**
 * YAML as AWS's own suite reads it: CloudFormation's reader is stricter (it refuses null), and the recordings were
 * made without it.
 */
function loadYaml(source: string): unknown {
  const name = (tag: string) => (tag === 'Ref' || tag === 'Condition' ? tag : `Fn::${tag}`);
  const wrap = (tag: string, value: unknown) => ({
    [name(tag)]: tag === 'GetAtt' && typeof value === 'string' ? split(value) : value,
  });
  const tags = [...shortForms, 'Ref', 'Condition'];
  const scalars: ScalarTag[] = tags.map((tag) => ({
    tag: `!${tag}`,
    resolve: (value) => wrap(tag, value),
  }));
  const collections: CollectionTag[] = tags.flatMap((tag) =>
    (['seq', 'map'] as const).map((collection) => ({
      tag: `!${tag}`,
      collection,
      resolve: (node) => wrap(tag, node.toJSON()) as never,
    })),
  );
  const document = parseDocument(source, {
    version: '1.1',
    uniqueKeys: false,
    customTags: (known) => [
      ...known.filter(
        (tag) => tag !== 'timestamp' && (tag as ScalarTag).tag !== 'tag:yaml.org,2002:timestamp',
      ),
      ...scalars,
      ...collections,
    ],
  });
  visit(document, {
    // `2.0` is a float to SAM: boxed, it stays one.
    Scalar(_key, node) {
      if (typeof node.value === 'number' && /^\d+\.0$/.test(node.source ?? ''))
        node.value = Object(node.value);
    },
  });
  return document.toJS();
}

function split(path: string): string[] {
  const dot = path.indexOf('.');
  return dot < 0 ? [path] : [path.slice(0, dot), path.slice(dot + 1)];
}
