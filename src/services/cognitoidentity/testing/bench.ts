/** Identity pools for tests: a room over memory, issuers whose keys are at hand, and services that answer as told. */
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { AwsError, RandomIds, VirtualClock } from '../../../kernel/index.ts';
import {
  type AwsCaller,
  type Jwk,
  type OperationContext,
  type Platform,
  type Principal,
  rootOf,
  type Standing,
} from '../../../platform/index.ts';
import { MemoryStore, type Store } from '../../../store/index.ts';
import { openVault } from '../../../store/vault.ts';
import { cognitoidentity } from '../index.ts';
import type { IdentityRoom } from '../room.ts';

export const account = '000000000000';
export const region = 'eu-west-1';
const start = Date.UTC(2026, 0, 1);

type Answer = (input: Record<string, unknown>, as: { account: string; region: string }) => unknown;

/** Members that answers have, each where its operation gives it. */
interface Answered {
  IdentityId: string;
  IdentityPoolId: string;
  Token: string;
  NextToken?: string;
  IdentityPools: unknown[];
  Identities: unknown[];
  DeveloperUserIdentifierList: string[];
}

/** A service's error, as an answer. */
export const failing =
  (code: string, status = 400): Answer =>
  () => {
    throw new AwsError(code, code, { status });
  };

/** @param kept a store and the folder of the vault's key, of a cloud that is started again. */
export async function bench(kept?: { store: Store; folder: string }) {
  const clock = new VirtualClock(start);
  const store = kept?.store ?? new MemoryStore();
  const keys = new Map<string, Jwk[]>();
  const standings = new Map<string, Standing>();
  const services = new Map<string, Answer>();
  const calls: { name: string; input: Record<string, unknown> }[] = [];
  const room = (await cognitoidentity.open({
    store,
    clock,
    ids: new RandomIds(),
    vault: openVault({ folder: kept?.folder, ids: new RandomIds() }),
    config: { cognito: {} },
    issuers: {
      keys: async (issuer: string) => keys.get(issuer),
      standing: async (issuer: string) => standings.get(issuer),
    },
  } as unknown as Platform)) as IdentityRoom;

  const caller = (as: { account: string; region: string }): AwsCaller => ({
    call: async <Output>(service: string, operation: string, input: object) => {
      const name = `${service}:${operation}`;
      calls.push({ name, input: input as Record<string, unknown> });
      const answer = services.get(name);
      if (!answer) throw new AwsError('NotImplemented', name, { status: 501 });
      return answer(input as Record<string, unknown>, as) as Output;
    },
    as: (change) => caller({ ...as, ...change }),
    asRole: async () => caller(as),
  });

  const call = async (operation: string, input: object, own = account) => {
    const handler = cognitoidentity.operations[operation] as (
      ctx: OperationContext<IdentityRoom>,
      input: object,
    ) => Promise<unknown>;
    const principal: Principal = rootOf(own);
    const ctx = {
      room,
      account: own,
      region,
      principal,
      now: clock.now(),
      aws: caller({ account: own, region }),
    };
    return (await handler(ctx as OperationContext<IdentityRoom>, input)) as Answered;
  };

  /** An OpenID issuer; what it signs is good for an hour. */
  const issuer = async (address: string) => {
    const { privateKey, publicKey } = await generateKeyPair('RS256');
    keys.set(address, [{ ...(await exportJWK(publicKey)), kid: address, alg: 'RS256' } as Jwk]);
    const now = () => Math.floor(clock.now() / 1000);
    return {
      sign: (claims: JWTPayload) =>
        new SignJWT({ iss: address, iat: now(), exp: now() + 3600, ...claims })
          .setProtectedHeader({ alg: 'RS256', kid: address })
          .sign(privateKey),
    };
  };

  /** A user pool and its client `client`, and a pool of identities that trusts it. */
  const withUserPool = async (settings: object = {}) => {
    const provider = `cognito-idp.${region}.amazonaws.com/${region}_People`;
    const people = await issuer(`https://${provider}`);
    const { IdentityPoolId } = await call('CreateIdentityPool', {
      IdentityPoolName: 'app',
      AllowUnauthenticatedIdentities: true,
      CognitoIdentityProviders: [{ ProviderName: provider, ClientId: 'client' }],
      ...settings,
    });
    const token = (sub: string, claims: JWTPayload = {}) =>
      people.sign({ sub, aud: 'client', token_use: 'id', ...claims });
    return { IdentityPoolId, provider, token, people };
  };

  /** Has STS open sessions; what it was shown is in `calls`. */
  const withSts = () => {
    services.set('sts:AssumeRoleWithWebIdentity', () => ({
      Credentials: {
        AccessKeyId: 'ASIA',
        SecretAccessKey: 'secret',
        SessionToken: 'session',
        Expiration: new Date(clock.now() + 3_600_000),
      },
    }));
  };
  const lastCall = () => calls.at(-1)?.input ?? {};

  return {
    call,
    calls,
    clock,
    issuer,
    keys,
    lastCall,
    room,
    services,
    standings,
    store,
    withSts,
    withUserPool,
  };
}
