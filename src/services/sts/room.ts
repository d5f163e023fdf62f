/** What the operations of STS share: sessions, ids, modes, whoever verifies tokens and codes. */
import { type Ids, newAccessKeyId } from '../../kernel/index.ts';
import type {
  IamModes,
  Issuers,
  MfaSource,
  PolicyEngine,
  Principal,
  SamlKeySource,
  SessionFacts,
} from '../../platform/index.ts';
import type { Vault } from '../../store/vault.ts';
import { ValidationError } from './errors.ts';
import { sessionTokenBytesMax } from './limits.ts';
import type { OutboundSigners } from './outbound/signers.ts';
import type { Session, SessionStore } from './store.ts';

export interface StsRoom {
  readonly sessions: SessionStore;
  readonly ids: Ids;
  readonly modes: Pick<IamModes, 'of'>;
  readonly issuers: Pick<Issuers, 'keys'>;
  readonly mfa: MfaSource;
  /** Keys of tokens for services outside AWS. */
  readonly signers: OutboundSigners;
  readonly samlKeys: SamlKeySource;
  /** Reads the policies that narrow sessions. */
  readonly policies: Pick<PolicyEngine, 'contextKeys'>;
  /** Opens encoded authorization messages. */
  readonly vault: Vault;
}

const secretAlphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

export interface AskedToken {
  MinimumSessionTokenSize?: number | undefined;
}

/** Who can have sessions. */
type Owner = Exclude<Principal, { type: 'service' | 'anonymous' | 'federated' }>;

/**
 * Makes and keeps a temporary credential. @param facts what the session knows of itself, but how long it lasts.
 * @param seconds how long it lasts, from when it was issued.
 * @returns the members of an answer that tell of it. @throws ValidationError
 */
export async function openSession(
  { ids, sessions }: StsRoom,
  principal: Owner,
  facts: SessionFacts,
  seconds: number,
  { MinimumSessionTokenSize: sizeMin = 0 }: AskedToken,
) {
  if (sizeMin > sessionTokenBytesMax) {
    throw new ValidationError(
      `1 validation error detected: Value '${sizeMin}' at 'minimumSessionTokenSize' failed to satisfy constraint: Member must have value less than or equal to ${sessionTokenBytesMax}`,
    );
  }
  const size = Math.max(tokenBytes, Math.ceil(sizeMin));
  const expiresAt = facts.issuedAt + seconds * 1000;
  const session: Session = {
    accessKeyId: newAccessKeyId(ids, 'ASIA', principal.account),
    secretAccessKey: ids.token(40, secretAlphabet),
    sessionToken: `IQoJ${ids.token(size - 4, secretAlphabet)}`,
    principal: { ...principal, session: { ...facts, expiresAt } },
    expiresAt,
  };
  await sessions.put(session);
  return {
    Credentials: {
      AccessKeyId: session.accessKeyId,
      SecretAccessKey: session.secretAccessKey,
      SessionToken: session.sessionToken,
      Expiration: new Date(session.expiresAt),
    },
    SessionTokenSize: size,
    SessionTokenUtilization: Math.ceil((size / sessionTokenBytesMax) * 100),
  };
}

/** Of a token that isn't asked to be larger: what it stands for lies in the store, not in the token. */
const tokenBytes = 364;
