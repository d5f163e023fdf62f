/** Triggers of people who come by a provider: InboundFederation, PreSignUp and their kin, with a real function and `enforce` on. */
import { inflateRawSync } from 'node:zlib';
import {
  AdminGetUserCommand,
  CognitoIdentityProviderClient,
  CreateIdentityProviderCommand,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  CreateUserPoolDomainCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';
import { startToyIdp, type ToyIdp } from '../../src/saml/testing/idp.ts';
import { CookieJar } from './support/cookieJar.ts';
import { makeTriggerFunction, type TriggerFunction } from './support/triggerFunction.ts';

const app = 'http://localhost:3000/callback';
let cloud: Cloud;
let cognito: CognitoIdentityProviderClient;
let guard: TriggerFunction;
let idp: ToyIdp;
let UserPoolId: string;
let ClientId: string;
let base: string;

beforeAll(async () => {
  cloud = await startCloud({ iam: 'enforce' });
  cognito = new CognitoIdentityProviderClient({ ...cloud.clientConfig, maxAttempts: 1 });
  guard = await makeTriggerFunction(cloud, 'guard');
  idp = await startToyIdp();
  base = `${cloud.endpoint}/_aws/auth/us-east-1/corp`;
  const { UserPool } = await cognito.send(
    new CreateUserPoolCommand({
      PoolName: 'people',
      LambdaConfig: {
        InboundFederation: { LambdaArn: guard.arn, LambdaVersion: 'V1_0' },
        PostAuthentication: guard.arn,
        PostConfirmation: guard.arn,
        PreSignUp: guard.arn,
        PreTokenGeneration: guard.arn,
      },
    }),
  );
  await guard.allow(UserPool?.Arn ?? '');
  UserPoolId = UserPool?.Id ?? '';
  await cognito.send(new CreateUserPoolDomainCommand({ UserPoolId, Domain: 'corp' }));
  await cognito.send(
    new CreateIdentityProviderCommand({
      UserPoolId,
      ProviderName: 'Corp',
      ProviderType: 'SAML',
      ProviderDetails: { MetadataFile: idp.metadata },
      AttributeMapping: { email: 'mail', name: 'cn' },
    }),
  );
  const { UserPoolClient } = await cognito.send(
    new CreateUserPoolClientCommand({
      UserPoolId,
      ClientName: 'app',
      AllowedOAuthFlowsUserPoolClient: true,
      AllowedOAuthFlows: ['code'],
      AllowedOAuthScopes: ['openid', 'email', 'profile'],
      CallbackURLs: [app],
      SupportedIdentityProviders: ['Corp'],
    }),
  );
  ClientId = UserPoolClient?.ClientId ?? '';
});
afterAll(async () => {
  cognito?.destroy();
  await cloud?.close();
});

/** Where the app's page ends up. */
async function comeBy(nameId: string): Promise<URL> {
  const jar = new CookieJar();
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: ClientId,
    redirect_uri: app,
    scope: 'openid email profile',
    identity_provider: 'Corp',
  });
  const isIdp = (url: string) => url.startsWith(idp.entityId);
  const at = new URL(await jar.follow(`${base}/oauth2/authorize?${query}`, isIdp));
  const request = inflateRawSync(Buffer.from(at.searchParams.get('SAMLRequest') ?? '', 'base64'));
  const [, inResponseTo = ''] = / ID="([^"]+)"/.exec(request.toString()) ?? [];
  const SAMLResponse = idp.respond({
    recipient: `${base}/saml2/idpresponse`,
    audience: `urn:amazon:cognito:sp:${UserPoolId}`,
    nameId,
    attributes: { mail: nameId, cn: 'Ann' },
    now: cloud.clock.now(),
    inResponseTo,
  });
  const posted = await fetch(`${base}/saml2/idpresponse`, {
    method: 'POST',
    body: new URLSearchParams({ SAMLResponse, RelayState: at.searchParams.get('RelayState') ?? '' }),
    redirect: 'manual',
  });
  const next = new URL(posted.headers.get('location') ?? '', base).href;
  return new URL(await jar.follow(next, (url) => url.startsWith(app)));
}

async function idTokenOf(back: URL) {
  const response = await fetch(`${base}/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: ClientId,
      redirect_uri: app,
      code: back.searchParams.get('code') ?? '',
    }),
  });
  const { id_token } = (await response.json()) as { id_token?: string };
  return decodeJwt(id_token ?? '');
}

const sources = async () => (await guard.events()).map(({ triggerSource }) => triggerSource);

it('hands functions what the provider told, and takes what they make of it', async () => {
  const mail = 'ann@corp.example.com';
  await guard.answer({
    InboundFederation_ExternalProvider: { userAttributesToMap: { mail, cn: 'Ann of Corp' } },
    PreSignUp_ExternalProvider: { autoVerifyEmail: true },
    TokenGeneration_HostedAuth: { claimsOverrideDetails: { claimsToAddOrOverride: { from: 'corp' } } },
  });
  const claims = await idTokenOf(await comeBy(mail));
  expect(claims).toMatchObject({ name: 'Ann of Corp', email: mail, email_verified: true, from: 'corp' });
  const [inbound, preSignUp] = await guard.events();
  expect(inbound).toMatchObject({
    version: '1',
    triggerSource: 'InboundFederation_ExternalProvider',
    userName: `Corp_${mail}`,
    callerContext: { clientId: ClientId },
    request: {
      providerName: 'Corp',
      providerType: 'SAML',
      attributes: { samlResponse: { mail, cn: 'Ann' } },
    },
    response: { userAttributesToMap: {} },
  });
  expect(preSignUp).toMatchObject({
    triggerSource: 'PreSignUp_ExternalProvider',
    userName: `Corp_${mail}`,
    callerContext: { clientId: ClientId },
    request: { userAttributes: { email: mail, name: 'Ann of Corp' }, validationData: null },
  });
  expect(await sources()).toEqual([
    'InboundFederation_ExternalProvider',
    'PreSignUp_ExternalProvider',
    'PostConfirmation_ConfirmSignUp',
    'PostAuthentication_Authentication',
    'TokenGeneration_HostedAuth',
  ]);
  // Who has been here signs up no more.
  await guard.answer({});
  expect((await idTokenOf(await comeBy(mail))).name).toBe('Ann');
  expect(await sources()).toEqual([
    'InboundFederation_ExternalProvider',
    'PostAuthentication_Authentication',
    'TokenGeneration_HostedAuth',
  ]);
});

it('lets nobody in whom a function refuses, and tells the app so', async () => {
  for (const source of ['InboundFederation_ExternalProvider', 'PreSignUp_ExternalProvider']) {
    await guard.answer({ [source]: { error: 'not from there' } });
    const back = await comeBy('eve@corp.example.com');
    expect(back.searchParams.get('code')).toBeNull();
    expect(back.searchParams.get('error_description')).toContain('failed with error not from there.');
  }
  await expect(
    cognito.send(new AdminGetUserCommand({ UserPoolId, Username: 'Corp_eve@corp.example.com' })),
  ).rejects.toMatchObject({ name: 'UserNotFoundException' });
});
