/**
 * What IAM keeps. IAM is global: keys have an account and no region.
 *
 *   iam.role [account, name] → Role                iam.user  [account, name] → User
 *   iam.group [account, name] → Group              iam.policy [account, arn] → ManagedPolicy
 *   iam.accessKey [accessKeyId] → AccessKey        iam.profile [account, name] → InstanceProfile
 *   iam.keyOfUser [account, userName, accessKeyId] → nothing
 *   iam.account [account] → Account                iam.alias [alias] → account
 *
 * Inline policies and attachments lie in the record of who has them, so that they change together.
 */
import { type Reader, type RecordSet, recordSet, type Store, type Transaction } from '../../store/index.ts';

/** What roles, users and groups have in common. */
export interface Identity {
  name: string;
  id: string;
  path: string;
  arn: string;
  createdAt: number;
  /** Name → JSON text, as it was given. */
  inline: Record<string, string>;
  /** ARNs of managed policies, in the order of attachment. */
  attached: string[];
  boundary: string | undefined;
  tags: Record<string, string>;
}

export interface Role extends Identity {
  description: string | undefined;
  trustPolicy: string;
  /** Unique ids of the users and roles in the trust policy when it was put, by ARN; absent when it named none. */
  trusted?: Record<string, string> | undefined;
  maxSessionSeconds: number;
}

export interface User extends Identity {
  groups: string[];
  /** Serial numbers of the MFA devices that were enabled; absent in records of before there were any. */
  mfaDevices?: string[];
}

export type Group = Identity;

export interface ManagedPolicy {
  name: string;
  id: string;
  path: string;
  arn: string;
  description: string | undefined;
  createdAt: number;
  updatedAt: number;
  defaultVersion: string;
  versions: { id: string; document: string; createdAt: number }[];
  /** Versions are numbered on, never reused. */
  nextVersion: number;
  tags: Record<string, string>;
}

export interface AccessKey {
  id: string;
  account: string;
  userName: string;
  /** Sealed by the vault; text in records of before there was one. */
  secret: Uint8Array | string;
  status: 'Active' | 'Inactive';
  createdAt: number;
}

export interface InstanceProfile {
  name: string;
  id: string;
  path: string;
  arn: string;
  createdAt: number;
  roleName: string | undefined;
  tags: Record<string, string>;
}

/** What is said of an account as a whole. */
export interface Account {
  alias?: string | undefined;
  /** As GetAccountPasswordPolicy tells it. */
  passwordPolicy?: Readonly<Record<string, number | boolean>> | undefined;
  /** Of the tokens that STS's global endpoint gives out; 1 when absent. */
  globalEndpointTokenVersion?: 1 | 2;
  /** Who signs the account's tokens for services outside AWS; absent until that is first enabled. */
  outboundFederation?: { issuer: string; isEnabled: boolean };
}

type ByName<T> = RecordSet<[account: string, name: string], T>;

export const roles: ByName<Role> = recordSet('iam.role');
export const users: ByName<User> = recordSet('iam.user');
export const groups: ByName<Group> = recordSet('iam.group');
export const policies: ByName<ManagedPolicy> = recordSet('iam.policy');
export const profiles: ByName<InstanceProfile> = recordSet('iam.profile');
export const accessKeys: RecordSet<[accessKeyId: string], AccessKey> = recordSet('iam.accessKey');
const keysOfUsers: RecordSet<[account: string, userName: string, accessKeyId: string], null> =
  recordSet('iam.keyOfUser');
export const accounts: RecordSet<[account: string], Account> = recordSet('iam.account');
export const aliases: RecordSet<[alias: string], string> = recordSet('iam.alias');

/** Entities read at once where all of an account are looked through (attachments, members of a group). */
const scanPage = 500;

export class IamStore {
  readonly #store: Store;
  #changes = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  get reader(): Reader {
    return this.#store;
  }

  /** Grows with every transaction, before its caller hears of it: what was read at a lower count may be out of date. */
  get changes(): number {
    return this.#changes;
  }

  async transact<T>(body: (tx: Transaction) => Promise<T>): Promise<T> {
    try {
      return await this.#store.transact(body);
    } finally {
      this.#changes++;
    }
  }

  /** For what changes nobody's rights, so that nothing has to be read anew for it: tags of roles, descriptions, reports. */
  transactAside<T>(body: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.#store.transact(body);
  }

  /** Everything of one kind in an account, in name order. */
  async *all<T>(set: ByName<T>, account: string, reader: Reader = this.#store): AsyncGenerator<T> {
    let after: string | undefined;
    for (;;) {
      const page = await set.range(reader, {
        under: [account],
        ...(after === undefined ? {} : { gt: [account, after] }),
        limit: scanPage,
      });
      for (const { value } of page) yield value;
      const last = page.at(-1);
      if (!last || page.length < scanPage) return;
      after = last.key[1];
    }
  }

  putKey(tx: Transaction, key: AccessKey): void {
    accessKeys.put(tx, [key.id], key);
    keysOfUsers.put(tx, [key.account, key.userName, key.id], null);
  }

  deleteKey(tx: Transaction, key: AccessKey): void {
    accessKeys.delete(tx, key.id);
    keysOfUsers.delete(tx, key.account, key.userName, key.id);
  }

  /** The access keys of a user, of which there are two at most, in the order in which they were made. */
  async keysOf(account: string, userName: string, reader: Reader = this.#store): Promise<AccessKey[]> {
    const places = await keysOfUsers.range(reader, { under: [account, userName], limit: scanPage });
    const found = await Promise.all(places.map(({ key: [, , id] }) => accessKeys.get(reader, id)));
    return found.filter((key) => key !== undefined).sort((a, b) => a.createdAt - b.createdAt);
  }
}
