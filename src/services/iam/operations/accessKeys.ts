/** Access keys: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html and its neighbours. */
import type {
  CreateAccessKeyRequest,
  DeleteAccessKeyRequest,
  GetAccessKeyLastUsedRequest,
  ListAccessKeysRequest,
  UpdateAccessKeyRequest,
} from '@aws-sdk/client-iam';
import { newAccessKeyId } from '../../../kernel/index.ts';
import type { Reader } from '../../../store/index.ts';
import { LimitExceeded, NoSuchEntity } from '../errors.ts';
import { accessKeysPerUserMax } from '../limits.ts';
import { type IamContext, pageOf, userNamed, userOf } from '../room.ts';
import { sealSecret } from '../secrets.ts';
import { type AccessKey, accessKeys } from '../store.ts';

const secretAlphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

export async function CreateAccessKey(ctx: IamContext, input: CreateAccessKeyRequest) {
  const { room, account, now } = ctx;
  const userName = userOf(ctx, input.UserName);
  const id = newAccessKeyId(room.ids, 'AKIA', account);
  const secret = room.ids.token(40, secretAlphabet);
  const key: AccessKey = {
    id,
    account,
    userName,
    secret: sealSecret(room.vault, id, secret),
    status: 'Active',
    createdAt: now,
  };
  await room.store.transact(async (tx) => {
    await userNamed(ctx, userName, tx);
    if ((await room.store.keysOf(account, userName, tx)).length >= accessKeysPerUserMax) {
      throw new LimitExceeded(`Cannot exceed quota for AccessKeysPerUser: ${accessKeysPerUserMax}`);
    }
    room.store.putKey(tx, key);
  });
  // The only time that the secret is told.
  return { AccessKey: { ...shown(key), SecretAccessKey: secret } };
}

export async function ListAccessKeys(ctx: IamContext, input: ListAccessKeysRequest) {
  // Without a name: whoever asks, and the root user has none of these.
  if (input.UserName === undefined && ctx.principal.type === 'root') return noKeys;
  const user = await userNamed(ctx, userOf(ctx, input.UserName));
  const { page, paging } = pageOf(await ctx.room.store.keysOf(ctx.account, user.name), input);
  return { AccessKeyMetadata: page.map(shown), ...paging };
}

const noKeys = { AccessKeyMetadata: [], IsTruncated: false };

export async function UpdateAccessKey(ctx: IamContext, input: UpdateAccessKeyRequest) {
  await ctx.room.store.transact(async (tx) => {
    const key = await keyOf(ctx, input, tx);
    ctx.room.store.putKey(tx, { ...key, status: input.Status === 'Active' ? 'Active' : 'Inactive' });
  });
  return {};
}

export async function DeleteAccessKey(ctx: IamContext, input: DeleteAccessKeyRequest) {
  await ctx.room.store.transact(async (tx) => {
    const key = await keyOf(ctx, input, tx);
    ctx.room.store.deleteKey(tx, key);
    ctx.room.uses.forget(tx, key.id);
  });
  return {};
}

export async function GetAccessKeyLastUsed(ctx: IamContext, input: GetAccessKeyLastUsedRequest) {
  const key = await keyWithId(ctx, input.AccessKeyId as string, ctx.room.store.reader);
  const use = await ctx.room.uses.of(key.id);
  return {
    UserName: key.userName,
    AccessKeyLastUsed: {
      ...(use ? { LastUsedDate: new Date(use.at) } : {}),
      ServiceName: use?.service ?? 'N/A',
      Region: use?.region ?? 'N/A',
    },
  };
}

/**
 * The key, when it is of the user that is named, or else of who asks: policies were asked about that user. The root user,
 * who may do anything, needn't name one.
 */
async function keyOf(
  ctx: IamContext,
  input: { AccessKeyId: string | undefined; UserName?: string | undefined },
  reader: Reader,
): Promise<AccessKey> {
  const isRoot = input.UserName === undefined && ctx.principal.type === 'root';
  const owner = isRoot ? undefined : userOf(ctx, input.UserName);
  const key = await keyWithId(ctx, input.AccessKeyId as string, reader);
  if (owner !== undefined && key.userName !== owner) throw missing(key.id);
  return key;
}

async function keyWithId({ account }: IamContext, id: string, reader: Reader): Promise<AccessKey> {
  const key = await accessKeys.get(reader, id);
  if (key?.account !== account) throw missing(id);
  return key;
}

function missing(id: string) {
  return new NoSuchEntity(`The Access Key with id ${id} cannot be found.`);
}

function shown(key: AccessKey) {
  return {
    UserName: key.userName,
    AccessKeyId: key.id,
    Status: key.status,
    CreateDate: new Date(key.createdAt),
  };
}
