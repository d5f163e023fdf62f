/** Secrets of app clients, two at once while they change. https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AddUserPoolClientSecret.html and its neighbours. */
import { isSame } from '../domain/secretHash.ts';
import { InvalidParameterException, LimitExceededException, ResourceNotFoundException } from '../errors.ts';
import { limits } from '../limits.ts';
import { type Context, clientOf, poolOf, unknownClient } from '../room.ts';
import { type Client, type ClientSecret, records } from '../store.ts';

interface Named {
  UserPoolId: string;
  ClientId: string;
}

const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789';
const length = 51;
const purpose = (clientId: string) => `cognitoidp.clientSecret/${clientId}`;

export async function AddUserPoolClientSecret(ctx: Context, input: Named & { ClientSecret?: string }) {
  const value = input.ClientSecret ?? newSecret(ctx);
  const sealed = sealSecret(ctx, input.ClientId, value);
  const [added] = await changeSecrets(ctx, input, (secrets) => {
    if (secrets.length === 0) {
      throw new InvalidParameterException(
        'Client secrets can only be added to an app client that has a client secret.',
      );
    }
    if (secrets.length >= limits.secretsPerClientMax) {
      throw new LimitExceededException(
        `An app client can have at most ${limits.secretsPerClientMax} client secrets.`,
      );
    }
    // Ids tell seconds: two within one would have the same.
    const id = secrets.some((known) => known.id === sealed.id) ? `${sealed.id}-2` : sealed.id;
    return [{ ...sealed, id }, ...secrets];
  });
  const shown = input.ClientSecret === undefined ? { ClientSecretValue: value } : {};
  return { ClientSecretDescriptor: { ...(added ? describe(added) : {}), ...shown } };
}

export async function ListUserPoolClientSecrets(ctx: Context, input: Named) {
  const pool = await poolOf(ctx, input.UserPoolId);
  const { secrets = [] } = await clientOf(ctx, pool, input.ClientId);
  return { ClientSecrets: secrets.map(describe) };
}

export async function DeleteUserPoolClientSecret(ctx: Context, input: Named & { ClientSecretId: string }) {
  await changeSecrets(ctx, input, (secrets) => {
    const left = secrets.filter(({ id }) => id !== input.ClientSecretId);
    if (left.length === secrets.length) {
      throw new ResourceNotFoundException(`Client secret ${input.ClientSecretId} does not exist.`);
    }
    if (left.length === 0) {
      throw new InvalidParameterException('The last client secret of an app client cannot be deleted.');
    }
    return left;
  });
  return {};
}

/** Reads a client anew and writes what `change` makes of its secrets. @throws ResourceNotFoundException */
async function changeSecrets(
  ctx: Context,
  { UserPoolId, ClientId }: Named,
  change: (secrets: readonly ClientSecret[]) => ClientSecret[],
): Promise<ClientSecret[]> {
  const pool = await poolOf(ctx, UserPoolId);
  return ctx.room.store.transact(async (tx) => {
    const client = await records.clients.get(tx, pool.id, ClientId);
    if (!client) throw unknownClient(ClientId);
    const secrets = change(client.secrets ?? []);
    records.clients.put(tx, [pool.id, ClientId], { ...client, secrets, modifiedAt: ctx.now });
    return secrets;
  });
}

const describe = ({ id, createdAt }: ClientSecret) => ({
  ClientSecretId: id,
  ClientSecretCreateDate: new Date(createdAt),
});

export const newSecret = ({ room }: Context): string => room.ids.token(length, alphabet);

export function sealSecret({ room, now }: Context, clientId: string, value: string): ClientSecret {
  return {
    id: `${clientId}--${Math.floor(now / 1000)}`,
    value: room.vault.seal(purpose(clientId), value),
    createdAt: now,
  };
}

/** A client's secrets, opened: each of them counts. Empty for public clients. */
export function clientSecrets({ room }: Pick<Context, 'room'>, { id, secrets = [] }: Client): string[] {
  return secrets.map(({ value }) => room.vault.open(purpose(id), value).toString());
}

/** Whether this is a secret of the client's; public clients have none. In constant time. */
export function isClientSecret(ctx: Pick<Context, 'room'>, client: Client, given: string): boolean {
  return clientSecrets(ctx, client).filter((secret) => isSame(given, secret)).length > 0;
}
