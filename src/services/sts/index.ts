/** STS: who is asking, and temporary credentials for roles and users. The smallest complete service: start new ones from it. */
import { defineService } from '../../platform/index.ts';
import type { TaskQueue } from '../../tasks/index.ts';
import { authorize, unsigned } from './authorize.ts';
import { AssumeRole } from './operations/AssumeRole.ts';
import { AssumeRoleWithSAML } from './operations/AssumeRoleWithSAML.ts';
import { AssumeRoleWithWebIdentity } from './operations/AssumeRoleWithWebIdentity.ts';
import { GetAccessKeyInfo, GetCallerIdentity } from './operations/callerIdentity.ts';
import { DecodeAuthorizationMessage } from './operations/DecodeAuthorizationMessage.ts';
import { GetWebIdentityToken } from './operations/GetWebIdentityToken.ts';
import { GetFederationToken, GetSessionToken } from './operations/sessions.ts';
import { issuerKeys, outbound } from './outbound/discovery.ts';
import { OutboundSigners } from './outbound/signers.ts';
import type { StsRoom } from './room.ts';
import { SessionStore, TokenKeyStore } from './store.ts';

export const sts = defineService<StsRoom>({
  name: 'sts',
  open({ store, tasks, ids, vault, modes, issuers, mfa, samlKeys, policies }) {
    const expiry: TaskQueue<string> = tasks.queue<string>({
      name: 'sts.expiry',
      concurrency: 8,
      retry: { attemptsMax: 10, baseMs: 1_000 },
      run: (task) => sessions.remove(task.payload),
    });
    const sessions: SessionStore = new SessionStore(store, vault, expiry);
    const signers = new OutboundSigners(new TokenKeyStore(store), vault, ids);
    return { sessions, ids, modes, issuers, mfa, samlKeys, policies, signers, vault };
  },
  operations: {
    AssumeRole,
    AssumeRoleWithSAML,
    AssumeRoleWithWebIdentity,
    DecodeAuthorizationMessage,
    GetAccessKeyInfo,
    GetCallerIdentity,
    GetFederationToken,
    GetSessionToken,
    GetWebIdentityToken,
  },
  authorize,
  unsigned,
  endpoints: { outbound },
  issuerKeys,
  identity: ({ sessions }) => ({
    credentials: { find: (accessKeyId, sessionToken) => sessions.find(accessKeyId, sessionToken) },
  }),
});
