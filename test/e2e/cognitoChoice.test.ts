/** Choice-based sign-in: USER_AUTH with passwords, one-time codes and passkeys, and people who have no password. */
import {
  AdminCreateUserCommand,
  AdminGetUserCommand,
  AdminSetUserMFAPreferenceCommand,
  CompleteWebAuthnRegistrationCommand,
  ConfirmSignUpCommand,
  type CreateUserPoolCommandInput,
  DeleteWebAuthnCredentialCommand,
  GetUserAuthFactorsCommand,
  InitiateAuthCommand,
  ListWebAuthnCredentialsCommand,
  SetUserPoolMfaConfigCommand,
  type SetUserPoolMfaConfigCommandInput,
  SignUpCommand,
  StartWebAuthnRegistrationCommand,
  UpdateUserPoolCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Authenticator, type Deviation } from './support/authenticator.ts';
import { password, refused, startUserPools, type UserPools } from './support/userPools.ts';

let pools: UserPools;
beforeAll(async () => {
  pools = await startUserPools();
});
afterAll(() => pools.close());

type Factor = 'PASSWORD' | 'EMAIL_OTP' | 'SMS_OTP' | 'WEB_AUTHN';

const makePool = (
  AllowedFirstAuthFactors: Factor[] = ['PASSWORD', 'EMAIL_OTP', 'WEB_AUTHN'],
  mfa: Partial<SetUserPoolMfaConfigCommandInput> = {
    WebAuthnConfiguration: { RelyingPartyId: 'example.com', UserVerification: 'preferred' },
  },
  client: object = {},
  settings: Partial<CreateUserPoolCommandInput> = {},
) =>
  pools.makePool(
    { ...settings, Policies: { SignInPolicy: { AllowedFirstAuthFactors } } },
    { MfaConfiguration: 'OFF', ...mfa },
    client,
  );

const start = (ClientId: string, USERNAME: string, more: Record<string, string> = {}, Session?: string) =>
  pools.browser.send(
    new InitiateAuthCommand({
      AuthFlow: 'USER_AUTH',
      ClientId,
      Session,
      AuthParameters: { USERNAME, ...more },
    }),
  );

const mail = (name: string) => ({ email: `${name}@example.com`, email_verified: 'true' });

describe('USER_AUTH', () => {
  it('tells how a user may sign in, and goes the way that is chosen', async () => {
    const { ClientId, UserPoolId } = await makePool();
    await pools.makeUser(UserPoolId, 'ann', mail('ann'));
    const asked = await start(ClientId, 'ann');
    expect(asked).toMatchObject({
      ChallengeName: 'SELECT_CHALLENGE',
      AvailableChallenges: ['PASSWORD', 'PASSWORD_SRP', 'EMAIL_OTP'],
    });
    const select = (ANSWER: string, more: Record<string, string> = {}) =>
      pools.respond({
        ClientId,
        ChallengeName: 'SELECT_CHALLENGE',
        Session: asked.Session,
        ChallengeResponses: { USERNAME: 'ann', ANSWER, ...more },
      });
    await expect(select('SMS_OTP')).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await expect(select('WEB_AUTHN', { CREDENTIAL: '{}' })).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
    await expect(select('PASSWORD', { PASSWORD: 'Wrong-horse7' })).rejects.toMatchObject(
      refused('NotAuthorizedException', 'Incorrect username or password.'),
    );
    expect((await select('PASSWORD', { PASSWORD: password })).AuthenticationResult).toBeDefined();
    expect((await select('PASSWORD_SRP', { SRP_A: 'abcdef' })).ChallengeName).toBe('PASSWORD_VERIFIER');
    const preferred = await start(ClientId, 'ann', { PREFERRED_CHALLENGE: 'PASSWORD' });
    expect(preferred.ChallengeName).toBe('PASSWORD');
    const done = await pools.respond({
      ClientId,
      ChallengeName: 'PASSWORD',
      Session: preferred.Session,
      ChallengeResponses: { USERNAME: 'ann', PASSWORD: password },
    });
    expect(done.AuthenticationResult).toBeDefined();
    const direct = await start(ClientId, 'ann', { PREFERRED_CHALLENGE: 'PASSWORD', PASSWORD: password });
    expect(direct.AuthenticationResult).toBeDefined();
    // What the user hasn't got is answered with what they have.
    const other = await start(ClientId, 'ann', { PREFERRED_CHALLENGE: 'WEB_AUTHN' });
    expect(other.ChallengeName).toBe('SELECT_CHALLENGE');
    expect(
      await pools.browser.send(
        new GetUserAuthFactorsCommand({ AccessToken: direct.AuthenticationResult?.AccessToken }),
      ),
    ).toMatchObject({ Username: 'ann', ConfiguredUserAuthFactors: ['PASSWORD', 'EMAIL_OTP'] });
  });

  it('goes the one way at once where there is no other', async () => {
    const { ClientId, UserPoolId } = await makePool(['PASSWORD', 'EMAIL_OTP']);
    await pools.cognito.send(
      new AdminCreateUserCommand({
        UserPoolId,
        Username: 'eve',
        UserAttributes: Object.entries(mail('eve')).map(([Name, Value]) => ({ Name, Value })),
      }),
    );
    expect(await start(ClientId, 'eve')).toMatchObject({
      ChallengeName: 'EMAIL_OTP',
      ChallengeParameters: { CODE_DELIVERY_DESTINATION: 'e***@e***' },
      AvailableChallenges: ['EMAIL_OTP'],
    });
    // What was wanted isn't there: that is told, and no code is sent.
    const told = (await pools.lastMessage(UserPoolId, 'eve'))?.code;
    expect(await start(ClientId, 'eve', { PREFERRED_CHALLENGE: 'PASSWORD' })).toMatchObject({
      ChallengeName: 'SELECT_CHALLENGE',
      AvailableChallenges: ['EMAIL_OTP'],
    });
    expect((await pools.lastMessage(UserPoolId, 'eve'))?.code).toBe(told);
  });

  it('is refused where the client or the plan has it not', async () => {
    const { ClientId } = await makePool(['PASSWORD'], {}, { ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH'] });
    await expect(start(ClientId, 'ann')).rejects.toMatchObject(
      refused('InvalidParameterException', 'USER_AUTH flow not enabled for this client'),
    );
    for (const factors of [['PASSWORD'], ['PASSWORD', 'EMAIL_OTP']] as Factor[][]) {
      await expect(makePool(factors, {}, {}, { UserPoolTier: 'LITE' })).rejects.toMatchObject({
        name: 'FeatureUnavailableInTierException',
      });
    }
    const { UserPoolId } = await makePool(['PASSWORD']);
    await expect(
      pools.cognito.send(new UpdateUserPoolCommand({ UserPoolId, UserPoolTier: 'LITE' })),
    ).rejects.toMatchObject({ name: 'TierChangeNotAllowedException' });
  });

  it('lets in by a code that was mailed, and by no other', async () => {
    const { ClientId, UserPoolId } = await makePool();
    await pools.makeUser(UserPoolId, 'bob', mail('bob'));
    const asked = await start(ClientId, 'bob', { PREFERRED_CHALLENGE: 'EMAIL_OTP' });
    expect(asked).toMatchObject({
      ChallengeName: 'EMAIL_OTP',
      ChallengeParameters: {
        CODE_DELIVERY_DELIVERY_MEDIUM: 'EMAIL',
        CODE_DELIVERY_DESTINATION: 'b***@e***',
      },
    });
    const respond = (EMAIL_OTP_CODE: string) =>
      pools.respond({
        ClientId,
        ChallengeName: 'EMAIL_OTP',
        Session: asked.Session,
        ChallengeResponses: { USERNAME: 'bob', EMAIL_OTP_CODE },
      });
    await expect(respond('x')).rejects.toMatchObject({ name: 'CodeMismatchException' });
    const code = (await pools.lastMessage(UserPoolId, 'bob'))?.code ?? '';
    expect((await respond(code)).AuthenticationResult).toBeDefined();
    await expect(respond(code)).rejects.toMatchObject({ name: 'NotAuthorizedException' });
  });

  it('sends no code to an address that nobody has verified, nor in place of two factors', async () => {
    const { ClientId, UserPoolId } = await makePool(['PASSWORD', 'EMAIL_OTP'], {
      MfaConfiguration: 'OPTIONAL',
      EmailMfaConfiguration: {},
    });
    const challenges = async (name: string) =>
      (await start(ClientId, name, { PREFERRED_CHALLENGE: 'EMAIL_OTP' })).AvailableChallenges;
    await pools.makeUser(UserPoolId, 'cyd', { email: 'cyd@example.com' });
    expect(await challenges('cyd')).toEqual(['PASSWORD', 'PASSWORD_SRP']);
    await pools.makeUser(UserPoolId, 'dee', mail('dee'));
    await pools.cognito.send(
      new AdminSetUserMFAPreferenceCommand({
        UserPoolId,
        Username: 'dee',
        EmailMfaSettings: { Enabled: true },
      }),
    );
    expect(await challenges('dee')).toEqual(['PASSWORD', 'PASSWORD_SRP']);
    // The first code of such a sign-in is a second factor.
    const asked = await start(ClientId, 'dee', { PREFERRED_CHALLENGE: 'PASSWORD', PASSWORD: password });
    expect(asked.ChallengeName).toBe('EMAIL_OTP');
  });

  it('says the same of nobody as of somebody, where errors are prevented', async () => {
    const { ClientId, UserPoolId } = await makePool(undefined, undefined, {
      ExplicitAuthFlows: ['ALLOW_USER_AUTH'],
      PreventUserExistenceErrors: 'ENABLED',
    });
    const asked = await start(ClientId, 'nobody');
    expect(asked.AvailableChallenges).toEqual(['PASSWORD', 'PASSWORD_SRP', 'EMAIL_OTP']);
    await pools.makeUser(UserPoolId, 'somebo', mail('somebo'));
    const known = await start(ClientId, 'somebo');
    expect(known.AvailableChallenges).toEqual(asked.AvailableChallenges);
    expect(known.Session?.length).toBe(asked.Session?.length);
    const sent = await start(ClientId, 'nobody', { PREFERRED_CHALLENGE: 'EMAIL_OTP' });
    expect(sent).toMatchObject({
      ChallengeName: 'EMAIL_OTP',
      ChallengeParameters: { CODE_DELIVERY_DELIVERY_MEDIUM: 'EMAIL' },
    });
    await expect(
      pools.respond({
        ClientId,
        ChallengeName: 'EMAIL_OTP',
        Session: sent.Session,
        ChallengeResponses: { USERNAME: 'nobody', EMAIL_OTP_CODE: '123456' },
      }),
    ).rejects.toMatchObject({ name: 'CodeMismatchException' });
    await expect(
      start(ClientId, 'nobody', { PREFERRED_CHALLENGE: 'PASSWORD', PASSWORD: password }),
    ).rejects.toMatchObject(refused('NotAuthorizedException', 'Incorrect username or password.'));
  });
});

describe('people without a password', () => {
  it('sign up, confirm and are in by the one code', async () => {
    const { ClientId, UserPoolId } = await makePool(['PASSWORD', 'EMAIL_OTP']);
    const signedUp = await pools.browser.send(
      new SignUpCommand({
        ClientId,
        Username: 'eve',
        UserAttributes: [{ Name: 'email', Value: 'eve@example.com' }],
      }),
    );
    expect(signedUp.Session).toBeDefined();
    const ConfirmationCode = (await pools.lastMessage(UserPoolId, 'eve'))?.code;
    const confirmed = await pools.browser.send(
      new ConfirmSignUpCommand({ ClientId, Username: 'eve', ConfirmationCode, Session: signedUp.Session }),
    );
    expect(confirmed.Session).toBeDefined();
    await pools.makeUser(UserPoolId, 'eva', mail('eva'));
    await expect(start(ClientId, 'eva', {}, confirmed.Session)).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
    // The session of SignUp alone proves nothing.
    await expect(start(ClientId, 'eve', {}, signedUp.Session)).rejects.toMatchObject({
      name: 'NotAuthorizedException',
    });
    const first = await start(ClientId, 'eve', {}, confirmed.Session);
    expect(first.AuthenticationResult).toBeDefined();
    await expect(start(ClientId, 'eve', {}, confirmed.Session)).rejects.toMatchObject(
      refused('NotAuthorizedException', 'Invalid session for the user, session can only be used once.'),
    );
    expect((await start(ClientId, 'eve')).AvailableChallenges).toEqual(['EMAIL_OTP']);
    await expect(pools.signIn(ClientId, 'eve')).rejects.toMatchObject(
      refused('NotAuthorizedException', 'Incorrect username or password.'),
    );
  });

  it('are made by administrators where the pool has codes, and by nobody where it has passwords only', async () => {
    const { ClientId, UserPoolId } = await makePool(['PASSWORD', 'EMAIL_OTP']);
    await pools.cognito.send(
      new AdminCreateUserCommand({
        UserPoolId,
        Username: 'flo',
        UserAttributes: Object.entries(mail('flo')).map(([Name, Value]) => ({ Name, Value })),
      }),
    );
    const { UserStatus } = await pools.cognito.send(new AdminGetUserCommand({ UserPoolId, Username: 'flo' }));
    expect(UserStatus).toBe('CONFIRMED');
    expect((await start(ClientId, 'flo')).AvailableChallenges).toEqual(['EMAIL_OTP']);
    const plain = await makePool(['PASSWORD']);
    await expect(
      pools.browser.send(new SignUpCommand({ ClientId: plain.ClientId, Username: 'flo' })),
    ).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });
});

describe('passkeys', () => {
  const origin = 'https://login.example.com';

  async function signedIn(pool: { ClientId: string; UserPoolId: string }, name: string) {
    await pools.makeUser(pool.UserPoolId, name);
    const { AuthenticationResult } = await pools.signIn(pool.ClientId, name);
    return AuthenticationResult?.AccessToken ?? '';
  }

  async function register(AccessToken: string, authenticator: Authenticator, deviation: Deviation = {}) {
    const { CredentialCreationOptions } = await pools.browser.send(
      new StartWebAuthnRegistrationCommand({ AccessToken }),
    );
    const Credential = authenticator.create(CredentialCreationOptions, deviation);
    return pools.browser.send(new CompleteWebAuthnRegistrationCommand({ AccessToken, Credential }));
  }

  async function begin(ClientId: string, name: string) {
    const asked = await start(ClientId, name, { PREFERRED_CHALLENGE: 'WEB_AUTHN' });
    const options = asked.ChallengeParameters?.CREDENTIAL_REQUEST_OPTIONS ?? '';
    const answer = (CREDENTIAL: string) =>
      pools.respond({
        ClientId,
        ChallengeName: 'WEB_AUTHN',
        Session: asked.Session,
        ChallengeResponses: { USERNAME: name, CREDENTIAL },
      });
    return { asked, options, answer };
  }

  it('are registered, listed, used and deleted', async () => {
    const pool = await makePool();
    const AccessToken = await signedIn(pool, 'gus');
    const { CredentialCreationOptions: options } = await pools.browser.send(
      new StartWebAuthnRegistrationCommand({ AccessToken }),
    );
    expect(options).toMatchObject({
      rp: { id: 'example.com' },
      user: { name: 'gus', displayName: 'gus' },
      authenticatorSelection: { residentKey: 'required', userVerification: 'preferred' },
    });
    const authenticator = new Authenticator(origin);
    await register(AccessToken, authenticator);
    const list = () => pools.browser.send(new ListWebAuthnCredentialsCommand({ AccessToken }));
    const CredentialId = authenticator.id.toString('base64url');
    expect((await list()).Credentials).toMatchObject([
      {
        CredentialId,
        RelyingPartyId: 'example.com',
        AuthenticatorAttachment: 'platform',
        AuthenticatorTransports: ['internal'],
      },
    ]);
    const { asked, options: request, answer } = await begin(pool.ClientId, 'gus');
    expect(asked.ChallengeName).toBe('WEB_AUTHN');
    expect(JSON.parse(request)).toMatchObject({
      rpId: 'example.com',
      allowCredentials: [{ id: CredentialId }],
    });
    expect((await answer(authenticator.get(request))).AuthenticationResult).toBeDefined();
    // In one step, with the choice.
    const choice = await start(pool.ClientId, 'gus');
    expect(choice.AvailableChallenges).toContain('WEB_AUTHN');
    const chosen = await pools.respond({
      ClientId: pool.ClientId,
      ChallengeName: 'SELECT_CHALLENGE',
      Session: choice.Session,
      ChallengeResponses: {
        USERNAME: 'gus',
        ANSWER: 'WEB_AUTHN',
        CREDENTIAL: authenticator.get(choice.ChallengeParameters?.CREDENTIAL_REQUEST_OPTIONS ?? ''),
      },
    });
    expect(chosen.AuthenticationResult).toBeDefined();
    await pools.browser.send(new DeleteWebAuthnCredentialCommand({ AccessToken, CredentialId }));
    await expect(
      pools.browser.send(new DeleteWebAuthnCredentialCommand({ AccessToken, CredentialId })),
    ).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    expect((await list()).Credentials).toEqual([]);
    expect((await begin(pool.ClientId, 'gus')).asked.ChallengeName).toBe('SELECT_CHALLENGE');
  });

  it('are registered for the pool alone, by the client that began, once and in time', async () => {
    const pool = await makePool();
    const AccessToken = await signedIn(pool, 'hal');
    const key = new Authenticator(origin);
    const failures: [Deviation, string][] = [
      [{ origin: 'https://example.com.evil.net' }, 'WebAuthnOriginNotAllowedException'],
      [{ origin: 'http://login.example.com' }, 'WebAuthnOriginNotAllowedException'],
      [{ origin: 'https://notexample.com' }, 'WebAuthnOriginNotAllowedException'],
      [{ rpId: 'evil.net' }, 'WebAuthnRelyingPartyMismatchException'],
      [{ challenge: 'AAAA' }, 'WebAuthnChallengeNotFoundException'],
      [{ type: 'webauthn.get' }, 'InvalidParameterException'],
    ];
    for (const [deviation, name] of failures) {
      await expect(register(AccessToken, key, deviation)).rejects.toMatchObject({ name });
    }
    const { CredentialCreationOptions } = await pools.browser.send(
      new StartWebAuthnRegistrationCommand({ AccessToken }),
    );
    const Credential = key.create(CredentialCreationOptions);
    const complete = () =>
      pools.browser.send(new CompleteWebAuthnRegistrationCommand({ AccessToken, Credential }));
    await pools.cloud.clock.advance(5 * 60_000);
    await expect(complete()).rejects.toMatchObject({ name: 'WebAuthnChallengeNotFoundException' });
    const again = await pools.browser.send(new StartWebAuthnRegistrationCommand({ AccessToken }));
    const fresh = key.create(again.CredentialCreationOptions);
    const send = () =>
      pools.browser.send(new CompleteWebAuthnRegistrationCommand({ AccessToken, Credential: fresh }));
    await send();
    await expect(send()).rejects.toMatchObject({ name: 'WebAuthnChallengeNotFoundException' });
  });

  it('need a pool that has them, and a domain to be for', async () => {
    const without = await makePool(['PASSWORD']);
    const registering = (AccessToken: string) =>
      pools.browser.send(new StartWebAuthnRegistrationCommand({ AccessToken }));
    await expect(registering(await signedIn(without, 'ida'))).rejects.toMatchObject({
      name: 'WebAuthnNotEnabledException',
    });
    const nowhere = await makePool(['PASSWORD', 'WEB_AUTHN'], {});
    await expect(registering(await signedIn(nowhere, 'ida'))).rejects.toMatchObject({
      name: 'WebAuthnConfigurationMissingException',
    });
  });

  it('let nobody in by an answer of elsewhere, of earlier, of another key or of a copied key', async () => {
    const pool = await makePool();
    const AccessToken = await signedIn(pool, 'joy');
    const key = new Authenticator(origin);
    await register(AccessToken, key);
    const stranger = new Authenticator(origin);
    await register(await signedIn(pool, 'kim'), stranger);
    const invalid = refused('NotAuthorizedException', 'Invalid credential.');
    const first = await begin(pool.ClientId, 'joy');
    const earlier = key.get(first.options);
    expect((await first.answer(earlier)).AuthenticationResult).toBeDefined();
    await expect(first.answer(earlier)).rejects.toMatchObject({ name: 'NotAuthorizedException' });
    const answers = [
      () => earlier,
      (options: string) => key.get(options, { origin: 'https://evil.net' }),
      (options: string) => key.get(options, { rpId: 'evil.net' }),
      (options: string) => key.get(options, { counter: 1 }),
      (options: string) => key.get(options, { userHandle: 'AAAA' }),
      (options: string) => stranger.get(options),
      (options: string) => {
        const forged = JSON.parse(stranger.get(options)) as Record<string, unknown>;
        const id = key.id.toString('base64url');
        return JSON.stringify({ ...forged, id, rawId: id });
      },
      () => 'null',
    ];
    for (const answer of answers) {
      const next = await begin(pool.ClientId, 'joy');
      await expect(next.answer(answer(next.options))).rejects.toMatchObject(invalid);
      // Whoever is locked is locked for seconds.
      await pools.cloud.clock.advance(20_000);
    }
    const last = await begin(pool.ClientId, 'joy');
    expect((await last.answer(key.get(last.options))).AuthenticationResult).toBeDefined();
  });

  it('count as both factors where pool and user want it, if the authenticator knows its user', async () => {
    const pool = await makePool(['PASSWORD', 'WEB_AUTHN'], {
      WebAuthnConfiguration: { RelyingPartyId: 'example.com' },
    });
    const AccessToken = await signedIn(pool, 'liz');
    const key = new Authenticator(origin);
    await register(AccessToken, key);
    const demand = (
      MfaConfiguration: 'ON' | 'OPTIONAL',
      FactorConfiguration: 'SINGLE_FACTOR' | 'MULTI_FACTOR_WITH_USER_VERIFICATION',
    ) =>
      pools.cognito.send(
        new SetUserPoolMfaConfigCommand({
          UserPoolId: pool.UserPoolId,
          MfaConfiguration,
          SoftwareTokenMfaConfiguration: { Enabled: true },
          WebAuthnConfiguration: { RelyingPartyId: 'example.com', FactorConfiguration },
        }),
      );
    await expect(demand('ON', 'SINGLE_FACTOR')).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message:
        'Cannot set WebAuthn factor configuration to SINGLE_FACTOR if MFA is required and WebAuthn is an allowed first auth factor',
    });
    await demand('OPTIONAL', 'SINGLE_FACTOR');
    const prefer = () =>
      pools.cognito.send(
        new AdminSetUserMFAPreferenceCommand({
          UserPoolId: pool.UserPoolId,
          Username: 'liz',
          WebAuthnMfaSettings: { Enabled: true },
        }),
      );
    await expect(prefer()).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await demand('ON', 'MULTI_FACTOR_WITH_USER_VERIFICATION');
    await prefer();
    const unverified = await begin(pool.ClientId, 'liz');
    await expect(
      unverified.answer(key.get(unverified.options, { userVerified: false })),
    ).rejects.toMatchObject({ name: 'NotAuthorizedException' });
    const { options, answer } = await begin(pool.ClientId, 'liz');
    expect((await answer(key.get(options))).AuthenticationResult).toBeDefined();
  });
});
