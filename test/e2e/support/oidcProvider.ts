/** A real OpenID provider (npm `oidc-provider`) on a free port: whoever comes is signed in as whom the test says. */
import { generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';

export interface TestProvider {
  issuer: string;
  /** Who signs in next, and what is claimed of them. */
  account: { id: string; claims: Record<string, string | boolean>; acr?: string };
  /** Whom clients may send browsers back to. */
  redirectUris: string[];
  close(): Promise<void>;
}

export const client = { client_id: 'pool', client_secret: 'a-secret-of-the-provider' };

/** @param redirectUris as they are registered for the one client. */
export async function startOidcProvider(redirectUris: string[]): Promise<TestProvider> {
  let handle: (request: IncomingMessage, response: ServerResponse) => void = () => {};
  const server: Server = createServer((request, response) => handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const test: TestProvider = {
    issuer,
    account: { id: 'ann', claims: {} },
    redirectUris,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  const provider = new Provider(issuer, {
    clients: [{ ...client, redirect_uris: redirectUris, token_endpoint_auth_method: 'client_secret_post' }],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'one', use: 'sig', alg: 'RS256' }] },
    cookies: { keys: ['some secret of a test'] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'family_name'] },
    acrValues: ['phr'],
    features: { devInteractions: { enabled: false } },
    findAccount: async () => {
      const { id, claims } = test.account;
      return { accountId: id, claims: async () => ({ sub: id, ...claims }) };
    },
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
  });
  const callback = provider.callback();
  handle = (request, response) => {
    if (!request.url?.startsWith('/interaction/')) {
      callback(request, response);
      return;
    }
    void (async () => {
      const { prompt, params, grantId } = await provider.interactionDetails(request, response);
      if (prompt.name === 'login') {
        const { id: accountId, acr } = test.account;
        await provider.interactionFinished(request, response, {
          login: { accountId, ...(acr ? { acr } : {}) },
        });
        return;
      }
      const grant = grantId
        ? await provider.Grant.find(grantId)
        : new provider.Grant({ accountId: test.account.id, clientId: String(params.client_id) });
      grant?.addOIDCScope(String(params.scope));
      await provider.interactionFinished(request, response, { consent: { grantId: await grant?.save() } });
    })();
  };
  return test;
}
