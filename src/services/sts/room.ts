/** What the operations of STS share: sessions, ids, modes, whoever verifies tokens and codes. */
import { base32Alphabet, type Ids } from '../../kernel/index.ts';
import type { IamModes, Issuers, MfaSource, Principal } from '../../platform/index.ts';
import type { Session, SessionStore } from './store.ts';

export interface StsRoom {
  readonly sessions: SessionStore;
  readonly ids: Ids;
  readonly modes: Pick<IamModes, 'of'>;
  readonly issuers: Pick<Issuers, 'keys'>;
  readonly mfa: MfaSource;
}

const secretAlphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Makes and keeps a temporary credential. @param seconds how long it lasts. */
export async function openSession(
  room: StsRoom,
  principal: Principal,
  now: number,
  seconds: number,
): Promise<Session> {
  const session: Session = {
    accessKeyId: `ASIA${room.ids.token(16, base32Alphabet)}`,
    secretAccessKey: room.ids.token(40, secretAlphabet),
    sessionToken: `IQoJ${room.ids.token(360, secretAlphabet)}`,
    principal,
    expiresAt: now + seconds * 1000,
  };
  await room.sessions.put(session);
  return session;
}

/** The `Credentials` member of an answer. */
export function credentialsOf(session: Session) {
  return {
    AccessKeyId: session.accessKeyId,
    SecretAccessKey: session.secretAccessKey,
    SessionToken: session.sessionToken,
    Expiration: new Date(session.expiresAt),
  };
}
