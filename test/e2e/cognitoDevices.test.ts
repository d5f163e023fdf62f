/** Devices that user pools remember, as amazon-cognito-identity-js and the official SDK use them. */
import {
  AdminGetDeviceCommand,
  AdminListDevicesCommand,
  AdminUpdateDeviceStatusCommand,
  ConfirmDeviceCommand,
  ForgetDeviceCommand,
  GetDeviceCommand,
  GetTokensFromRefreshTokenCommand,
  GetUserCommand,
  InitiateAuthCommand,
  ListDevicesCommand,
  UpdateDeviceStatusCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { AuthenticationDetails, CognitoUser, CognitoUserPool } from 'amazon-cognito-identity-js';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prime } from '../../src/services/cognitoidp/domain/modularPower.ts';
import { password, refused, startUserPools, type UserPools } from './support/userPools.ts';

let pools: UserPools;
beforeAll(async () => {
  pools = await startUserPools();
});
afterAll(() => pools.close());

const role = { SmsConfiguration: { SnsCallerArn: 'arn:aws:iam::000000000000:role/sms' } };
const phone = { phone_number: '+15555550123' };
const unknown = refused('ResourceNotFoundException', 'Device does not exist.');

/** A pool that asks for a second factor, and takes remembered devices for one. */
const makePool = (ChallengeRequiredOnNewDevice = true, DeviceOnlyRememberedOnUserPrompt = false) =>
  pools.makePool(
    { ...role, DeviceConfiguration: { ChallengeRequiredOnNewDevice, DeviceOnlyRememberedOnUserPrompt } },
    { MfaConfiguration: 'ON', SmsMfaConfiguration: role },
  );

class Storage {
  readonly items = new Map<string, string>();
  getItem = (key: string) => this.items.get(key) ?? null;
  setItem = (key: string, value: string) => this.items.set(key, value);
  removeItem = (key: string) => this.items.delete(key);
  clear = () => this.items.clear();
}

/** A browser with its own storage, in which one user signs in. */
function browserOf(pool: { UserPoolId: string; ClientId: string }, Username: string) {
  const storage = new Storage() as unknown as globalThis.Storage;
  const Pool = new CognitoUserPool({ ...pool, endpoint: pools.cloud.endpoint, Storage: storage });
  const user = new CognitoUser({ Username, Pool, Storage: storage });
  const signIn = () =>
    new Promise<{ token: string; refresh: string; codes: number; prompt: boolean }>((resolve, reject) => {
      let codes = 0;
      const callbacks = {
        onSuccess: (
          session: {
            getAccessToken(): { getJwtToken(): string };
            getRefreshToken(): { getToken(): string };
          },
          prompt?: boolean,
        ) =>
          resolve({
            token: session.getAccessToken().getJwtToken(),
            refresh: session.getRefreshToken().getToken(),
            codes,
            prompt: prompt === true,
          }),
        onFailure: reject,
      };
      user.authenticateUser(new AuthenticationDetails({ Username, Password: password }), {
        ...callbacks,
        mfaRequired: () => {
          codes += 1;
          pools
            .lastMessage(pool.UserPoolId, Username)
            .then((told) => user.sendMFACode(told?.code ?? '', callbacks), reject);
        },
      });
    });
  return { user, signIn };
}

describe('amazon-cognito-identity-js', () => {
  it('is asked for a code once: the device stands for it afterwards, until it is forgotten', async () => {
    const pool = await makePool();
    await pools.makeUser(pool.UserPoolId, 'ann', phone);
    const { signIn } = browserOf(pool, 'ann');
    const first = await signIn();
    expect(first.codes).toBe(1);
    const { device_key: DeviceKey } = decodeJwt(first.token) as { device_key: string };
    expect(DeviceKey).toMatch(/^us-east-1_[0-9a-f-]{36}$/);
    await pools.cloud.clock.advance(60_000);
    const second = await signIn();
    expect(second.codes).toBe(0);
    expect(decodeJwt(second.token).device_key).toBe(DeviceKey);
    const { Devices = [] } = await pools.browser.send(new ListDevicesCommand({ AccessToken: second.token }));
    expect(Devices).toHaveLength(1);
    const [device] = Devices;
    expect(device?.DeviceKey).toBe(DeviceKey);
    expect(device?.DeviceLastAuthenticatedDate?.getTime()).toBeGreaterThan(
      device?.DeviceCreateDate?.getTime() ?? 0,
    );
    expect(device?.DeviceAttributes).toContainEqual({
      Name: 'dev:device_remembered_status',
      Value: 'remembered',
    });
    // Another browser isn't that device.
    expect((await browserOf(pool, 'ann').signIn()).codes).toBe(1);
    await pools.browser.send(new ForgetDeviceCommand({ AccessToken: second.token, DeviceKey }));
    await expect(pools.browser.send(new GetUserCommand({ AccessToken: second.token }))).rejects.toMatchObject(
      refused('NotAuthorizedException', 'Access Token has been revoked'),
    );
    // The client is told that the device is gone, and comes again as a new one.
    const third = await signIn();
    expect(third.codes).toBe(1);
    expect(decodeJwt(third.token).device_key).not.toBe(DeviceKey);
  });

  it('asks the user first where the pool says so; not remembered, the device is worth nothing', async () => {
    const pool = await makePool(true, true);
    await pools.makeUser(pool.UserPoolId, 'bob', phone);
    const { signIn, user } = browserOf(pool, 'bob');
    const first = await signIn();
    expect(first).toMatchObject({ codes: 1, prompt: true });
    expect((await signIn()).codes).toBe(1);
    await new Promise((resolve, reject) =>
      user.setDeviceStatusRemembered({ onSuccess: resolve, onFailure: reject }),
    );
    expect((await signIn()).codes).toBe(0);
    const { device_key: DeviceKey } = decodeJwt(first.token) as { device_key: string };
    const named = { UserPoolId: pool.UserPoolId, Username: 'bob', DeviceKey };
    await pools.cognito.send(
      new AdminUpdateDeviceStatusCommand({ ...named, DeviceRememberedStatus: 'not_remembered' }),
    );
    expect((await signIn()).codes).toBe(1);
    const { Device } = await pools.cognito.send(new AdminGetDeviceCommand(named));
    expect(Device?.DeviceKey).toBe(DeviceKey);
  });
});

describe('devices', () => {
  /** Signs in by password and code. */
  async function signedIn(pool: { UserPoolId: string; ClientId: string }, USERNAME: string) {
    const { Session } = await pools.signIn(pool.ClientId, USERNAME);
    const SMS_MFA_CODE = (await pools.lastMessage(pool.UserPoolId, USERNAME))?.code ?? '';
    const { AuthenticationResult } = await pools.respond({
      ClientId: pool.ClientId,
      ChallengeName: 'SMS_MFA',
      Session,
      ChallengeResponses: { USERNAME, SMS_MFA_CODE },
    });
    return AuthenticationResult ?? {};
  }
  const bytes = (value: bigint) =>
    Buffer.from(value.toString(16).padStart(770, '0'), 'hex').toString('base64');
  const secret = { PasswordVerifier: bytes(2n ** 900n + 7n), Salt: 'AQIDBAUGBwg=' };

  it('are confirmed by the sign-in that made them, once, and by a secret that proves something', async () => {
    const pool = await makePool();
    await pools.makeUser(pool.UserPoolId, 'cyd', phone);
    const { AccessToken, NewDeviceMetadata } = await signedIn(pool, 'cyd');
    const { DeviceKey = '', DeviceGroupKey } = NewDeviceMetadata ?? {};
    expect(DeviceGroupKey).toMatch(/^-[\w-]{8}$/);
    const confirm = (key: string, DeviceSecretVerifierConfig = secret) =>
      pools.browser.send(
        new ConfirmDeviceCommand({
          AccessToken,
          DeviceKey: key,
          DeviceName: 'laptop',
          DeviceSecretVerifierConfig,
        }),
      );
    await expect(confirm('us-east-1_00000000-0000-4000-a000-000000000000')).rejects.toMatchObject(unknown);
    // Verifiers whose proof anybody could compute.
    for (const weak of [0n, 1n, prime, prime - 1n, prime + 1n, 2n * prime]) {
      await expect(confirm(DeviceKey, { ...secret, PasswordVerifier: bytes(weak) })).rejects.toMatchObject({
        name: 'InvalidParameterException',
      });
    }
    expect((await confirm(DeviceKey)).UserConfirmationNecessary).toBe(false);
    await expect(confirm(DeviceKey)).rejects.toMatchObject({ name: 'DeviceKeyExistsException' });
    const { Device } = await pools.browser.send(new GetDeviceCommand({ AccessToken, DeviceKey }));
    expect(Device?.DeviceAttributes).toContainEqual({ Name: 'device_name', Value: 'laptop' });
    await pools.makeUser(pool.UserPoolId, 'dan', phone);
    const other = await signedIn(pool, 'dan');
    await expect(
      pools.browser.send(new GetDeviceCommand({ AccessToken: other.AccessToken, DeviceKey })),
    ).rejects.toMatchObject(unknown);
    await expect(
      pools.browser.send(
        new UpdateDeviceStatusCommand({
          AccessToken: other.AccessToken,
          DeviceKey,
          DeviceRememberedStatus: 'remembered',
        }),
      ),
    ).rejects.toMatchObject(unknown);
    // Somebody else's device is nobody's second factor.
    await expect(pools.signIn(pool.ClientId, 'dan', { DEVICE_KEY: DeviceKey })).rejects.toMatchObject(
      unknown,
    );
    const page = await pools.cognito.send(
      new AdminListDevicesCommand({ UserPoolId: pool.UserPoolId, Username: 'cyd', Limit: 1 }),
    );
    expect(page.Devices).toHaveLength(1);
    expect(page.PaginationToken).toBeUndefined();
  });

  it('keep refresh tokens to themselves', async () => {
    const pool = await makePool();
    const { ClientId } = pool;
    await pools.makeUser(pool.UserPoolId, 'eve', phone);
    const { AccessToken, RefreshToken = '', NewDeviceMetadata } = await signedIn(pool, 'eve');
    const DeviceKey = NewDeviceMetadata?.DeviceKey ?? '';
    const refresh = (more: Record<string, string>) =>
      pools.browser.send(
        new InitiateAuthCommand({
          AuthFlow: 'REFRESH_TOKEN_AUTH',
          ClientId,
          AuthParameters: { REFRESH_TOKEN: RefreshToken, ...more },
        }),
      );
    expect((await refresh({})).AuthenticationResult?.AccessToken).toBeDefined();
    await pools.browser.send(
      new ConfirmDeviceCommand({ AccessToken, DeviceKey, DeviceSecretVerifierConfig: secret }),
    );
    const invalid = refused('NotAuthorizedException', 'Invalid Refresh Token');
    await expect(refresh({})).rejects.toMatchObject(invalid);
    await expect(refresh({ DEVICE_KEY: `${DeviceKey}0` })).rejects.toMatchObject(invalid);
    await expect(
      pools.browser.send(new GetTokensFromRefreshTokenCommand({ ClientId, RefreshToken })),
    ).rejects.toMatchObject(invalid);
    const { AuthenticationResult } = await refresh({ DEVICE_KEY: DeviceKey });
    expect(decodeJwt(AuthenticationResult?.AccessToken ?? '').device_key).toBe(DeviceKey);
  });

  it('prove themselves by their secret: neither A = 0 nor a copied answer does', async () => {
    const pool = await makePool();
    const { ClientId } = pool;
    await pools.makeUser(pool.UserPoolId, 'flo', phone);
    const { AccessToken, NewDeviceMetadata } = await signedIn(pool, 'flo');
    const DeviceKey = NewDeviceMetadata?.DeviceKey ?? '';
    await pools.browser.send(
      new ConfirmDeviceCommand({ AccessToken, DeviceKey, DeviceSecretVerifierConfig: secret }),
    );
    const ask = async (SRP_A: string) => {
      const { ChallengeName, Session } = await pools.signIn(ClientId, 'flo', { DEVICE_KEY: DeviceKey });
      expect(ChallengeName).toBe('DEVICE_SRP_AUTH');
      return pools.respond({
        ClientId,
        ChallengeName: 'DEVICE_SRP_AUTH',
        Session,
        ChallengeResponses: { USERNAME: 'flo', DEVICE_KEY: DeviceKey, SRP_A },
      });
    };
    for (const weak of [0n, prime, 2n * prime]) {
      await expect(ask(weak.toString(16))).rejects.toMatchObject({ name: 'InvalidParameterException' });
    }
    const asked = await ask('abcdef0123');
    expect(asked).toMatchObject({
      ChallengeName: 'DEVICE_PASSWORD_VERIFIER',
      ChallengeParameters: { DEVICE_KEY: DeviceKey, USERNAME: 'flo' },
    });
    await expect(
      pools.respond({
        ClientId,
        ChallengeName: 'DEVICE_PASSWORD_VERIFIER',
        ChallengeResponses: {
          USERNAME: 'flo',
          DEVICE_KEY: DeviceKey,
          PASSWORD_CLAIM_SECRET_BLOCK: asked.ChallengeParameters?.SECRET_BLOCK ?? '',
          PASSWORD_CLAIM_SIGNATURE: Buffer.alloc(32).toString('base64'),
          TIMESTAMP: 'Tue Nov 10 08:12:33 UTC 2026',
        },
      }),
    ).rejects.toMatchObject(refused('NotAuthorizedException', 'Incorrect username or password.'));
  });

  it('are remembered beside a second factor where the pool takes them for none', async () => {
    const pool = await makePool(false);
    await pools.makeUser(pool.UserPoolId, 'gus', phone);
    const { AccessToken, NewDeviceMetadata } = await signedIn(pool, 'gus');
    const DeviceKey = NewDeviceMetadata?.DeviceKey ?? '';
    await pools.browser.send(
      new ConfirmDeviceCommand({ AccessToken, DeviceKey, DeviceSecretVerifierConfig: secret }),
    );
    const asked = await pools.signIn(pool.ClientId, 'gus', { DEVICE_KEY: DeviceKey });
    expect(asked.ChallengeName).toBe('SMS_MFA');
    const next = await pools.respond({
      ClientId: pool.ClientId,
      ChallengeName: 'SMS_MFA',
      Session: asked.Session,
      ChallengeResponses: {
        USERNAME: 'gus',
        SMS_MFA_CODE: (await pools.lastMessage(pool.UserPoolId, 'gus'))?.code ?? '',
      },
    });
    expect(next.ChallengeName).toBe('DEVICE_SRP_AUTH');
    expect(next.AuthenticationResult).toBeUndefined();
  });
});
