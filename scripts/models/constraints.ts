/**
 * Extracts from botocore's data what the SDK's schemas don't say. Both graphs are walked side by side, from
 * each operation's input and output down, so that shapes which the two name differently still meet.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Constraints, Schema, Sdk, SimpleFacts } from './sdk.ts';

interface BotocoreShape extends SimpleFacts {
  members?: Record<string, { shape: string }>;
  required?: string[];
}

interface BotocoreModel {
  metadata: Record<string, unknown>;
  operations: Record<
    string,
    { input?: { shape: string }; output?: { shape: string }; errors?: { shape: string }[] }
  >;
  shapes: Record<
    string,
    Omit<BotocoreShape, 'member' | 'key' | 'value'> & {
      member?: { shape: string };
      key?: { shape: string };
      value?: { shape: string };
    }
  >;
}

export function extractConstraints(sdk: Sdk): Constraints {
  const { model, version } = botocoreModel(sdk.serviceId);
  const { metadata } = model;
  const constraints: Constraints = {
    source: `botocore ${version}`,
    metadata: pick(metadata, ['protocol', 'protocols', 'jsonVersion', 'signingName', 'endpointPrefix']),
    shapes: {},
    members: {},
    required: {},
    errors: {},
  };
  const seen = new Set<string>();

  function walk(schema: Schema, name: string): void {
    const shape = model.shapes[name];
    if (!shape || schema.kind === 'unit') return;
    if (schema.kind === 'structure') {
      if (seen.has(schema.name)) return;
      seen.add(schema.name);
      if (shape.required?.length) constraints.required[schema.name] = shape.required;
      for (const [member, use] of schema.members()) {
        const target = shape.members?.[member]?.shape;
        if (!target) continue;
        if (use.schema.kind !== 'structure') {
          constraints.members[schema.name] ??= {};
          (constraints.members[schema.name] as Record<string, string>)[member] = target;
        }
        walk(use.schema, target);
      }
      return;
    }
    if (seen.has(`${schema.kind} ${name}`)) return;
    seen.add(`${schema.kind} ${name}`);
    const facts: SimpleFacts = pick(shape, [
      'type',
      'enum',
      'min',
      'max',
      'pattern',
      'timestampFormat',
    ]) as never;
    if (schema.kind === 'list' && shape.member) facts.member = shape.member.shape;
    if (schema.kind === 'map' && shape.key && shape.value) {
      facts.key = shape.key.shape;
      facts.value = shape.value.shape;
    }
    constraints.shapes[name] = facts;
    if (schema.kind === 'list' && shape.member) walk(schema.member.schema, shape.member.shape);
    if (schema.kind === 'map' && shape.key && shape.value) {
      walk(schema.key.schema, shape.key.shape);
      walk(schema.value.schema, shape.value.shape);
    }
  }

  for (const operation of sdk.operations.values()) {
    const described = model.operations[operation.name];
    if (!described) continue;
    if (described.input) walk(operation.input.schema, described.input.shape);
    if (described.output) walk(operation.output.schema, described.output.shape);
    const errors = (described.errors ?? [])
      .map((error) => error.shape)
      .filter((name) => sdk.exceptions.has(name));
    if (errors.length > 0) constraints.errors[operation.name] = errors;
  }
  for (const [name, exception] of sdk.exceptions) walk(exception, name);
  return constraints;
}

function pick(from: object, keys: string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(from).filter(([key]) => keys.includes(key)));
}

let models: { folder: string; version: string; byServiceId: Map<string, string> } | undefined;

function botocoreModel(serviceId: string): { model: BotocoreModel; version: string } {
  models ??= findBotocore();
  const file = models.byServiceId.get(serviceId);
  if (!file) throw new Error(`botocore ${models.version} doesn't describe ${serviceId}`);
  return { model: read(file), version: models.version };
}

function findBotocore(): NonNullable<typeof models> {
  const python =
    'import botocore, os; print(botocore.__version__); print(os.path.dirname(botocore.__file__))';
  const [version = '', folder = ''] = execFileSync('python3', ['-c', python], { encoding: 'utf8' }).split(
    '\n',
  );
  const data = join(folder, 'data');
  const byServiceId = new Map<string, string>();
  for (const entry of readdirSync(data, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const versions = readdirSync(join(data, entry.name)).sort().reverse();
    for (const apiVersion of versions) {
      const file = join(data, entry.name, apiVersion, 'service-2.json.gz');
      try {
        const serviceId = read(file).metadata.serviceId as string;
        if (!byServiceId.has(serviceId)) byServiceId.set(serviceId, file);
        break;
      } catch {
        // This version of the API has no description of its own.
      }
    }
  }
  return { folder, version, byServiceId };
}

function read(file: string): BotocoreModel {
  return JSON.parse(gunzipSync(readFileSync(file)).toString('utf8')) as BotocoreModel;
}
