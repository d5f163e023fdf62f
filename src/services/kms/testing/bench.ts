/** KMS for tests: a room over memory, principals, and the policy engine that decides about them. */
import { Authorizer, policyEngine } from '../../../identity/index.ts';
import { RandomIds, VirtualClock } from '../../../kernel/index.ts';
import {
  type AuthorizationRequest,
  type OperationContext,
  type Platform,
  type Principal,
  rootOf,
} from '../../../platform/index.ts';
import { MemoryStore, type Store } from '../../../store/index.ts';
import { openVault } from '../../../store/vault.ts';
import { DurableTasks } from '../../../tasks/index.ts';
import { LocalTelemetry } from '../../../telemetry/index.ts';
import { kms } from '../index.ts';
import type { KmsRoom } from '../room.ts';

export const account = '111122223333';
export const region = 'eu-west-1';
export const dayMs = 86_400_000;

/** Members that answers have, each where its operation gives it. */
interface Answered {
  KeyMetadata: {
    KeyId: string;
    Arn: string;
    KeyState: string;
    Enabled: boolean;
    CurrentKeyMaterialId?: string;
  };
  CiphertextBlob: Uint8Array;
  Plaintext: Uint8Array;
  Mac: Uint8Array;
  KeyId: string;
  KeyMaterialId: string;
  Policy: string;
  Truncated: boolean;
  NextMarker?: string;
  GrantId: string;
  GrantToken: string;
  Keys: { KeyId: string }[];
  Aliases: { AliasName: string; TargetKeyId: string }[];
  Grants: { GrantId: string }[];
  Rotations: { KeyMaterialId: string; RotationType?: string; KeyMaterialState: string }[];
  Tags: { TagKey: string; TagValue: string }[];
}

interface Asker {
  principal?: Principal;
  /** Identity policies of a user or role. */
  policies?: string[];
  region?: string;
  via?: string;
}

export const user = (name: string, own = account): Principal => ({
  type: 'user',
  account: own,
  arn: `arn:aws:iam::${own}:user/${name}`,
  userName: name,
  userId: `AIDA${name}`,
});

/** Lets everything of KMS. */
export const allowKms = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'kms:*', Resource: '*' }],
});

/** @param kept a store and the folder of the vault's key, of a cloud that is started again. */
export async function bench(kept?: { store: Store; folder: string }) {
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  const store = kept?.store ?? new MemoryStore();
  const ids = new RandomIds();
  const telemetry = new LocalTelemetry({ clock, write: () => {}, format: 'json', level: 'error' });
  const tasks = new DurableTasks({ store, clock, ids, telemetry, exclusive: true });
  const room = (await kms.open({
    store,
    clock,
    ids,
    tasks,
    policies: policyEngine,
    vault: openVault({ folder: kept?.folder, ids }),
  } as unknown as Platform)) as KmsRoom;

  const contextOf = ({ principal = rootOf(account), region: place = region, via }: Asker) =>
    ({
      room,
      account: principal.account,
      region: place,
      principal,
      now: clock.now(),
      ...(via === undefined ? {} : { via }),
    }) as OperationContext<KmsRoom>;

  /** Runs an operation, nobody asked whether it may. */
  const call = async (operation: string, input: object, asker: Asker = {}): Promise<Answered> => {
    const handler = kms.operations[operation] as (
      ctx: OperationContext<KmsRoom>,
      input: object,
    ) => Promise<unknown>;
    return (await handler(contextOf(asker), input)) as Answered;
  };

  /** What policies and grants say. @returns `allow`, or AWS's words for a denial. */
  const ask = async (operation: string, input: object, asker: Asker = {}): Promise<string> => {
    const rule = kms.authorize[operation] as unknown as (
      ctx: OperationContext<KmsRoom>,
      input: object,
    ) => Promise<AuthorizationRequest | AuthorizationRequest[]>;
    const ctx = contextOf(asker);
    const asked = [await rule(ctx, input)].flat();
    const identityPolicies = (asker.policies ?? []).map((document, at) => ({ id: String(at), document }));
    const authorizer = new Authorizer('enforce', { policiesOf: () => ({ identityPolicies }) });
    const decision = await authorizer.decide(
      ctx.principal,
      asked.map((one) => ({ action: `kms:${operation}`, ...one })),
      { now: clock.now(), region: ctx.region, sourceIp: '127.0.0.1', secure: true },
    );
    return decision.effect === 'allow' ? 'allow' : (decision.message ?? decision.effect);
  };

  const makeKey = async (input: object = {}, asker: Asker = {}) =>
    (await call('CreateKey', input, asker)).KeyMetadata;

  return { ask, call, clock, makeKey, room, store, tasks };
}
