/** https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_InitiateAuth.html and AdminInitiateAuth */
import { NotImplemented } from '../../../kernel/index.ts';
import { allowsFlow } from '../domain/clientSettings.ts';
import { InvalidParameterException } from '../errors.ts';
import { type Context, clientOf, type Door, doorOf, poolOf } from '../room.ts';
import type { Attempt, AuthAnswer } from '../signIn/attempt.ts';
import { checkTexts } from '../signIn/checks.ts';
import { flows } from '../signIn/flows/index.ts';

interface AuthInput {
  AuthFlow: string;
  AuthParameters?: Record<string, string>;
  ClientMetadata?: Record<string, string>;
  Session?: string;
}

export async function InitiateAuth(
  ctx: Context,
  input: AuthInput & { ClientId: string; UserContextData?: UserContextData },
) {
  const flow = input.AuthFlow;
  if (flow.startsWith('ADMIN_')) throw new InvalidParameterException('Initiate Auth method not supported.');
  const door = await doorOf(ctx, input.ClientId);
  const attempt: Attempt = {
    door,
    via: 'api',
    validationData: input.ClientMetadata,
    userContext: fromApp(ctx, door, input.UserContextData),
    session: input.Session,
  };
  return start(ctx, attempt, input, flow, refusalOf(flow));
}

export async function AdminInitiateAuth(
  ctx: Context,
  input: AuthInput & { UserPoolId: string; ClientId: string; ContextData?: ContextData },
) {
  const pool = await poolOf(ctx, input.UserPoolId);
  const flow = input.AuthFlow === 'ADMIN_NO_SRP_AUTH' ? 'ADMIN_USER_PASSWORD_AUTH' : input.AuthFlow;
  if (flow === 'USER_PASSWORD_AUTH') {
    throw new InvalidParameterException('Initiate Auth method not supported.');
  }
  const attempt: Attempt = {
    door: { pool, client: await clientOf(ctx, pool, input.ClientId) },
    via: 'admin',
    validationData: input.ClientMetadata,
    userContext: fromServer(input.ContextData),
    session: input.Session,
  };
  return start(ctx, attempt, input, flow, 'Auth flow not enabled for this client');
}

/** The flows that came first have another sentence than those that came later. */
const refusalOf = (flow: string): string =>
  flow === 'USER_SRP_AUTH' || flow === 'CUSTOM_AUTH'
    ? `${flow} is not enabled for the client.`
    : `${flow} flow not enabled for this client`;

function start(
  ctx: Context,
  attempt: Attempt,
  { AuthParameters: parameters = {} }: AuthInput,
  sent: string,
  refusal: string,
): Promise<AuthAnswer> {
  checkTexts(parameters);
  const name = sent === 'REFRESH_TOKEN' ? 'REFRESH_TOKEN_AUTH' : sent;
  if (!allowsFlow(attempt.door.client.settings, name)) throw new InvalidParameterException(refusal);
  const flow = flows[name];
  if (!flow) throw new NotImplemented(`The flow ${name} of Cognito user pools`);
  return flow(ctx, attempt, parameters);
}

export interface UserContextData {
  IpAddress?: string;
  EncodedData?: string;
}

/**
 * What an app tells of its user. The address is the caller's: an app that is a server with a secret may name another one
 * where its client says so (`EnablePropagateAdditionalUserContextData`); anybody else could say what they like.
 */
export function fromApp(
  { sourceIp }: Context,
  { client }: Door,
  told: UserContextData | undefined,
): Attempt['userContext'] {
  const isServer =
    client.settings.EnablePropagateAdditionalUserContextData === true && Boolean(client.secrets?.length);
  const ipAddress = (isServer ? told?.IpAddress : undefined) ?? sourceIp;
  return { ipAddress, encodedData: told?.EncodedData };
}

export interface ContextData {
  IpAddress: string;
  EncodedData?: string;
  HttpHeaders?: { headerName?: string; headerValue?: string }[];
}

/** What a server tells of the user it signs in for. */
export function fromServer(told: ContextData | undefined): Attempt['userContext'] {
  if (!told) return undefined;
  const agent = told.HttpHeaders?.find(({ headerName }) => headerName?.toLowerCase() === 'user-agent');
  return { ipAddress: told.IpAddress, encodedData: told.EncodedData, deviceName: agent?.headerValue };
}
