/** STS: who is asking, and temporary credentials for roles and users. The smallest complete service: start new ones from it. */
import { type Credential, defineService } from '../../platform/index.ts';
import type { TaskQueue } from '../../tasks/index.ts';
import { authorize, unsigned } from './authorize.ts';
import { AssumeRole } from './operations/AssumeRole.ts';
import { AssumeRoleWithWebIdentity } from './operations/AssumeRoleWithWebIdentity.ts';
import { GetAccessKeyInfo, GetCallerIdentity } from './operations/callerIdentity.ts';
import { GetFederationToken, GetSessionToken } from './operations/sessions.ts';
import type { StsRoom } from './room.ts';
import { type Session, SessionStore } from './store.ts';

export const sts = defineService<StsRoom>({
  name: 'sts',
  open(platform) {
    const expiry: TaskQueue<string> = platform.tasks.queue<string>({
      name: 'sts.expiry',
      concurrency: 8,
      retry: { attemptsMax: 10, baseMs: 1_000 },
      run: (task) => sessions.remove(task.payload),
    });
    const sessions: SessionStore = new SessionStore(platform.store, expiry);
    return { sessions, ids: platform.ids, iam: platform.config.iam, issuers: platform.issuers };
  },
  operations: {
    AssumeRole,
    AssumeRoleWithWebIdentity,
    GetAccessKeyInfo,
    GetCallerIdentity,
    GetFederationToken,
    GetSessionToken,
  },
  authorize,
  unsigned,
  identity: (room) => ({
    credentials: {
      // Without a promise when the session is in memory: every request of a session asks.
      find(accessKeyId, sessionToken) {
        const found = room.sessions.find(accessKeyId);
        return found instanceof Promise
          ? found.then((session) => credentialOf(session, sessionToken))
          : credentialOf(found, sessionToken);
      },
    },
  }),
});

function credentialOf(
  session: Session | undefined,
  sessionToken: string | undefined,
): Credential | undefined {
  if (!session || session.sessionToken !== sessionToken) return undefined;
  const { secretAccessKey, principal, expiresAt } = session;
  return { secretAccessKey, principal, expiresAt };
}
