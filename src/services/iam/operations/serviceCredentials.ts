/** Service-specific credentials: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateServiceSpecificCredential.html and its neighbours. */
import type {
  CreateServiceSpecificCredentialRequest,
  DeleteServiceSpecificCredentialRequest,
  ListServiceSpecificCredentialsRequest,
  ResetServiceSpecificCredentialRequest,
  UpdateServiceSpecificCredentialRequest,
} from '@aws-sdk/client-iam';
import type { Reader } from '../../../store/index.ts';
import { InvalidInput, LimitExceeded, NoSuchEntity, NotSupportedService } from '../errors.ts';
import { credentialsPerServiceMax } from '../limits.ts';
import { type IamContext, pageOf, uniqueId, userNamed, userOf } from '../room.ts';
import { credentialsOf, type ServiceCredential, serviceCredentials } from '../store/credentials.ts';
import { type User, users } from '../store.ts';
import { settable } from './userKeys.ts';

const dayMs = 24 * 60 * 60_000;
const secretAlphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const secretLength = 44;

/** Those that sign in with a user name and a password, and those that take an API key, which may expire. */
const passwordServices = new Set(['codecommit.amazonaws.com', 'cassandra.amazonaws.com']);
const keyServices = new Set(['bedrock.amazonaws.com', 'logs.amazonaws.com']);

export async function CreateServiceSpecificCredential(
  ctx: IamContext,
  input: CreateServiceSpecificCredentialRequest,
) {
  const { room, account, now } = ctx;
  const serviceName = supported(input.ServiceName as string);
  const isKey = keyServices.has(serviceName);
  if (input.CredentialAgeDays !== undefined && !isKey) {
    throw new InvalidInput(`CredentialAgeDays is not supported for ${serviceName}.`);
  }
  return await room.store.transactAside(async (tx) => {
    const user = await userNamed(ctx, input.UserName as string, tx);
    const all = await credentialsOf(serviceCredentials, user.id, tx);
    const same = all.filter((one) => one.serviceName === serviceName);
    if (same.length >= credentialsPerServiceMax) {
      throw new LimitExceeded(
        `Cannot exceed quota for ServiceSpecificCredentialsPerUser: ${credentialsPerServiceMax}`,
      );
    }
    const names = [`${user.name}-at-${account}`, `${user.name}+1-at-${account}`];
    const credential: ServiceCredential = {
      id: uniqueId(room, 'ACCA'),
      status: 'Active',
      createdAt: now,
      serviceName,
      alias: names.find((name) => !same.some(({ alias }) => alias === name)) as string,
      expiresAt: input.CredentialAgeDays === undefined ? undefined : now + input.CredentialAgeDays * dayMs,
    };
    serviceCredentials.put(tx, [user.id, credential.id], credential);
    return { ServiceSpecificCredential: { ...shown(ctx, user, credential), ...secretFor(ctx, credential) } };
  });
}

export async function ListServiceSpecificCredentials(
  ctx: IamContext,
  input: ListServiceSpecificCredentialsRequest,
) {
  const { store } = ctx.room;
  if (input.ServiceName !== undefined) supported(input.ServiceName);
  if (input.AllUsers && input.UserName !== undefined) {
    throw new InvalidInput('UserName cannot be specified together with AllUsers.');
  }
  const found: object[] = [];
  const add = async (user: User) => {
    for (const credential of await credentialsOf(serviceCredentials, user.id, store.reader)) {
      if (input.ServiceName !== undefined && credential.serviceName !== input.ServiceName) continue;
      found.push(shown(ctx, user, credential));
    }
  };
  if (input.AllUsers) for await (const user of store.all(users, ctx.account)) await add(user);
  else await add(await userNamed(ctx, userOf(ctx, input.UserName)));
  const { page, paging } = pageOf(found, input);
  return { ServiceSpecificCredentials: page, ...paging };
}

export async function UpdateServiceSpecificCredential(
  ctx: IamContext,
  input: UpdateServiceSpecificCredentialRequest,
) {
  await ctx.room.store.transactAside(async (tx) => {
    const { user, credential } = await credentialOf(ctx, input, tx);
    const status = settable(input.Status);
    serviceCredentials.put(tx, [user.id, credential.id], { ...credential, status });
  });
  return {};
}

export async function ResetServiceSpecificCredential(
  ctx: IamContext,
  input: ResetServiceSpecificCredentialRequest,
) {
  const { user, credential } = await credentialOf(ctx, input, ctx.room.store.reader);
  return { ServiceSpecificCredential: { ...shown(ctx, user, credential), ...secretFor(ctx, credential) } };
}

export async function DeleteServiceSpecificCredential(
  ctx: IamContext,
  input: DeleteServiceSpecificCredentialRequest,
) {
  await ctx.room.store.transactAside(async (tx) => {
    const { user, credential } = await credentialOf(ctx, input, tx);
    serviceCredentials.delete(tx, user.id, credential.id);
  });
  return {};
}

function supported(serviceName: string): string {
  if (passwordServices.has(serviceName) || keyServices.has(serviceName)) return serviceName;
  throw new NotSupportedService(
    `No such service ${serviceName} is supported for Service Specific Credentials`,
  );
}

/** The only time that it is told. */
function secretFor({ room }: IamContext, { serviceName, alias }: ServiceCredential) {
  const secret = room.ids.token(secretLength, secretAlphabet);
  if (!keyServices.has(serviceName)) return { ServicePassword: secret };
  return { ServiceCredentialSecret: `ABSK${Buffer.from(`${alias}:${secret}`).toString('base64')}` };
}

async function credentialOf(
  ctx: IamContext,
  input: { UserName?: string | undefined; ServiceSpecificCredentialId: string | undefined },
  reader: Reader,
): Promise<{ user: User; credential: ServiceCredential }> {
  const user = await userNamed(ctx, userOf(ctx, input.UserName), reader);
  const id = input.ServiceSpecificCredentialId as string;
  const credential = await serviceCredentials.get(reader, user.id, id);
  if (!credential) throw new NoSuchEntity(`No such credential ${id} exists`);
  return { user, credential };
}

function shown({ now }: IamContext, user: User, credential: ServiceCredential) {
  const isExpired = credential.expiresAt !== undefined && credential.expiresAt <= now;
  return {
    CreateDate: new Date(credential.createdAt),
    ...(credential.expiresAt === undefined ? {} : { ExpirationDate: new Date(credential.expiresAt) }),
    ServiceName: credential.serviceName,
    ...(keyServices.has(credential.serviceName)
      ? { ServiceCredentialAlias: credential.alias }
      : { ServiceUserName: credential.alias }),
    ServiceSpecificCredentialId: credential.id,
    UserName: user.name,
    Status: isExpired ? ('Expired' as const) : credential.status,
  };
}
