/** Which key is meant: a key id, a key ARN, an alias or an alias ARN. https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id */
import { parseArn, partitionOf } from '../../kernel/index.ts';
import type { Reader, Transaction } from '../../store/index.ts';
import { aliasArn, isGone, keyArn } from './domain/keys.ts';
import { managedPolicy } from './domain/policies.ts';
import { AccessDeniedException, NotFoundException } from './errors.ts';
import { newMaterial } from './material.ts';
import type { Context } from './room.ts';
import { type Alias, type Key, records } from './store.ts';

interface Wanted {
  account: string;
  region: string;
  keyId?: string;
  /** `alias/…`. */
  alias?: string;
}

const keyIdPattern = /^(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|mrk-[0-9a-f]{32})$/;
const managedAlias = /^alias\/aws\/([a-z0-9-]+)$/;

/** Services whose AWS managed key appears when somebody first asks for it. */
const managedServices = new Set([
  'acm',
  'backup',
  'codecommit',
  'connect',
  'dynamodb',
  'ebs',
  'elasticfilesystem',
  'es',
  'fsx',
  'glue',
  'kinesis',
  'kinesisvideo',
  'lambda',
  'rds',
  'redshift',
  's3',
  'secretsmanager',
  'sns',
  'sqs',
  'ssm',
  'xray',
]);

/**
 * The key that a request names, its aliases included. Makes AWS managed keys that are asked for the first time.
 * @throws NotFoundException
 */
export async function findKey(ctx: Context, text: string, reader: Reader = ctx.room.store): Promise<Key> {
  const wanted = read(ctx, text);
  if (wanted.alias === undefined) return keyOf(ctx, wanted, wanted.keyId ?? '', reader);
  const alias = await records.aliases.get(reader, wanted.account, wanted.region, wanted.alias);
  if (alias) return keyOf(ctx, wanted, alias.keyId, reader);
  const service = managedAlias.exec(wanted.alias)?.[1];
  if (service === undefined || !managedServices.has(service) || wanted.account !== ctx.account) {
    throw new NotFoundException(`Alias ${aliasArn(wanted, wanted.alias)} is not found.`);
  }
  return makeManaged(ctx, wanted.alias, service);
}

/** The key that a request names by id or ARN, where aliases don't count. @throws NotFoundException */
export async function findById(ctx: Context, text: string, reader: Reader = ctx.room.store): Promise<Key> {
  const wanted = read(ctx, text);
  if (wanted.keyId === undefined) throw new NotFoundException(`Invalid keyId '${text}'`);
  return keyOf(ctx, wanted, wanted.keyId, reader);
}

/**
 * The same, for what works on keys of the caller's own account that AWS doesn't manage.
 * @param action `kms:DisableKey` and the like. @throws NotFoundException, AccessDeniedException
 */
export async function findOwn(
  ctx: Context,
  text: string,
  action: string,
  reader: Reader = ctx.room.store,
): Promise<Key> {
  const key = await findById(ctx, text, reader);
  if (key.account === ctx.account && key.manager === 'CUSTOMER') return key;
  throw new AccessDeniedException(
    `User: ${ctx.principal.arn} is not authorized to perform: ${action} on resource: ${keyArn(key)} because no resource-based policy allows the ${action} action`,
  );
}

/** Changes a key of the caller's own. @throws NotFoundException, AccessDeniedException */
export async function changeKey(
  ctx: Context,
  text: string,
  action: string,
  change: (key: Key, tx: Transaction) => Key | Promise<Key>,
): Promise<Key> {
  return ctx.room.store.transact(async (tx) => {
    const changed = await change(await findOwn(ctx, text, action, tx), tx);
    putKey(tx, changed);
    return changed;
  });
}

export function putKey(tx: Transaction, key: Key): void {
  records.keys.put(tx, [key.account, key.region, key.id], key);
}

export function putAlias(tx: Transaction, alias: Alias): void {
  const { account, region, name, keyId } = alias;
  records.aliases.put(tx, [account, region, name], alias);
  records.aliasesOf.put(tx, [account, region, keyId, name], null);
}

/** @throws NotFoundException */
export async function keyOf(
  ctx: Context,
  { account, region }: Pick<Wanted, 'account' | 'region'>,
  keyId: string,
  reader: Reader = ctx.room.store,
): Promise<Key> {
  const key = await records.keys.get(reader, account, region, keyId);
  if (key && !isGone(key, ctx.now)) return key;
  throw new NotFoundException(`Key '${keyArn({ account, region, id: keyId })}' does not exist`);
}

function read({ account, region }: Context, text: string): Wanted {
  if (text.startsWith('alias/')) return { account, region, alias: text };
  if (keyIdPattern.test(text)) return { account, region, keyId: text };
  if (!text.startsWith('arn:')) throw new NotFoundException(`Invalid keyId '${text}'`);
  const arn = parseArn(text);
  if (arn?.service !== 'kms' || arn.partition !== partitionOf(region)) {
    throw new NotFoundException(`Invalid arn ${text}`);
  }
  if (arn.region !== region) throw new NotFoundException(`Invalid arn ${arn.region}`);
  const { resource, ...place } = arn;
  if (resource.startsWith('alias/')) return { account: place.account, region, alias: resource };
  const keyId = resource.startsWith('key/') ? resource.slice('key/'.length) : '';
  if (!keyIdPattern.test(keyId)) throw new NotFoundException(`Invalid keyId '${keyId || resource}'`);
  return { account: place.account, region, keyId };
}

/** https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-managed-key */
async function makeManaged(ctx: Context, name: string, service: string): Promise<Key> {
  const { account, region, now, room } = ctx;
  const id = room.ids.uuid();
  const key: Key = {
    account,
    region,
    id,
    description: `Default key that protects my ${service} data when no other key is defined`,
    spec: 'SYMMETRIC_DEFAULT',
    usage: 'ENCRYPT_DECRYPT',
    state: 'Enabled',
    createdAt: now,
    manager: 'AWS',
    policy: managedPolicy(service, { account, region, partition: partitionOf(region) }),
    tags: {},
    materials: [newMaterial(room, { id, spec: 'SYMMETRIC_DEFAULT' })],
  };
  return room.store.transact(async (tx) => {
    const made = await records.aliases.get(tx, account, region, name);
    if (made) return keyOf(ctx, { account, region }, made.keyId, tx);
    putKey(tx, key);
    putAlias(tx, { account, region, name, keyId: id, createdAt: now, updatedAt: now });
    return key;
  });
}
