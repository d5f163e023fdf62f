/** User pools for tests of signing in: a pool, its people, and what they were told. */
import {
  AdminCreateUserCommand,
  AdminInitiateAuthCommand,
  AdminSetUserPasswordCommand,
  type AttributeType,
  CognitoIdentityProviderClient,
  CreateUserPoolClientCommand,
  type CreateUserPoolClientCommandInput,
  CreateUserPoolCommand,
  type CreateUserPoolCommandInput,
  InitiateAuthCommand,
  RespondToAuthChallengeCommand,
  type RespondToAuthChallengeCommandInput,
  SetUserPoolMfaConfigCommand,
  type SetUserPoolMfaConfigCommandInput,
} from '@aws-sdk/client-cognito-identity-provider';
import { Secret, TOTP } from 'otpauth';
import { type Cloud, type CloudOptions, startCloud } from '../../../src/cloud/index.ts';

export const password = 'Correct-horse7';

/** What tests expect of a refusal. */
export const refused = (name: string, message: string) => ({ name, message });

export interface UserPools {
  cloud: Cloud;
  /** With credentials. */
  cognito: CognitoIdentityProviderClient;
  /** Without credentials, as a browser has none. */
  browser: CognitoIdentityProviderClient;
  makePool(
    settings?: Partial<CreateUserPoolCommandInput>,
    mfa?: Partial<SetUserPoolMfaConfigCommandInput>,
    client?: Partial<CreateUserPoolClientCommandInput>,
  ): Promise<{ UserPoolId: string; ClientId: string }>;
  /** A user whose password counts from the beginning. */
  makeUser(UserPoolId: string, Username: string, attributes?: Record<string, string>): Promise<void>;
  signIn(ClientId: string, USERNAME: string, more?: Record<string, string>): ReturnType<Respond>;
  respond: Respond;
  /** The newest message to a user. */
  lastMessage(pool: string, username: string): Promise<Told | undefined>;
  close(): Promise<void>;
}

export interface Told {
  code: string;
  destination: string;
  source: string;
  medium: string;
  body: string;
}

type Respond = (input: RespondToAuthChallengeCommandInput) => Promise<Awaited<ReturnType<typeof answer>>>;

const answer = (client: CognitoIdentityProviderClient, input: RespondToAuthChallengeCommandInput) =>
  client.send(new RespondToAuthChallengeCommand(input));

/** Starts a cloud that enforces policies. */
export async function startUserPools(options: CloudOptions = {}): Promise<UserPools> {
  const cloud = await startCloud({ iam: 'enforce', ...options });
  const cognito = new CognitoIdentityProviderClient(cloud.clientConfig);
  const browser = new CognitoIdentityProviderClient({
    region: 'us-east-1',
    endpoint: cloud.endpoint,
    credentials: () => Promise.reject(new Error('a browser has no credentials')),
  });
  return {
    cloud,
    cognito,
    browser,
    async makePool(settings = {}, mfa, client = {}) {
      const { UserPool } = await cognito.send(
        new CreateUserPoolCommand({ PoolName: 'people', AutoVerifiedAttributes: ['email'], ...settings }),
      );
      const UserPoolId = UserPool?.Id ?? '';
      if (mfa) await cognito.send(new SetUserPoolMfaConfigCommand({ UserPoolId, ...mfa }));
      const made = await cognito.send(
        new CreateUserPoolClientCommand({
          UserPoolId,
          ClientName: 'app',
          ExplicitAuthFlows: [
            'ALLOW_USER_PASSWORD_AUTH',
            'ALLOW_ADMIN_USER_PASSWORD_AUTH',
            'ALLOW_USER_SRP_AUTH',
            'ALLOW_REFRESH_TOKEN_AUTH',
            'ALLOW_USER_AUTH',
          ],
          ...client,
        }),
      );
      return { UserPoolId, ClientId: made.UserPoolClient?.ClientId ?? '' };
    },
    async makeUser(UserPoolId, Username, attributes = {}) {
      const UserAttributes: AttributeType[] = Object.entries(attributes).map(([Name, Value]) => ({
        Name,
        Value,
      }));
      await cognito.send(
        new AdminCreateUserCommand({ UserPoolId, Username, UserAttributes, MessageAction: 'SUPPRESS' }),
      );
      const user = { UserPoolId, Username };
      await cognito.send(new AdminSetUserPasswordCommand({ ...user, Password: password, Permanent: true }));
    },
    signIn: (ClientId, USERNAME, more = {}) =>
      browser.send(
        new InitiateAuthCommand({
          AuthFlow: 'USER_PASSWORD_AUTH',
          ClientId,
          AuthParameters: { USERNAME, PASSWORD: password, ...more },
        }),
      ),
    respond: (input) => answer(browser, input),
    async lastMessage(pool, username) {
      const page = `${cloud.endpoint}/_brume/services/cognitoidp/messages?pool=${pool}&username=${username}`;
      const { messages } = (await (await fetch(page)).json()) as { messages: Told[] };
      return messages[0];
    },
    async close() {
      cognito.destroy();
      browser.destroy();
      await cloud.close();
    },
  };
}

/** What an authenticator app shows. @param now milliseconds since the epoch. */
export function appCode(secret: string, now: number): string {
  return new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: now });
}

export const adminSignIn = (
  { cognito }: UserPools,
  { UserPoolId, ClientId }: { UserPoolId: string; ClientId: string },
  USERNAME: string,
) =>
  cognito.send(
    new AdminInitiateAuthCommand({
      UserPoolId,
      ClientId,
      AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME, PASSWORD: password },
    }),
  );
