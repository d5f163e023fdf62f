/** Identity pools and whom else they trust: an OpenID Connect provider and a SAML provider, both registered with IAM. */
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import {
  CognitoIdentityClient,
  CreateIdentityPoolCommand,
  GetCredentialsForIdentityCommand,
  GetIdCommand,
  SetIdentityPoolRolesCommand,
} from '@aws-sdk/client-cognito-identity';
import {
  AdminCreateUserCommand,
  AdminDisableUserCommand,
  AdminInitiateAuthCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import {
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  CreateSAMLProviderCommand,
  IAMClient,
} from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { decodeJwt, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import Provider from 'oidc-provider';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';
import { startToyIdp, type ToyIdp } from '../../src/saml/testing/idp.ts';

const signIn = 'https://signin.aws.amazon.com/saml';
let cloud: Cloud;
let iam: IAMClient;
let identities: CognitoIdentityClient;
let oidc: Awaited<ReturnType<typeof startOidc>>;
let idp: ToyIdp;
let samlArn: string;
let poolId: string;
const opened: { destroy(): void }[] = [];

/** A real OpenID provider: the cloud reads its discovery document and its keys. */
async function startOidc(): Promise<{
  host: string;
  server: Server;
  sign(claims: JWTPayload): Promise<string>;
}> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const free = createTcpServer();
  await new Promise<void>((resolve) => free.listen(0, 'localhost', resolve));
  const { port } = free.address() as AddressInfo;
  await new Promise((resolve) => free.close(resolve));
  const host = `localhost:${port}`;
  const provider = new Provider(`http://${host}`, {
    jwks: { keys: [{ ...(await exportJWK(privateKey)), kid: 'k1', use: 'sig', alg: 'RS256' }] },
  });
  const server = createServer(provider.callback());
  await new Promise<void>((resolve) => server.listen(port, 'localhost', resolve));
  return {
    host,
    server,
    sign: (claims) =>
      new SignJWT({ iss: `http://${host}`, ...claims })
        .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
        .setIssuedAt(Math.floor(cloud.clock.now() / 1000))
        .setExpirationTime(Math.floor(cloud.clock.now() / 1000) + 600)
        .sign(privateKey),
  };
}

beforeAll(async () => {
  cloud = await startCloud({ iam: 'enforce' });
  iam = new IAMClient(cloud.clientConfig);
  identities = new CognitoIdentityClient(cloud.clientConfig);
  opened.push(iam, identities);
  oidc = await startOidc();
  idp = await startToyIdp();
  const { OpenIDConnectProviderArn = '' } = await iam.send(
    new CreateOpenIDConnectProviderCommand({
      Url: `https://${oidc.host}`,
      ClientIDList: ['app'],
      ThumbprintList: ['0'.repeat(40)],
    }),
  );
  const { SAMLProviderArn = '' } = await iam.send(
    new CreateSAMLProviderCommand({ Name: 'office', SAMLMetadataDocument: idp.metadata }),
  );
  samlArn = SAMLProviderArn;
  const { IdentityPoolId = '' } = await identities.send(
    new CreateIdentityPoolCommand({
      IdentityPoolName: 'app',
      AllowUnauthenticatedIdentities: false,
      OpenIdConnectProviderARNs: [OpenIDConnectProviderArn],
      SamlProviderARNs: [samlArn],
    }),
  );
  poolId = IdentityPoolId;
});
afterAll(async () => {
  for (const client of opened) client.destroy();
  oidc.server.close();
  await cloud.close();
});

/** A role that the pool's users may take when they came by `amr`. */
async function makeRole(RoleName: string, amr: string): Promise<string> {
  const trust = {
    Effect: 'Allow',
    Principal: { Federated: 'cognito-identity.amazonaws.com' },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: {
      StringEquals: { 'cognito-identity.amazonaws.com:aud': poolId },
      'ForAnyValue:StringLike': { 'cognito-identity.amazonaws.com:amr': amr },
    },
  };
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [trust] });
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  return Role?.Arn ?? '';
}

async function whoIs(Logins: Record<string, string>): Promise<string | undefined> {
  const { IdentityId } = await identities.send(new GetIdCommand({ IdentityPoolId: poolId, Logins }));
  const { Credentials } = await identities.send(new GetCredentialsForIdentityCommand({ IdentityId, Logins }));
  const { AccessKeyId = '', SecretKey = '', SessionToken = '' } = Credentials ?? {};
  const sts = new STSClient({
    ...cloud.clientConfig,
    credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretKey, sessionToken: SessionToken },
  });
  opened.push(sts);
  return (await sts.send(new GetCallerIdentityCommand({}))).Arn;
}

describe('an identity pool', () => {
  it('takes tokens of an OpenID Connect provider, for its clients only', async () => {
    const Roles = { authenticated: await makeRole('by-oidc', oidc.host) };
    await identities.send(new SetIdentityPoolRolesCommand({ IdentityPoolId: poolId, Roles }));
    const logins = async (claims: JWTPayload) => ({ [oidc.host]: await oidc.sign(claims) });
    expect(await whoIs(await logins({ sub: 'ann', aud: 'app' }))).toMatch(/:assumed-role\/by-oidc\//);
    await expect(whoIs(await logins({ sub: 'ann', aud: 'other' }))).rejects.toMatchObject({
      name: 'NotAuthorizedException',
      message: 'Invalid login token. Incorrect token audience.',
    });
    const stranger = await generateKeyPair('RS256');
    const forged = await new SignJWT({ iss: `http://${oidc.host}`, sub: 'ann', aud: 'app' })
      .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
      .setExpirationTime(Math.floor(cloud.clock.now() / 1000) + 600)
      .sign(stranger.privateKey);
    await expect(whoIs({ [oidc.host]: forged })).rejects.toMatchObject({
      name: 'NotAuthorizedException',
      message: "Invalid login token. Couldn't verify signed token.",
    });
  });

  it('gives who comes by SAML the role that the assertion names', async () => {
    const role = await makeRole('by-saml', samlArn);
    const respond = (roles: string[]) =>
      idp.respond({
        recipient: signIn,
        audience: 'urn:amazon:webservices',
        nameId: 'ann',
        now: cloud.clock.now(),
        attributes: { 'https://aws.amazon.com/SAML/Attributes/Role': roles },
      });
    expect(await whoIs({ [samlArn]: respond([`${role},${samlArn}`]) })).toMatch(/:assumed-role\/by-saml\//);
    const admin = role.replace('by-saml', 'admin');
    // Named by the assertion, but there is no such role that trusts the pool.
    await expect(whoIs({ [samlArn]: respond([`${admin},${samlArn}`]) })).rejects.toMatchObject({
      name: 'InvalidIdentityPoolConfigurationException',
    });
  });

  it('takes tokens of user pools by AWS’s name of them, whatever the cloud calls itself', async () => {
    const named = await startCloud({ cognito: { issuer: 'local' } });
    const people = new CognitoIdentityProviderClient(named.clientConfig);
    const pools = new CognitoIdentityClient(named.clientConfig);
    opened.push(people, pools);
    try {
      const { UserPool } = await people.send(new CreateUserPoolCommand({ PoolName: 'people' }));
      const UserPoolId = UserPool?.Id ?? '';
      const { UserPoolClient } = await people.send(
        new CreateUserPoolClientCommand({
          UserPoolId,
          ClientName: 'app',
          ExplicitAuthFlows: ['ALLOW_ADMIN_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
        }),
      );
      const ClientId = UserPoolClient?.ClientId ?? '';
      const [Username, Password] = ['ann', 'Correct-horse7'];
      await people.send(new AdminCreateUserCommand({ UserPoolId, Username, MessageAction: 'SUPPRESS' }));
      await people.send(new AdminSetUserPasswordCommand({ UserPoolId, Username, Password, Permanent: true }));
      const { AuthenticationResult } = await people.send(
        new AdminInitiateAuthCommand({
          UserPoolId,
          ClientId,
          AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
          AuthParameters: { USERNAME: Username, PASSWORD: Password },
        }),
      );
      const token = AuthenticationResult?.IdToken ?? '';
      expect(decodeJwt(token).iss).toBe(`${named.endpoint}/${UserPoolId}`);
      const ProviderName = `cognito-idp.${named.region}.amazonaws.com/${UserPoolId}`;
      const { IdentityPoolId } = await pools.send(
        new CreateIdentityPoolCommand({
          IdentityPoolName: 'app',
          AllowUnauthenticatedIdentities: false,
          CognitoIdentityProviders: [{ ProviderName, ClientId, ServerSideTokenCheck: true }],
        }),
      );
      const getId = () => pools.send(new GetIdCommand({ IdentityPoolId, Logins: { [ProviderName]: token } }));
      expect((await getId()).IdentityId).toBeDefined();
      await people.send(new AdminDisableUserCommand({ UserPoolId, Username }));
      await expect(getId()).rejects.toMatchObject({ name: 'NotAuthorizedException' });
    } finally {
      await named.close();
    }
  });
});
