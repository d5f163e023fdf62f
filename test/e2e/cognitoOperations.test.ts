/** Operations of user pools that other tests only pass by: what each does is read back by another, and what it refuses. Through the official SDK. */
import {
  AdminAddUserToGroupCommand,
  AdminDisableProviderForUserCommand,
  AdminDisableUserCommand,
  AdminEnableUserCommand,
  AdminForgetDeviceCommand,
  AdminGetDeviceCommand,
  AdminGetUserCommand,
  AdminLinkProviderForUserCommand,
  AdminListDevicesCommand,
  AdminListGroupsForUserCommand,
  AdminRemoveUserFromGroupCommand,
  AdminSetUserPasswordCommand,
  AdminSetUserSettingsCommand,
  ConfirmDeviceCommand,
  CreateGroupCommand,
  CreateIdentityProviderCommand,
  CreateUserPoolClientCommand,
  DeleteUserPoolClientCommand,
  DescribeUserPoolClientCommand,
  GetUserCommand,
  InitiateAuthCommand,
  ListGroupsCommand,
  ListIdentityProvidersCommand,
  ListUserPoolClientsCommand,
  ListUsersInGroupCommand,
  type MFAOptionType,
  paginateListGroups,
  paginateListUserPoolClients,
} from '@aws-sdk/client-cognito-identity-provider';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { password, refused, startUserPools, type UserPools } from './support/userPools.ts';

let pools: UserPools;
beforeAll(async () => {
  pools = await startUserPools();
});
afterAll(() => pools.close());

const nowhere = 'us-east-1_Nowhere12';
const unknownPool = refused('ResourceNotFoundException', `User pool ${nowhere} does not exist.`);
const unknownUser = refused('UserNotFoundException', 'User does not exist.');

const tokensOf = async (ClientId: string, username: string) =>
  (await pools.signIn(ClientId, username)).AuthenticationResult ?? {};
const shown = (UserPoolId: string, Username: string) =>
  pools.cognito.send(new AdminGetUserCommand({ UserPoolId, Username }));

describe('groups', () => {
  it('are listed, page by page', async () => {
    const { UserPoolId } = await pools.makePool();
    expect((await pools.cognito.send(new ListGroupsCommand({ UserPoolId }))).Groups).toEqual([]);
    for (const GroupName of ['readers', 'admins', 'writers']) {
      await pools.cognito.send(new CreateGroupCommand({ UserPoolId, GroupName, Precedence: 7 }));
    }
    const { Groups, NextToken } = await pools.cognito.send(new ListGroupsCommand({ UserPoolId }));
    expect(NextToken).toBeUndefined();
    expect(Groups).toHaveLength(3);
    expect(Groups).toContainEqual({
      GroupName: 'admins',
      UserPoolId,
      Precedence: 7,
      CreationDate: expect.any(Date),
      LastModifiedDate: expect.any(Date),
    });
    const pages: (number | undefined)[] = [];
    const names = new Set<string | undefined>();
    for await (const page of paginateListGroups({ client: pools.cognito, pageSize: 2 }, { UserPoolId })) {
      pages.push(page.Groups?.length);
      for (const { GroupName } of page.Groups ?? []) names.add(GroupName);
    }
    expect(pages).toEqual([2, 1]);
    expect([...names].sort()).toEqual(['admins', 'readers', 'writers']);
    // Nought asks for as many as there may be, not for empty pages without end.
    const all = await pools.cognito.send(new ListGroupsCommand({ UserPoolId, Limit: 0 }));
    expect([all.Groups?.length, all.NextToken]).toEqual([3, undefined]);
    await expect(pools.cognito.send(new ListGroupsCommand({ UserPoolId, Limit: 61 }))).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
    await expect(pools.cognito.send(new ListGroupsCommand({ UserPoolId: nowhere }))).rejects.toMatchObject(
      unknownPool,
    );
  });

  it('are left by users, whose next tokens don’t name them', async () => {
    const { UserPoolId, ClientId } = await pools.makePool();
    await pools.makeUser(UserPoolId, 'ann');
    for (const GroupName of ['admins', 'readers']) {
      await pools.cognito.send(new CreateGroupCommand({ UserPoolId, GroupName }));
      await pools.cognito.send(new AdminAddUserToGroupCommand({ UserPoolId, GroupName, Username: 'ann' }));
    }
    const groupsInToken = async () =>
      decodeJwt((await tokensOf(ClientId, 'ann')).IdToken ?? '')['cognito:groups'];
    expect(await groupsInToken()).toEqual(expect.arrayContaining(['admins', 'readers']));
    const leave = (GroupName: string, Username = 'ann') =>
      pools.cognito.send(new AdminRemoveUserFromGroupCommand({ UserPoolId, GroupName, Username }));
    await leave('admins');
    expect(await groupsInToken()).toEqual(['readers']);
    const { Groups } = await pools.cognito.send(
      new AdminListGroupsForUserCommand({ UserPoolId, Username: 'ann' }),
    );
    expect(Groups?.map(({ GroupName }) => GroupName)).toEqual(['readers']);
    const members = new ListUsersInGroupCommand({ UserPoolId, GroupName: 'admins' });
    expect((await pools.cognito.send(members)).Users).toEqual([]);
    await leave('admins');
    await leave('readers');
    expect(await groupsInToken()).toBeUndefined();
    await expect(leave('nobody')).rejects.toMatchObject(
      refused('ResourceNotFoundException', 'Group not found.'),
    );
    await expect(leave('readers', 'zoe')).rejects.toMatchObject(unknownUser);
  });
});

describe('users', () => {
  it('who were disabled sign in again once enabled, and not by what they had before', async () => {
    const { UserPoolId, ClientId } = await pools.makePool();
    await pools.makeUser(UserPoolId, 'ann');
    const { AccessToken } = await tokensOf(ClientId, 'ann');
    const ann = { UserPoolId, Username: 'ann' };
    await pools.cognito.send(new AdminDisableUserCommand(ann));
    await expect(pools.signIn(ClientId, 'ann')).rejects.toMatchObject(
      refused('NotAuthorizedException', 'User is disabled.'),
    );
    expect((await shown(UserPoolId, 'ann')).Enabled).toBe(false);
    await pools.cognito.send(new AdminEnableUserCommand(ann));
    expect((await shown(UserPoolId, 'ann')).Enabled).toBe(true);
    await pools.cloud.clock.advance(1_000);
    const fresh = await tokensOf(ClientId, 'ann');
    const told = await pools.browser.send(new GetUserCommand({ AccessToken: fresh.AccessToken }));
    expect(told.Username).toBe('ann');
    await expect(pools.browser.send(new GetUserCommand({ AccessToken }))).rejects.toMatchObject({
      name: 'NotAuthorizedException',
    });
    await expect(
      pools.cognito.send(new AdminEnableUserCommand({ UserPoolId, Username: 'zoe' })),
    ).rejects.toMatchObject(unknownUser);
    await expect(
      pools.cognito.send(new AdminEnableUserCommand({ ...ann, UserPoolId: nowhere })),
    ).rejects.toMatchObject(unknownPool);
  });

  it('are asked for a code by SMS where their settings say so', async () => {
    const role = { SmsConfiguration: { SnsCallerArn: 'arn:aws:iam::000000000000:role/sms' } };
    const { UserPoolId, ClientId } = await pools.makePool(role, {
      MfaConfiguration: 'OPTIONAL',
      SmsMfaConfiguration: role,
    });
    await pools.makeUser(UserPoolId, 'ann', { phone_number: '+15555550123' });
    await pools.makeUser(UserPoolId, 'bob');
    const bySms: MFAOptionType = { DeliveryMedium: 'SMS', AttributeName: 'phone_number' };
    const set = (Username: string, MFAOptions: MFAOptionType[]) =>
      pools.cognito.send(new AdminSetUserSettingsCommand({ UserPoolId, Username, MFAOptions }));
    await set('ann', [bySms]);
    expect((await shown(UserPoolId, 'ann')).MFAOptions).toEqual([bySms]);
    expect((await pools.signIn(ClientId, 'ann')).ChallengeName).toBe('SMS_MFA');
    await set('ann', []);
    expect((await shown(UserPoolId, 'ann')).MFAOptions).toBeUndefined();
    expect((await tokensOf(ClientId, 'ann')).AccessToken).toBeDefined();
    // Without a number there is nowhere to send a code, and a code by email was never a setting.
    for (const [name, option] of [
      ['bob', bySms],
      ['ann', { DeliveryMedium: 'EMAIL', AttributeName: 'email' }],
    ] as const) {
      await expect(set(name, [option])).rejects.toMatchObject({ name: 'InvalidParameterException' });
    }
    await expect(set('zoe', [bySms])).rejects.toMatchObject(unknownUser);
  });

  it('lose the devices that an administrator forgets, and what was signed in on them', async () => {
    const { UserPoolId, ClientId } = await pools.makePool({
      DeviceConfiguration: { ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: false },
    });
    await pools.makeUser(UserPoolId, 'ann');
    await pools.makeUser(UserPoolId, 'bob');
    const { AccessToken, NewDeviceMetadata } = await tokensOf(ClientId, 'ann');
    const DeviceKey = NewDeviceMetadata?.DeviceKey ?? '';
    const verifier = Buffer.from((2n ** 900n + 7n).toString(16).padStart(770, '0'), 'hex');
    await pools.browser.send(
      new ConfirmDeviceCommand({
        AccessToken,
        DeviceKey,
        DeviceSecretVerifierConfig: {
          PasswordVerifier: verifier.toString('base64'),
          Salt: 'AQIDBAUGBwg=',
        },
      }),
    );
    const named = { UserPoolId, Username: 'ann', DeviceKey };
    const unknownDevice = refused('ResourceNotFoundException', 'Device does not exist.');
    await expect(
      pools.cognito.send(new AdminForgetDeviceCommand({ ...named, Username: 'bob' })),
    ).rejects.toMatchObject(unknownDevice);
    expect((await pools.cognito.send(new AdminGetDeviceCommand(named))).Device?.DeviceKey).toBe(DeviceKey);
    await pools.cognito.send(new AdminForgetDeviceCommand(named));
    await expect(pools.cognito.send(new AdminGetDeviceCommand(named))).rejects.toMatchObject(unknownDevice);
    const { Devices } = await pools.cognito.send(
      new AdminListDevicesCommand({ UserPoolId, Username: 'ann' }),
    );
    expect(Devices).toEqual([]);
    await expect(pools.browser.send(new GetUserCommand({ AccessToken }))).rejects.toMatchObject(
      refused('NotAuthorizedException', 'Access Token has been revoked'),
    );
    await expect(pools.cognito.send(new AdminForgetDeviceCommand(named))).rejects.toMatchObject(
      unknownDevice,
    );
    await expect(
      pools.cognito.send(new AdminForgetDeviceCommand({ ...named, Username: 'zoe' })),
    ).rejects.toMatchObject(unknownUser);
  });

  it('are parted from a provider’s identities, and those of the pool from their passwords', async () => {
    const { UserPoolId, ClientId } = await pools.makePool();
    await pools.makeUser(UserPoolId, 'ann');
    await pools.makeUser(UserPoolId, 'bob');
    await pools.cognito.send(
      new CreateIdentityProviderCommand({
        UserPoolId,
        ProviderName: 'Acme',
        ProviderType: 'OIDC',
        ProviderDetails: {
          client_id: 'app',
          client_secret: 'secret',
          attributes_request_method: 'GET',
          oidc_issuer: 'https://acme.example.com',
          authorize_scopes: 'openid',
          authorize_url: 'https://acme.example.com/authorize',
          token_url: 'https://acme.example.com/token',
          attributes_url: 'https://acme.example.com/me',
          jwks_uri: 'https://acme.example.com/keys',
        },
      }),
    );
    const listed = await pools.cognito.send(new ListIdentityProvidersCommand({ UserPoolId, MaxResults: 0 }));
    expect(listed.Providers?.map(({ ProviderName }) => ProviderName)).toEqual(['Acme']);
    expect(listed.NextToken).toBeUndefined();
    const stranger = {
      ProviderName: 'Acme',
      ProviderAttributeName: 'Cognito_Subject',
      ProviderAttributeValue: '4711',
    };
    const own = (ProviderAttributeValue: string) => ({
      ProviderName: 'Cognito',
      ProviderAttributeName: 'Cognito_Subject',
      ProviderAttributeValue,
    });
    const link = (name: string) =>
      pools.cognito.send(
        new AdminLinkProviderForUserCommand({
          UserPoolId,
          DestinationUser: own(name),
          SourceUser: stranger,
        }),
      );
    const identities = async (name: string) =>
      (await shown(UserPoolId, name)).UserAttributes?.find(({ Name }) => Name === 'identities')?.Value;
    const disable = (User: typeof stranger, pool = UserPoolId) =>
      pools.cognito.send(new AdminDisableProviderForUserCommand({ UserPoolId: pool, User }));
    await link('ann');
    expect(await identities('ann')).toContain('"userId":"4711"');
    await expect(link('bob')).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await disable(stranger);
    expect((await identities('ann')) ?? '[]').toBe('[]');
    await expect(disable(stranger)).rejects.toMatchObject(unknownUser);
    // Nobody's any more, it is linked to another; a link doesn't touch the password.
    await link('bob');
    expect(await identities('bob')).toContain('"userId":"4711"');
    expect((await tokensOf(ClientId, 'ann')).AccessToken).toBeDefined();
    await disable(own('ann'));
    await expect(pools.signIn(ClientId, 'ann')).rejects.toMatchObject(
      refused('NotAuthorizedException', 'Incorrect username or password.'),
    );
    expect((await tokensOf(ClientId, 'bob')).AccessToken).toBeDefined();
    await pools.cognito.send(
      new AdminSetUserPasswordCommand({ UserPoolId, Username: 'ann', Password: password, Permanent: true }),
    );
    expect((await tokensOf(ClientId, 'ann')).AccessToken).toBeDefined();
    await expect(disable(own('zoe'))).rejects.toMatchObject(unknownUser);
    await expect(disable({ ...stranger, ProviderName: 'Nobody' })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
    await expect(disable(stranger, nowhere)).rejects.toMatchObject(unknownPool);
  });
});

describe('app clients', () => {
  it('are listed, page by page; nobody signs in or stays signed in by one that is deleted', async () => {
    const { UserPoolId, ClientId } = await pools.makePool();
    await pools.makeUser(UserPoolId, 'ann');
    const { RefreshToken = '' } = await tokensOf(ClientId, 'ann');
    const made = await pools.cognito.send(
      new CreateUserPoolClientCommand({ UserPoolId, ClientName: 'other', GenerateSecret: true }),
    );
    const other = made.UserPoolClient?.ClientId;
    const { UserPoolClients, NextToken } = await pools.cognito.send(
      new ListUserPoolClientsCommand({ UserPoolId, MaxResults: 60 }),
    );
    // Names alone: no secret is told in a list.
    expect(
      UserPoolClients?.toSorted((a, b) => ((a.ClientName ?? '') < (b.ClientName ?? '') ? -1 : 1)),
    ).toEqual([
      { ClientId, UserPoolId, ClientName: 'app' },
      { ClientId: other, UserPoolId, ClientName: 'other' },
    ]);
    expect(NextToken).toBeUndefined();
    const ids = [];
    for await (const page of paginateListUserPoolClients(
      { client: pools.cognito, pageSize: 1 },
      { UserPoolId },
    )) {
      expect(page.UserPoolClients).toHaveLength(1);
      ids.push(page.UserPoolClients?.[0]?.ClientId);
    }
    expect(ids.sort()).toEqual([ClientId, other].sort());

    const named = { UserPoolId, ClientId };
    await pools.cognito.send(new DeleteUserPoolClientCommand(named));
    const unknown = refused('ResourceNotFoundException', `User pool client ${ClientId} does not exist.`);
    const left = await pools.cognito.send(new ListUserPoolClientsCommand({ UserPoolId }));
    expect(left.UserPoolClients?.map((one) => one.ClientId)).toEqual([other]);
    await expect(pools.cognito.send(new DescribeUserPoolClientCommand(named))).rejects.toMatchObject(unknown);
    await expect(pools.signIn(ClientId, 'ann')).rejects.toMatchObject(unknown);
    await expect(
      pools.browser.send(
        new InitiateAuthCommand({
          AuthFlow: 'REFRESH_TOKEN_AUTH',
          ClientId,
          AuthParameters: { REFRESH_TOKEN: RefreshToken },
        }),
      ),
    ).rejects.toMatchObject(unknown);
    await expect(pools.cognito.send(new DeleteUserPoolClientCommand(named))).rejects.toMatchObject(unknown);
  });

  it('belong to their pool', async () => {
    const { ClientId } = await pools.makePool();
    const { UserPoolId } = await pools.makePool();
    await expect(
      pools.cognito.send(new DeleteUserPoolClientCommand({ UserPoolId, ClientId })),
    ).rejects.toMatchObject(
      refused('ResourceNotFoundException', `User pool client ${ClientId} does not exist.`),
    );
    for (const command of [
      () => pools.cognito.send(new ListUserPoolClientsCommand({ UserPoolId: nowhere })),
      () => pools.cognito.send(new DeleteUserPoolClientCommand({ UserPoolId: nowhere, ClientId })),
    ]) {
      await expect(command()).rejects.toMatchObject(unknownPool);
    }
    await expect(
      pools.cognito.send(new ListUserPoolClientsCommand({ UserPoolId, MaxResults: 61 })),
    ).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });
});
