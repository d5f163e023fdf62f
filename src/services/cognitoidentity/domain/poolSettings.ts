/** What an identity pool is set to. https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_CreateIdentityPool.html */
import { InvalidParameterException, LimitExceededException } from '../errors.ts';
import { limits } from '../limits.ts';

export interface UserPoolProvider {
  /** `cognito-idp.{region}.amazonaws.com/{user pool id}`. */
  ProviderName?: string;
  ClientId?: string;
  ServerSideTokenCheck?: boolean;
}

/** As AWS takes and shows them. */
export interface PoolSettings {
  IdentityPoolName: string;
  AllowUnauthenticatedIdentities: boolean;
  AllowClassicFlow?: boolean;
  /** Provider → id of the app there; Google takes several, with commas between them. */
  SupportedLoginProviders?: Record<string, string>;
  DeveloperProviderName?: string;
  OpenIdConnectProviderARNs?: string[];
  CognitoIdentityProviders?: UserPoolProvider[];
  SamlProviderARNs?: string[];
}

const members = [
  'IdentityPoolName',
  'AllowUnauthenticatedIdentities',
  'AllowClassicFlow',
  'SupportedLoginProviders',
  'DeveloperProviderName',
  'OpenIdConnectProviderARNs',
  'CognitoIdentityProviders',
  'SamlProviderARNs',
] as const;

/** Of a user pool, as logins and pools name it; what it captures is the region and the pool's id. */
export const userPoolProvider = /^cognito-idp\.([\w-]+)\.amazonaws\.com(?:\.cn)?\/([\w-]+_[0-9A-Za-z]+)$/;
const oidcArn = /^arn:[\w-]+:iam::\d+:oidc-provider\/\S+$/;
const samlArn = /^arn:[\w-]+:iam::\d+:saml-provider\/[\w._-]+$/;

/**
 * What a pool is set to after Create or Update: what isn't given goes back to its default.
 * @param before of a pool that is updated: its developer provider stays. @throws InvalidParameterException, LimitExceededException
 */
export function settingsOf(given: PoolSettings, before?: PoolSettings): PoolSettings {
  const settings = Object.fromEntries(
    members.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]])),
  ) as unknown as PoolSettings;
  const named = before?.DeveloperProviderName;
  if (named !== undefined) {
    if (given.DeveloperProviderName !== undefined && given.DeveloperProviderName !== named) {
      throw new InvalidParameterException('DeveloperProviderName can not be changed once it has been set.');
    }
    settings.DeveloperProviderName = named;
  }
  const userPools = settings.CognitoIdentityProviders ?? [];
  for (const provider of userPools) {
    if (!userPoolProvider.test(provider.ProviderName ?? '') || provider.ClientId === undefined) {
      throw new InvalidParameterException('Invalid Cognito Identity Provider');
    }
    provider.ServerSideTokenCheck ??= false;
  }
  if (new Set(userPools.map(({ ProviderName }) => ProviderName)).size > limits.userPoolsPerPoolMax) {
    throw new LimitExceededException(
      `The number of Cognito user pools must not exceed ${limits.userPoolsPerPoolMax}.`,
    );
  }
  for (const arn of settings.OpenIdConnectProviderARNs ?? []) {
    if (!oidcArn.test(arn))
      throw new InvalidParameterException(`Invalid OpenID Connect provider ARN: ${arn}`);
  }
  for (const arn of settings.SamlProviderARNs ?? []) {
    if (!samlArn.test(arn)) throw new InvalidParameterException(`Invalid SAML provider ARN: ${arn}`);
  }
  return settings;
}

/** The name under which logins come of an OpenID Connect provider: its address without the scheme. */
export const openIdProviderName = (arn: string): string => arn.replace(/^[^/]*\//, '');

/** @param tags all that a pool would have. Lengths are the model's. @throws InvalidParameterException */
export function checkTags(tags: Readonly<Record<string, string>>): void {
  const keys = Object.keys(tags);
  if (keys.length > limits.tagsMax) {
    throw new InvalidParameterException(`The number of tags must not exceed ${limits.tagsMax}.`);
  }
  if (keys.some((key) => key.toLowerCase().startsWith('aws:'))) {
    throw new InvalidParameterException('Tag keys must not start with the reserved prefix aws:');
  }
}
