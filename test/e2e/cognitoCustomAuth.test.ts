/** CUSTOM_AUTH with a real function and with `enforce` on: its course, and the attacks on it. */
import {
  AdminCreateUserCommand,
  AdminSetUserMFAPreferenceCommand,
  AdminSetUserPasswordCommand,
  AdminUpdateUserAttributesCommand,
  CognitoIdentityProviderClient,
  CreateUserPoolClientCommand,
  type CreateUserPoolClientCommandInput,
  CreateUserPoolCommand,
  InitiateAuthCommand,
  RespondToAuthChallengeCommand,
  SetUserPoolMfaConfigCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { AuthenticationDetails, CognitoUser, CognitoUserPool } from 'amazon-cognito-identity-js';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';
import { makeTriggerFunction, type TriggerFunction } from './support/triggerFunction.ts';

const password = 'Correct-horse7';
let cloud: Cloud;
let cognito: CognitoIdentityProviderClient;
let browser: CognitoIdentityProviderClient;
let oracle: TriggerFunction;
let pool: TestPool;

interface TestPool {
  UserPoolId: string;
  ClientId: string;
}

beforeAll(async () => {
  cloud = await startCloud({ iam: 'enforce' });
  cognito = new CognitoIdentityProviderClient({ ...cloud.clientConfig, maxAttempts: 1 });
  browser = new CognitoIdentityProviderClient({
    region: 'us-east-1',
    endpoint: cloud.endpoint,
    credentials: () => Promise.reject(new Error('a browser has no credentials')),
    maxAttempts: 1,
  });
  oracle = await makeTriggerFunction(cloud, 'oracle');
  pool = await makePool();
  for (const name of ['ann', 'bob']) await addUser(pool, name);
});
afterAll(async () => {
  cognito?.destroy();
  browser?.destroy();
  await cloud?.close();
});

async function makePool(client: Partial<CreateUserPoolClientCommandInput> = {}): Promise<TestPool> {
  const { UserPool } = await cognito.send(
    new CreateUserPoolCommand({
      PoolName: 'people',
      LambdaConfig: {
        DefineAuthChallenge: oracle.arn,
        CreateAuthChallenge: oracle.arn,
        VerifyAuthChallengeResponse: oracle.arn,
      },
    }),
  );
  await oracle.allow(UserPool?.Arn ?? '');
  const UserPoolId = UserPool?.Id ?? '';
  return { UserPoolId, ClientId: await makeClient(UserPoolId, client) };
}

async function makeClient(UserPoolId: string, more: Partial<CreateUserPoolClientCommandInput> = {}) {
  const { UserPoolClient } = await cognito.send(
    new CreateUserPoolClientCommand({
      UserPoolId,
      ClientName: 'app',
      ExplicitAuthFlows: ['ALLOW_CUSTOM_AUTH', 'ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
      ...more,
    }),
  );
  return UserPoolClient?.ClientId ?? '';
}

async function addUser({ UserPoolId }: TestPool, Username: string) {
  await cognito.send(new AdminCreateUserCommand({ UserPoolId, Username, MessageAction: 'SUPPRESS' }));
  await cognito.send(
    new AdminSetUserPasswordCommand({ UserPoolId, Username, Password: password, Permanent: true }),
  );
}

const created = {
  publicChallengeParameters: { riddle: 'what walks on four legs?' },
  privateChallengeParameters: { answer: 'sphinx-secret' },
  challengeMetadata: 'RIDDLE',
};
const again = { challengeName: 'CUSTOM_CHALLENGE', issueTokens: false, failAuthentication: false };
/** One riddle; a wrong answer may be followed by another try, not by a third. */
const oneRiddle = {
  DefineAuthChallenge_Authentication: [again, { issueTokens: true, failAuthentication: false }],
  CreateAuthChallenge_Authentication: created,
};

const start = (USERNAME: string, { ClientId }: { ClientId: string } = pool) =>
  browser.send(new InitiateAuthCommand({ AuthFlow: 'CUSTOM_AUTH', ClientId, AuthParameters: { USERNAME } }));

const respond = (
  Session: string | undefined,
  USERNAME: string,
  ANSWER = 'sphinx-secret',
  { ClientId }: { ClientId: string } = pool,
) =>
  browser.send(
    new RespondToAuthChallengeCommand({
      ClientId,
      ChallengeName: 'CUSTOM_CHALLENGE',
      Session,
      ChallengeResponses: { USERNAME, ANSWER },
      ClientMetadata: { step: 'answer' },
    }),
  );

const refused = (message: string) => ({ name: 'NotAuthorizedException', message });

describe('the course', () => {
  it('asks what the functions ask, and hands out tokens when they say so', async () => {
    await oracle.answer(oneRiddle);
    const asked = await start('ann');
    expect(asked).toMatchObject({
      ChallengeName: 'CUSTOM_CHALLENGE',
      ChallengeParameters: { USERNAME: 'ann', riddle: 'what walks on four legs?' },
    });
    const answered = await respond(asked.Session, 'ann');
    expect(decodeJwt(answered.AuthenticationResult?.AccessToken ?? '').username).toBe('ann');
    const [define, create, verify, redefine, ...rest] = await oracle.events();
    expect(rest).toEqual([]);
    expect(define).toEqual({
      version: '1',
      region: 'us-east-1',
      userPoolId: pool.UserPoolId,
      userName: 'ann',
      callerContext: { awsSdkVersion: 'aws-sdk-unknown-unknown', clientId: pool.ClientId },
      triggerSource: 'DefineAuthChallenge_Authentication',
      request: {
        userAttributes: { sub: expect.any(String), 'cognito:user_status': 'CONFIRMED' },
        session: [],
      },
      response: { challengeName: null, issueTokens: null, failAuthentication: null },
    });
    expect(create).toMatchObject({
      triggerSource: 'CreateAuthChallenge_Authentication',
      request: { challengeName: 'CUSTOM_CHALLENGE', session: [] },
      response: {
        publicChallengeParameters: null,
        privateChallengeParameters: null,
        challengeMetadata: null,
      },
    });
    expect(verify).toMatchObject({
      triggerSource: 'VerifyAuthChallengeResponse_Authentication',
      request: {
        privateChallengeParameters: { answer: 'sphinx-secret' },
        challengeAnswer: 'sphinx-secret',
        clientMetadata: { step: 'answer' },
      },
      response: { answerCorrect: null },
    });
    expect(redefine?.request.session).toEqual([
      { challengeName: 'CUSTOM_CHALLENGE', challengeResult: true, challengeMetadata: 'RIDDLE' },
    ]);
  });

  it('goes on after a wrong answer as the function says, to the end', async () => {
    await oracle.answer({
      ...oneRiddle,
      DefineAuthChallenge_Authentication: [again, again, { failAuthentication: true, issueTokens: true }],
    });
    const first = await start('ann');
    const second = await respond(first.Session, 'ann', 'a dog');
    expect(second.ChallengeName).toBe('CUSTOM_CHALLENGE');
    await expect(respond(second.Session, 'ann', 'a cat')).rejects.toMatchObject(
      refused('Incorrect username or password.'),
    );
    expect((await oracle.events()).at(-1)?.request.session).toEqual([
      { challengeName: 'CUSTOM_CHALLENGE', challengeResult: false, challengeMetadata: 'RIDDLE' },
      { challengeName: 'CUSTOM_CHALLENGE', challengeResult: false, challengeMetadata: 'RIDDLE' },
    ]);
  });

  it('begins with the password where the client does', async () => {
    await oracle.answer({
      CreateAuthChallenge_Authentication: created,
      DefineAuthChallenge_Authentication: [
        {},
        { challengeName: 'PASSWORD_VERIFIER', issueTokens: false, failAuthentication: false },
        again,
        { issueTokens: true, failAuthentication: false },
      ],
    });
    const signIn = (Password: string) => {
      const user = new CognitoUser({
        Username: 'ann',
        Pool: new CognitoUserPool({ ...pool, endpoint: cloud.endpoint }),
      });
      user.setAuthenticationFlowType('CUSTOM_AUTH');
      return new Promise<string>((resolve, reject) => {
        const callbacks = {
          onSuccess: (session: { getAccessToken(): { getJwtToken(): string } }) =>
            resolve(session.getAccessToken().getJwtToken()),
          onFailure: reject,
          customChallenge: () => user.sendCustomChallengeAnswer('sphinx-secret', callbacks),
        };
        user.authenticateUser(new AuthenticationDetails({ Username: 'ann', Password }), callbacks);
      });
    };
    expect(decodeJwt(await signIn(password)).username).toBe('ann');
    const sessions = (await oracle.events())
      .filter(({ triggerSource }) => triggerSource.startsWith('Define'))
      .map(({ request }) =>
        (request.session as { challengeName: string; challengeResult: boolean }[]).map(
          ({ challengeName, challengeResult }) => [challengeName, challengeResult],
        ),
      );
    const proved = [
      ['SRP_A', true],
      ['PASSWORD_VERIFIER', true],
    ];
    expect(sessions).toEqual([[['SRP_A', true]], proved, [...proved, ['CUSTOM_CHALLENGE', true]]]);
    await expect(signIn('Wrong-horse7')).rejects.toMatchObject(refused('Incorrect username or password.'));
  });

  it('asks for the second factor after the password, and tells the function of it', async () => {
    const secured = await makePool();
    const { UserPoolId, ClientId } = secured;
    const SnsCallerArn = 'arn:aws:iam::000000000000:role/sms';
    const SmsMfaConfiguration = { SmsConfiguration: { SnsCallerArn } };
    await cognito.send(
      new SetUserPoolMfaConfigCommand({ UserPoolId, MfaConfiguration: 'OPTIONAL', SmsMfaConfiguration }),
    );
    await addUser(secured, 'mia');
    const Username = 'mia';
    const UserAttributes = [
      { Name: 'phone_number', Value: '+15550100' },
      { Name: 'phone_number_verified', Value: 'true' },
    ];
    await cognito.send(new AdminUpdateUserAttributesCommand({ UserPoolId, Username, UserAttributes }));
    const SMSMfaSettings = { Enabled: true };
    await cognito.send(new AdminSetUserMFAPreferenceCommand({ UserPoolId, Username, SMSMfaSettings }));
    await oracle.answer({
      CreateAuthChallenge_Authentication: created,
      DefineAuthChallenge_Authentication: [
        {},
        { challengeName: 'PASSWORD_VERIFIER', issueTokens: false, failAuthentication: false },
        {},
        again,
        { issueTokens: true, failAuthentication: false },
      ],
    });
    const asked = await new Promise<{ Session: string }>((resolve, reject) => {
      const Pool = new CognitoUserPool({ ...secured, endpoint: cloud.endpoint });
      const user = new CognitoUser({ Username, Pool });
      user.setAuthenticationFlowType('CUSTOM_AUTH');
      user.authenticateUser(new AuthenticationDetails({ Username, Password: password }), {
        onSuccess: () => reject(new Error('in by the password alone')),
        onFailure: reject,
        mfaRequired: () => resolve(user as unknown as { Session: string }),
        customChallenge: () => reject(new Error('asked before the second factor')),
      });
    });
    const page = `${cloud.endpoint}/_brume/services/cognitoidp/messages?pool=${UserPoolId}&username=mia`;
    const { messages } = (await (await fetch(page)).json()) as { messages: { code: string }[] };
    const riddle = await browser.send(
      new RespondToAuthChallengeCommand({
        ClientId,
        ChallengeName: 'SMS_MFA',
        Session: asked.Session,
        ChallengeResponses: { USERNAME: Username, SMS_MFA_CODE: messages[0]?.code ?? '' },
      }),
    );
    expect(riddle.ChallengeName).toBe('CUSTOM_CHALLENGE');
    const { AuthenticationResult } = await respond(riddle.Session, Username, undefined, secured);
    expect(decodeJwt(AuthenticationResult?.AccessToken ?? '').amr).toEqual(['pwd', 'sms', 'mfa']);
    const last = (await oracle.events())
      .filter(({ triggerSource }) => triggerSource.startsWith('Define'))
      .at(-1);
    const session = (last?.request.session ?? []) as { challengeName: string }[];
    expect(session.map(({ challengeName }) => challengeName)).toEqual([
      'SRP_A',
      'PASSWORD_VERIFIER',
      'SMS_MFA',
      'CUSTOM_CHALLENGE',
    ]);
  });

  it('needs functions', async () => {
    const { UserPool } = await cognito.send(new CreateUserPoolCommand({ PoolName: 'plain' }));
    const plain = { UserPoolId: UserPool?.Id ?? '', ClientId: await makeClient(UserPool?.Id ?? '') };
    await addUser(plain, 'ann');
    await expect(start('ann', plain)).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: 'Custom auth lambda trigger is not configured for the user pool.',
    });
    await oracle.answer({});
    await expect(start('ann')).rejects.toMatchObject({ name: 'InvalidLambdaResponseException' });
  });
});

describe('attacks', () => {
  it('private parameters never leave', async () => {
    await oracle.answer(oneRiddle);
    const asked = await start('ann');
    const { Session = '' } = asked;
    expect(JSON.stringify(asked)).not.toContain('sphinx-secret');
    expect(Buffer.from(Session, 'base64url').toString('latin1')).not.toContain('sphinx-secret');
    expect(Session.length).toBeLessThan(2_048);
    // However much a function hides, the session stays one that clients may send back.
    await oracle.answer({
      ...oneRiddle,
      CreateAuthChallenge_Authentication: {
        ...created,
        privateChallengeParameters: { answer: 'sphinx-secret', notes: 'x'.repeat(10_000) },
      },
    });
    const long = await start('ann');
    expect((await respond(long.Session, 'ann')).AuthenticationResult).toBeDefined();
  });

  it('an answer counts once', async () => {
    await oracle.answer(oneRiddle);
    const { Session } = await start('ann');
    await respond(Session, 'ann');
    const before = (await oracle.events()).length;
    await expect(respond(Session, 'ann')).rejects.toMatchObject(
      refused('Invalid session for the user, session can only be used once.'),
    );
    // A second guess with the session of the first isn't a guess.
    await oracle.answer({
      ...oneRiddle,
      DefineAuthChallenge_Authentication: [again, { failAuthentication: true }],
    });
    const guess = await start('ann');
    await expect(respond(guess.Session, 'ann', 'a dog')).rejects.toMatchObject({
      name: 'NotAuthorizedException',
    });
    await expect(respond(guess.Session, 'ann')).rejects.toMatchObject(
      refused('Invalid session for the user, session can only be used once.'),
    );
    const events = await oracle.events();
    expect(events.filter(({ triggerSource }) => triggerSource.startsWith('Verify')).length).toBe(1);
    expect(before).toBe(4);
  });

  it('of many answers at once, one counts', async () => {
    await oracle.answer(oneRiddle);
    const { Session } = await start('ann');
    const all = await Promise.allSettled(Array.from({ length: 5 }, () => respond(Session, 'ann')));
    expect(all.filter(({ status }) => status === 'fulfilled').length).toBe(1);
  });

  it("nobody answers another's challenge, nor turns their own into another's", async () => {
    await oracle.answer(oneRiddle);
    const { Session } = await start('bob');
    await expect(respond(Session, 'ann')).rejects.toMatchObject(refused('Invalid session for the user.'));
    const other = await makeClient(pool.UserPoolId);
    await expect(respond(Session, 'bob', undefined, { ClientId: other })).rejects.toMatchObject(
      refused('Invalid session for the user.'),
    );
    const elsewhere = await makePool();
    await addUser(elsewhere, 'bob');
    await expect(respond(Session, 'bob', undefined, elsewhere)).rejects.toMatchObject(
      refused('Invalid session for the user.'),
    );
    const tokens = await respond(Session, 'bob');
    expect(decodeJwt(tokens.AuthenticationResult?.AccessToken ?? '').username).toBe('bob');
  });

  it('a session of one challenge is no session of another', async () => {
    await oracle.answer(oneRiddle);
    const { Session } = await start('ann');
    await expect(
      browser.send(
        new RespondToAuthChallengeCommand({
          ClientId: pool.ClientId,
          ChallengeName: 'NEW_PASSWORD_REQUIRED',
          Session,
          ChallengeResponses: { USERNAME: 'ann', NEW_PASSWORD: 'Another-horse7' },
        }),
      ),
    ).rejects.toMatchObject(refused('Invalid session for the user.'));
  });

  it('the proof of a password cannot be taken for one of a plain sign-in', async () => {
    // The function wants the riddle after the password: PASSWORD_VERIFIER alone brings no tokens.
    await oracle.answer({
      CreateAuthChallenge_Authentication: created,
      DefineAuthChallenge_Authentication: [{}, { challengeName: 'PASSWORD_VERIFIER' }, again],
    });
    const user = new CognitoUser({
      Username: 'ann',
      Pool: new CognitoUserPool({ ...pool, endpoint: cloud.endpoint }),
    });
    user.setAuthenticationFlowType('CUSTOM_AUTH');
    const outcome = await new Promise<string>((resolve) => {
      user.authenticateUser(new AuthenticationDetails({ Username: 'ann', Password: password }), {
        onSuccess: () => resolve('tokens'),
        onFailure: ({ message }: Error) => resolve(message),
        customChallenge: () => resolve('riddle'),
      });
    });
    expect(outcome).toBe('riddle');
  });

  it('nobody is asked like somebody, and gets no tokens for a right answer', async () => {
    const ClientId = await makeClient(pool.UserPoolId, { PreventUserExistenceErrors: 'ENABLED' });
    await oracle.answer(oneRiddle);
    const asked = await start('nobody', { ClientId });
    expect(asked).toMatchObject({
      ChallengeName: 'CUSTOM_CHALLENGE',
      ChallengeParameters: { USERNAME: 'nobody' },
    });
    expect((await oracle.events())[0]?.request).toMatchObject({ userNotFound: true, userAttributes: {} });
    await expect(respond(asked.Session, 'nobody', undefined, { ClientId })).rejects.toMatchObject(
      refused('Incorrect username or password.'),
    );
    const telling = await makeClient(pool.UserPoolId, { PreventUserExistenceErrors: 'LEGACY' });
    await expect(start('nobody', { ClientId: telling })).rejects.toMatchObject({
      name: 'UserNotFoundException',
    });
    // Nor does the challenge of nobody become that of whoever takes the name meanwhile.
    const early = await start('newcomer', { ClientId });
    await addUser(pool, 'newcomer');
    await expect(respond(early.Session, 'newcomer', undefined, { ClientId })).rejects.toMatchObject(
      refused('Invalid session for the user.'),
    );
  });
});

it('sessions expire', async () => {
  await oracle.answer(oneRiddle);
  const { Session } = await start('ann');
  await cloud.clock.advance(3 * 60_000 + 1);
  await expect(respond(Session, 'ann')).rejects.toMatchObject(
    refused('Invalid session for the user, session is expired.'),
  );
});
