/** Second factors of user pools: SMS, email and authenticator apps, through the official SDK and amazon-cognito-identity-js. */
import {
  AdminDeleteSoftwareTokenCommand,
  AdminGetUserAuthFactorsCommand,
  AdminGetUserCommand,
  AdminSetUserMFAPreferenceCommand,
  AssociateSoftwareTokenCommand,
  ForgotPasswordCommand,
  GetUserCommand,
  InitiateAuthCommand,
  SetUserMFAPreferenceCommand,
  SetUserSettingsCommand,
  VerifySoftwareTokenCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { AuthenticationDetails, CognitoUser, CognitoUserPool } from 'amazon-cognito-identity-js';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from './support/server.ts';
import {
  adminSignIn,
  appCode,
  password,
  refused,
  startUserPools,
  type UserPools,
} from './support/userPools.ts';

let pools: UserPools;
beforeAll(async () => {
  pools = await startUserPools();
});
afterAll(() => pools.close());

const role = 'arn:aws:iam::000000000000:role/sms';
const sms = { SmsConfiguration: { SnsCallerArn: role } };
const now = () => pools.cloud.clock.now();
const step = () => pools.cloud.clock.advance(30_000);

describe('SMS', () => {
  const bySms = (mode: 'ON' | 'OPTIONAL' = 'ON') =>
    pools.makePool(sms, {
      MfaConfiguration: mode,
      SmsMfaConfiguration: { ...sms, SmsAuthenticationMessage: 'In with {####}' },
    });

  it('asks for the code of a message, and verifies the number by it', async () => {
    const pool = await bySms();
    await pools.makeUser(pool.UserPoolId, 'ann', { phone_number: '+15555550123' });
    const asked = await pools.signIn(pool.ClientId, 'ann');
    expect(asked.AuthenticationResult).toBeUndefined();
    expect(asked).toMatchObject({
      ChallengeName: 'SMS_MFA',
      ChallengeParameters: {
        CODE_DELIVERY_DELIVERY_MEDIUM: 'SMS',
        CODE_DELIVERY_DESTINATION: '+*******0123',
        USER_ID_FOR_SRP: 'ann',
      },
    });
    const told = await pools.lastMessage(pool.UserPoolId, 'ann');
    expect(told).toMatchObject({ medium: 'SMS', source: 'CustomMessage_Authentication' });
    expect(told?.body).toBe(`In with ${told?.code}`);
    const respond = (SMS_MFA_CODE: string) =>
      pools.respond({
        ClientId: pool.ClientId,
        ChallengeName: 'SMS_MFA',
        Session: asked.Session,
        ChallengeResponses: { USERNAME: 'ann', SMS_MFA_CODE },
      });
    await expect(respond('x')).rejects.toMatchObject(
      refused('CodeMismatchException', 'Invalid code or auth state for the user.'),
    );
    const { AuthenticationResult } = await respond(told?.code ?? '');
    expect(AuthenticationResult?.AccessToken).toBeDefined();
    await expect(respond(told?.code ?? '')).rejects.toMatchObject(
      refused('NotAuthorizedException', 'Invalid session for the user, session can only be used once.'),
    );
    const { UserAttributes } = await pools.cognito.send(
      new AdminGetUserCommand({ UserPoolId: pool.UserPoolId, Username: 'ann' }),
    );
    expect(UserAttributes).toContainEqual({ Name: 'phone_number_verified', Value: 'true' });
  });

  it('takes five guesses, however many are sent at once, and then not even the right code', async () => {
    const pool = await bySms();
    await pools.makeUser(pool.UserPoolId, 'bob', { phone_number: '+15555550123' });
    const { Session } = await pools.signIn(pool.ClientId, 'bob');
    const code = (await pools.lastMessage(pool.UserPoolId, 'bob'))?.code ?? '';
    const guess = (SMS_MFA_CODE: string) =>
      pools
        .respond({
          ClientId: pool.ClientId,
          ChallengeName: 'SMS_MFA',
          Session,
          ChallengeResponses: { USERNAME: 'bob', SMS_MFA_CODE },
        })
        .then(() => 'in')
        .catch((error: Error) => error.name);
    const answers = await Promise.all(Array.from({ length: 12 }, (_, index) => guess(`x${index}`)));
    expect(answers.filter((name) => name === 'CodeMismatchException')).toHaveLength(5);
    expect(answers.filter((name) => name === 'NotAuthorizedException')).toHaveLength(7);
    await pools.cloud.clock.advance(2_000);
    expect(await guess(code)).toBe('NotAuthorizedException');
  });

  it('does not take a session that has expired, nor one of another challenge or client', async () => {
    const pool = await bySms();
    const other = await bySms();
    await pools.makeUser(pool.UserPoolId, 'cyd', { phone_number: '+15555550123' });
    const { Session } = await pools.signIn(pool.ClientId, 'cyd');
    const code = (await pools.lastMessage(pool.UserPoolId, 'cyd'))?.code ?? '';
    const ChallengeResponses = { USERNAME: 'cyd', SMS_MFA_CODE: code, SOFTWARE_TOKEN_MFA_CODE: code };
    const answer = {
      ClientId: pool.ClientId,
      ChallengeName: 'SMS_MFA' as const,
      Session,
      ChallengeResponses,
    };
    const invalid = refused('NotAuthorizedException', 'Invalid session for the user.');
    await expect(pools.respond({ ...answer, ClientId: other.ClientId })).rejects.toMatchObject(invalid);
    await expect(pools.respond({ ...answer, ChallengeName: 'SOFTWARE_TOKEN_MFA' })).rejects.toMatchObject(
      invalid,
    );
    await pools.cloud.clock.advance(3 * 60_000);
    await expect(pools.respond(answer)).rejects.toMatchObject(
      refused('NotAuthorizedException', 'Invalid session for the user, session is expired.'),
    );
  });

  it('is asked of nobody who has not chosen it where MFA is optional; recovery goes elsewhere then', async () => {
    const pool = await pools.makePool(
      {
        ...sms,
        AccountRecoverySetting: {
          RecoveryMechanisms: [
            { Priority: 1, Name: 'verified_phone_number' },
            { Priority: 2, Name: 'verified_email' },
          ],
        },
      },
      { MfaConfiguration: 'OPTIONAL', SmsMfaConfiguration: sms },
    );
    const { ClientId } = pool;
    await pools.makeUser(pool.UserPoolId, 'dee', {
      phone_number: '+15555550123',
      phone_number_verified: 'true',
      email: 'dee@example.com',
      email_verified: 'true',
    });
    const medium = async () =>
      (await pools.browser.send(new ForgotPasswordCommand({ ClientId, Username: 'dee' }))).CodeDeliveryDetails
        ?.DeliveryMedium;
    const { AuthenticationResult } = await pools.signIn(ClientId, 'dee');
    const AccessToken = AuthenticationResult?.AccessToken;
    expect(await medium()).toBe('SMS');
    const MFAOptions = [{ DeliveryMedium: 'SMS' as const, AttributeName: 'phone_number' }];
    await pools.browser.send(new SetUserSettingsCommand({ AccessToken, MFAOptions }));
    expect(await pools.browser.send(new GetUserCommand({ AccessToken }))).toMatchObject({
      MFAOptions,
      UserMFASettingList: ['SMS_MFA'],
    });
    expect((await pools.signIn(ClientId, 'dee')).ChallengeName).toBe('SMS_MFA');
    expect((await adminSignIn(pools, pool, 'dee')).ChallengeName).toBe('SMS_MFA');
    expect(await medium()).toBe('EMAIL');
    await pools.browser.send(
      new SetUserMFAPreferenceCommand({ AccessToken, SMSMfaSettings: { Enabled: false } }),
    );
    expect((await pools.signIn(ClientId, 'dee')).AuthenticationResult).toBeDefined();
  });
});

describe('authenticator apps', () => {
  const byApp = (mode: 'ON' | 'OPTIONAL') =>
    pools.makePool({}, { MfaConfiguration: mode, SoftwareTokenMfaConfiguration: { Enabled: true } });

  it('are set up before the first sign-in where MFA is required, and take each code once', async () => {
    const { UserPoolId, ClientId } = await byApp('ON');
    await pools.makeUser(UserPoolId, 'eve');
    const asked = await pools.signIn(ClientId, 'eve');
    expect(asked).toMatchObject({
      ChallengeName: 'MFA_SETUP',
      ChallengeParameters: { MFAS_CAN_SETUP: '["SOFTWARE_TOKEN_MFA"]', USER_ID_FOR_SRP: 'eve' },
    });
    const setUp = (Session: string | undefined) =>
      pools.respond({
        ClientId,
        ChallengeName: 'MFA_SETUP',
        Session,
        ChallengeResponses: { USERNAME: 'eve' },
      });
    // Whoever skips the setup isn't let in.
    await expect(setUp(asked.Session)).rejects.toMatchObject({ name: 'SoftwareTokenMFANotFoundException' });
    const { SecretCode = '', Session } = await pools.browser.send(
      new AssociateSoftwareTokenCommand({ Session: asked.Session }),
    );
    expect(SecretCode).toMatch(/^[A-Z2-7]{52}$/);
    await expect(setUp(Session)).rejects.toMatchObject({ name: 'SoftwareTokenMFANotFoundException' });
    const verify = (UserCode: string) =>
      pools.browser.send(
        new VerifySoftwareTokenCommand({ Session, UserCode, FriendlyDeviceName: 'my phone' }),
      );
    const wrong = appCode(SecretCode, now() + 3_600_000);
    await expect(verify(wrong)).rejects.toMatchObject(
      refused('EnableSoftwareTokenMFAException', 'Code mismatch'),
    );
    const code = appCode(SecretCode, now());
    const verified = await verify(code);
    expect(verified.Status).toBe('SUCCESS');
    expect((await setUp(verified.Session)).AuthenticationResult).toBeDefined();
    const next = await pools.signIn(ClientId, 'eve');
    expect(next).toMatchObject({
      ChallengeName: 'SOFTWARE_TOKEN_MFA',
      ChallengeParameters: { FRIENDLY_DEVICE_NAME: 'my phone', USER_ID_FOR_SRP: 'eve' },
    });
    const respond = (SOFTWARE_TOKEN_MFA_CODE: string, session = next.Session) =>
      pools.respond({
        ClientId,
        ChallengeName: 'SOFTWARE_TOKEN_MFA',
        Session: session,
        ChallengeResponses: { USERNAME: 'eve', SOFTWARE_TOKEN_MFA_CODE },
      });
    await expect(respond(code)).rejects.toMatchObject(
      refused('ExpiredCodeException', 'Your software token has already been used once.'),
    );
    await expect(respond(wrong)).rejects.toMatchObject(
      refused('CodeMismatchException', 'Invalid code received for user'),
    );
    await step();
    const right = appCode(SecretCode, now());
    const done = (await respond(right)).AuthenticationResult;
    const strong = { acr: 'urn:cognito:loa:4', amr: ['pwd', 'otp', 'mfa'] };
    expect(decodeJwt(done?.AccessToken ?? '')).toMatchObject(strong);
    const refreshed = await pools.browser.send(
      new InitiateAuthCommand({
        AuthFlow: 'REFRESH_TOKEN_AUTH',
        ClientId,
        AuthParameters: { REFRESH_TOKEN: done?.RefreshToken ?? '' },
      }),
    );
    expect(decodeJwt(refreshed.AuthenticationResult?.IdToken ?? '')).toMatchObject(strong);
    // An eavesdropper's copy of the code, with a sign-in of their own.
    const again = await pools.signIn(ClientId, 'eve');
    await expect(respond(right, again.Session)).rejects.toMatchObject({ name: 'ExpiredCodeException' });
  });

  it('are not replaced by a sign-in that began before there was one', async () => {
    const { UserPoolId, ClientId } = await byApp('ON');
    await pools.makeUser(UserPoolId, 'max');
    const begin = async () => {
      const { Session } = await pools.signIn(ClientId, 'max');
      return pools.browser.send(new AssociateSoftwareTokenCommand({ Session }));
    };
    const verify = async ({ SecretCode = '', Session }: Awaited<ReturnType<typeof begin>>) =>
      pools.browser.send(new VerifySoftwareTokenCommand({ Session, UserCode: appCode(SecretCode, now()) }));
    const finish = (Session: string | undefined) =>
      pools.respond({
        ClientId,
        ChallengeName: 'MFA_SETUP',
        Session,
        ChallengeResponses: { USERNAME: 'max' },
      });
    const thief = await begin();
    const stolen = await verify(thief);
    const own = await verify(await begin());
    expect((await finish(own.Session)).AuthenticationResult).toBeDefined();
    await expect(finish(stolen.Session)).rejects.toMatchObject(
      refused('NotAuthorizedException', 'Invalid session for the user.'),
    );
    // Steps hand out new sessions, but they don't keep the sign-in alive for ever.
    const { UserPoolId: other, ClientId: client } = await byApp('ON');
    await pools.makeUser(other, 'max');
    let { Session } = await pools.signIn(client, 'max');
    for (let minute = 0; minute < 14; minute += 2) {
      ({ Session } = await pools.browser.send(new AssociateSoftwareTokenCommand({ Session })));
      await pools.cloud.clock.advance(2 * 60_000);
    }
    ({ Session } = await pools.browser.send(new AssociateSoftwareTokenCommand({ Session })));
    await pools.cloud.clock.advance(2 * 60_000);
    await expect(pools.browser.send(new AssociateSoftwareTokenCommand({ Session }))).rejects.toMatchObject(
      refused('NotAuthorizedException', 'Invalid session for the user, session is expired.'),
    );
  });

  it('are chosen by whoever is signed in; the last one counts until the next is verified', async () => {
    const { UserPoolId, ClientId } = await byApp('OPTIONAL');
    await pools.makeUser(UserPoolId, 'flo');
    const AccessToken = (await pools.signIn(ClientId, 'flo')).AuthenticationResult?.AccessToken;
    const prefer = () =>
      pools.browser.send(
        new SetUserMFAPreferenceCommand({
          AccessToken,
          SoftwareTokenMfaSettings: { Enabled: true, PreferredMfa: true },
        }),
      );
    await expect(prefer()).rejects.toMatchObject(
      refused(
        'InvalidParameterException',
        'User does not have delivery config set to turn on SOFTWARE_TOKEN_MFA',
      ),
    );
    const { SecretCode = '' } = await pools.browser.send(new AssociateSoftwareTokenCommand({ AccessToken }));
    await pools.browser.send(
      new VerifySoftwareTokenCommand({ AccessToken, UserCode: appCode(SecretCode, now()) }),
    );
    expect((await pools.signIn(ClientId, 'flo')).AuthenticationResult).toBeDefined();
    await prefer();
    expect(await pools.browser.send(new GetUserCommand({ AccessToken }))).toMatchObject({
      UserMFASettingList: ['SOFTWARE_TOKEN_MFA'],
      PreferredMfaSetting: 'SOFTWARE_TOKEN_MFA',
    });
    await pools.browser.send(new AssociateSoftwareTokenCommand({ AccessToken }));
    await step();
    const { Session } = await pools.signIn(ClientId, 'flo');
    const done = await pools.respond({
      ClientId,
      ChallengeName: 'SOFTWARE_TOKEN_MFA',
      Session,
      ChallengeResponses: { USERNAME: 'flo', SOFTWARE_TOKEN_MFA_CODE: appCode(SecretCode, now()) },
    });
    expect(done.AuthenticationResult).toBeDefined();

    const user = { UserPoolId, Username: 'flo' };
    const factors = () => pools.cognito.send(new AdminGetUserAuthFactorsCommand(user));
    expect(await factors()).toMatchObject({
      Username: 'flo',
      PreferredMfaSetting: 'SOFTWARE_TOKEN_MFA',
      UserMFASettingList: ['SOFTWARE_TOKEN_MFA'],
      ConfiguredUserAuthFactors: expect.arrayContaining(['PASSWORD']),
    });
    // Who has lost the device is let in without it, once an administrator says so.
    await pools.cognito.send(new AdminDeleteSoftwareTokenCommand(user));
    expect((await factors()).UserMFASettingList).toBeUndefined();
    expect((await pools.signIn(ClientId, 'flo')).AuthenticationResult).toBeDefined();
    await expect(prefer()).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });

  it('are not there where the pool has no such factor', async () => {
    const { UserPoolId, ClientId } = await pools.makePool();
    await pools.makeUser(UserPoolId, 'gus');
    const AccessToken = (await pools.signIn(ClientId, 'gus')).AuthenticationResult?.AccessToken;
    await expect(
      pools.browser.send(new AssociateSoftwareTokenCommand({ AccessToken })),
    ).rejects.toMatchObject(
      refused('SoftwareTokenMFANotFoundException', 'Software Token MFA has not been enabled by the userPool'),
    );
    await expect(pools.browser.send(new AssociateSoftwareTokenCommand({}))).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
  });
});

describe('several factors', () => {
  it('lets the user choose, unless one is preferred', async () => {
    const { UserPoolId, ClientId } = await pools.makePool(sms, {
      MfaConfiguration: 'ON',
      SmsMfaConfiguration: sms,
      EmailMfaConfiguration: { Message: 'Your code: {####}', Subject: 'Signing in' },
    });
    await pools.makeUser(UserPoolId, 'hal', { phone_number: '+15555550123', email: 'hal@example.com' });
    const asked = await pools.signIn(ClientId, 'hal');
    expect(asked).toMatchObject({
      ChallengeName: 'SELECT_MFA_TYPE',
      ChallengeParameters: { MFAS_CAN_CHOOSE: '["SMS_MFA","EMAIL_OTP"]' },
    });
    expect(await pools.lastMessage(UserPoolId, 'hal')).toBeUndefined();
    const choose = (ANSWER: string) =>
      pools.respond({
        ClientId,
        ChallengeName: 'SELECT_MFA_TYPE',
        Session: asked.Session,
        ChallengeResponses: { USERNAME: 'hal', ANSWER },
      });
    await expect(choose('SOFTWARE_TOKEN_MFA')).rejects.toMatchObject({ name: 'InvalidParameterException' });
    const chosen = await choose('EMAIL_MFA');
    expect(chosen).toMatchObject({
      ChallengeName: 'EMAIL_OTP',
      ChallengeParameters: {
        CODE_DELIVERY_DELIVERY_MEDIUM: 'EMAIL',
        CODE_DELIVERY_DESTINATION: 'h***@e***',
      },
    });
    // One answer sends one message.
    await expect(choose('EMAIL_MFA')).rejects.toMatchObject({ name: 'NotAuthorizedException' });
    const code = (await pools.lastMessage(UserPoolId, 'hal'))?.code ?? '';
    const done = await pools.respond({
      ClientId,
      ChallengeName: 'EMAIL_OTP',
      Session: chosen.Session,
      ChallengeResponses: { USERNAME: 'hal', EMAIL_OTP_CODE: code },
    });
    expect(done.AuthenticationResult).toBeDefined();
    const prefer = (PreferredMfa: boolean) =>
      pools.cognito.send(
        new AdminSetUserMFAPreferenceCommand({
          UserPoolId,
          Username: 'hal',
          SMSMfaSettings: { Enabled: true, PreferredMfa },
          EmailMfaSettings: { Enabled: true, PreferredMfa: true },
        }),
      );
    await expect(prefer(true)).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await prefer(false);
    expect((await pools.signIn(ClientId, 'hal')).ChallengeName).toBe('EMAIL_OTP');
  });

  it('takes the address of whoever has none as the factor, once a code came from there', async () => {
    const { UserPoolId, ClientId } = await pools.makePool(
      {},
      { MfaConfiguration: 'ON', EmailMfaConfiguration: {} },
    );
    await pools.makeUser(UserPoolId, 'ida');
    const asked = await pools.signIn(ClientId, 'ida');
    expect(asked.ChallengeName).toBe('MFA_SETUP');
    const sent = await pools.respond({
      ClientId,
      ChallengeName: 'MFA_SETUP',
      Session: asked.Session,
      ChallengeResponses: { USERNAME: 'ida', EMAIL: 'ida@example.com' },
    });
    expect(sent.ChallengeName).toBe('EMAIL_OTP');
    const attributes = async () =>
      (await pools.cognito.send(new AdminGetUserCommand({ UserPoolId, Username: 'ida' }))).UserAttributes;
    expect((await attributes())?.map(({ Name }) => Name)).not.toContain('email');
    const done = await pools.respond({
      ClientId,
      ChallengeName: 'EMAIL_OTP',
      Session: sent.Session,
      ChallengeResponses: {
        USERNAME: 'ida',
        EMAIL_OTP_CODE: (await pools.lastMessage(UserPoolId, 'ida'))?.code ?? '',
      },
    });
    expect(done.AuthenticationResult).toBeDefined();
    expect(await attributes()).toContainEqual({ Name: 'email_verified', Value: 'true' });
  });
});

it('keeps what it knows of authenticator apps over a restart', async () => {
  const { path, remove } = temporaryFolder();
  const first = await startUserPools({ data: path });
  const { UserPoolId, ClientId } = await first.makePool(
    {},
    { MfaConfiguration: 'ON', SoftwareTokenMfaConfiguration: { Enabled: true } },
  );
  await first.makeUser(UserPoolId, 'nia');
  const asked = await first.signIn(ClientId, 'nia');
  const { SecretCode = '', Session } = await first.browser.send(
    new AssociateSoftwareTokenCommand({ Session: asked.Session }),
  );
  const UserCode = appCode(SecretCode, first.cloud.clock.now());
  await first.close();
  // The setup goes on where it was: its session is the client's, sealed by a key that stays.
  const second = await startUserPools({ data: path });
  try {
    const verified = await second.browser.send(new VerifySoftwareTokenCommand({ Session, UserCode }));
    const done = await second.respond({
      ClientId,
      ChallengeName: 'MFA_SETUP',
      Session: verified.Session,
      ChallengeResponses: { USERNAME: 'nia' },
    });
    expect(done.AuthenticationResult).toBeDefined();
    const next = await second.signIn(ClientId, 'nia');
    const again = second.respond({
      ClientId,
      ChallengeName: 'SOFTWARE_TOKEN_MFA',
      Session: next.Session,
      ChallengeResponses: { USERNAME: 'nia', SOFTWARE_TOKEN_MFA_CODE: UserCode },
    });
    await expect(again).rejects.toMatchObject({ name: 'ExpiredCodeException' });
  } finally {
    await second.close();
    remove();
  }
});

describe('amazon-cognito-identity-js', () => {
  it('sets an authenticator app up, and signs in by its codes', async () => {
    const { UserPoolId, ClientId } = await pools.makePool(
      {},
      { MfaConfiguration: 'ON', SoftwareTokenMfaConfiguration: { Enabled: true } },
    );
    await pools.makeUser(UserPoolId, 'joy');
    const Pool = new CognitoUserPool({ UserPoolId, ClientId, endpoint: pools.cloud.endpoint });
    const user = new CognitoUser({ Username: 'joy', Pool });
    const details = new AuthenticationDetails({ Username: 'joy', Password: password });
    const first = await new Promise<string>((resolve, reject) =>
      user.authenticateUser(details, {
        onSuccess: () => resolve('in'),
        onFailure: reject,
        mfaSetup: (name) => resolve(String(name)),
      }),
    );
    expect(first).toBe('MFA_SETUP');
    const secret = await new Promise<string>((resolve, reject) =>
      user.associateSoftwareToken({ associateSecretCode: resolve, onFailure: reject }),
    );
    await new Promise((resolve, reject) =>
      user.verifySoftwareToken(appCode(secret, now()), 'phone', { onSuccess: resolve, onFailure: reject }),
    );
    await step();
    const token = await new Promise<string>((resolve, reject) => {
      const onSuccess = (session: { getAccessToken(): { getJwtToken(): string } }) =>
        resolve(session.getAccessToken().getJwtToken());
      user.authenticateUser(details, {
        onSuccess,
        onFailure: reject,
        totpRequired: () =>
          user.sendMFACode(appCode(secret, now()), { onSuccess, onFailure: reject }, 'SOFTWARE_TOKEN_MFA'),
      });
    });
    expect(token.split('.')).toHaveLength(3);
  });
});
