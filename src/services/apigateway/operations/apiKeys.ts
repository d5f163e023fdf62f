/** API keys. */
import type {
  CreateApiKeyRequest,
  DeleteApiKeyRequest,
  GetApiKeyRequest,
  GetApiKeysRequest,
  ImportApiKeysRequest,
  UpdateApiKeyRequest,
} from '@aws-sdk/client-api-gateway';
import { type ImportedKey, readKeysCsv } from '../domain/apiKeysCsv.ts';
import { type PatchRules, patched, rule } from '../domain/patch.ts';
import type { ApiKey } from '../domain/types.ts';
import { BadRequestException, ConflictException, NotFoundException } from '../errors.ts';
import type { Context, Operations } from '../room.ts';
import type { ApiReader, ApiWriter } from '../store.ts';
import { limitOf, mapOf, readPosition, writePosition } from './find.ts';

const keyAlphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

async function CreateApiKey(ctx: Context, input: CreateApiKeyRequest) {
  const { ids } = ctx.room.platform;
  const key: ApiKey = {
    id: ids.token(10),
    value: input.value ?? ids.token(40, keyAlphabet),
    name: input.name,
    customerId: input.customerId,
    description: input.description,
    enabled: input.enabled ?? false,
    createdDate: ctx.now,
    lastUpdatedDate: ctx.now,
    stageKeys: (input.stageKeys ?? []).map((stage) => `${stage.restApiId}/${stage.stageName}`),
    tags: mapOf(input.tags),
  };
  if (key.value.length < 20 || key.value.length > 128) {
    throw new BadRequestException('API Key value should be at least 20 characters');
  }
  return ctx.room.store.transact(async (tx) => {
    await writeNewKey(ctx, tx, key);
    return keyOutput(key, true);
  });
}

async function writeNewKey(ctx: Context, tx: ApiWriter, key: ApiKey): Promise<void> {
  if (await tx.apiKeyByValue(ctx, key.value)) throw new ConflictException('API Key already exists');
  for (const stageKey of key.stageKeys) {
    const [apiId = '', stage = ''] = stageKey.split('/');
    if (!(await tx.get('stage', ctx, apiId, stage))) {
      throw new BadRequestException(`Invalid stage identifier specified: ${stageKey}`);
    }
  }
  tx.put('apiKey', ctx, '', key.id, key);
  tx.putKeyValue(ctx, key.value, key.id);
}

function keyOutput(key: ApiKey, includeValue: boolean) {
  return {
    ...key,
    value: includeValue ? key.value : undefined,
    createdDate: new Date(key.createdDate),
    lastUpdatedDate: new Date(key.lastUpdatedDate),
  };
}

export async function findKey(reader: ApiReader, ctx: Context, id: string): Promise<ApiKey> {
  const key = await reader.get('apiKey', ctx, '', id);
  if (key) return key;
  throw new NotFoundException('Invalid API Key identifier specified');
}

async function GetApiKey(ctx: Context, input: GetApiKeyRequest) {
  return keyOutput(await findKey(ctx.room.store, ctx, input.apiKey ?? ''), input.includeValue ?? false);
}

async function GetApiKeys(ctx: Context, input: GetApiKeysRequest) {
  const all = await ctx.room.store.list('apiKey', ctx, '');
  const { nameQuery, customerId } = input;
  const wanted = all.filter(
    (key) =>
      (nameQuery === undefined || key.name?.startsWith(nameQuery)) &&
      (customerId === undefined || key.customerId === customerId),
  );
  const after = input.position === undefined ? '' : readPosition(input.position);
  const rest = wanted.filter((key) => key.id > after);
  const items = rest.slice(0, limitOf(input.limit));
  const last = items.at(-1);
  return {
    items: items.map((key) => keyOutput(key, input.includeValues ?? false)),
    position: last && rest.length > items.length ? writePosition(last.id) : undefined,
  };
}

const patchRules: PatchRules<ApiKey> = {
  '/name': rule.text('name'),
  '/description': rule.text('description'),
  '/customerId': rule.text('customerId'),
  '/enabled': rule.flag('enabled'),
  // An older way to tell keys apart: taken, as on AWS, and shown nowhere.
  '/labels': { ops: ['add', 'remove'], apply() {} },
  '/stages': {
    ops: ['add', 'remove'],
    apply(key, { op, value }) {
      const others = key.stageKeys.filter((stage) => stage !== value);
      key.stageKeys = op === 'add' ? [...others, value] : others;
    },
  },
};

async function UpdateApiKey(ctx: Context, input: UpdateApiKeyRequest) {
  return ctx.room.store.transact(async (tx) => {
    const key = await findKey(tx, ctx, input.apiKey ?? '');
    const updated = patched(key, input.patchOperations, patchRules);
    updated.lastUpdatedDate = ctx.now;
    tx.put('apiKey', ctx, '', key.id, updated);
    return keyOutput(updated, false);
  });
}

async function DeleteApiKey(ctx: Context, input: DeleteApiKeyRequest) {
  await ctx.room.store.transact(async (tx) => {
    const key = await findKey(tx, ctx, input.apiKey ?? '');
    for (const plan of await tx.list('usagePlan', ctx, '')) {
      tx.delete('usagePlanKey', ctx, plan.id, key.id);
      tx.deleteUsage(ctx, plan.id, key.id);
    }
    tx.deleteKeyValue(ctx, key.value);
    tx.delete('apiKey', ctx, '', key.id);
  });
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-key-file-format.html */
async function ImportApiKeys(ctx: Context, input: ImportApiKeysRequest) {
  const rows = readKeysCsv(Buffer.from(input.body ?? '').toString());
  return ctx.room.store.transact(async (tx) => {
    const ids: string[] = [];
    const warnings: string[] = [];
    for (const row of rows) {
      if (await tx.apiKeyByValue(ctx, row.key)) warnings.push(`API Key '${row.name}' already exists`);
      else ids.push(await importKey(ctx, tx, row));
    }
    if (input.failOnWarnings && warnings.length > 0) throw new BadRequestException(warnings.join('; '));
    return { ids, warnings };
  });
}

async function importKey(ctx: Context, tx: ApiWriter, row: ImportedKey): Promise<string> {
  const key: ApiKey = {
    id: ctx.room.platform.ids.token(10),
    value: row.key,
    name: row.name,
    description: row.description,
    enabled: row.enabled,
    createdDate: ctx.now,
    lastUpdatedDate: ctx.now,
    stageKeys: [],
  };
  await writeNewKey(ctx, tx, key);
  for (const planId of row.usagePlanIds) {
    if (!(await tx.get('usagePlan', ctx, '', planId))) {
      throw new NotFoundException(`Invalid Usage Plan ID specified: ${planId}`);
    }
    tx.put('usagePlanKey', ctx, planId, key.id, { id: key.id, type: 'API_KEY' });
  }
  return key.id;
}

export const apiKeyOperations: Operations = {
  CreateApiKey,
  GetApiKey,
  GetApiKeys,
  UpdateApiKey,
  DeleteApiKey,
  ImportApiKeys,
};
