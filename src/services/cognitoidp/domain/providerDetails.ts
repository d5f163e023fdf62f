/** What each kind of identity provider is configured with. https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateIdentityProvider.html */
import { InvalidParameterException } from '../errors.ts';

export type ProviderType = 'SAML' | 'OIDC' | 'Google' | 'Facebook' | 'LoginWithAmazon' | 'SignInWithApple';
export type ProviderDetails = Record<string, string>;

const facebookVersion = 'v17.0';

interface Kind {
  required: readonly string[];
  /** Filled in where they aren't sent: the social providers' own addresses. */
  defaults(given: ProviderDetails): ProviderDetails;
  /** The member of what it tells that is its users' id. */
  subject: string;
}

const kinds: Readonly<Record<ProviderType, Kind>> = {
  Google: {
    required: ['client_id', 'client_secret', 'authorize_scopes'],
    defaults: () => ({
      attributes_url: 'https://people.googleapis.com/v1/people/me?personFields=',
      attributes_url_add_attributes: 'true',
      authorize_url: 'https://accounts.google.com/o/oauth2/v2/auth',
      oidc_issuer: 'https://accounts.google.com',
      token_request_method: 'POST',
      token_url: 'https://www.googleapis.com/oauth2/v4/token',
    }),
    subject: 'sub',
  },
  Facebook: {
    required: ['client_id', 'client_secret', 'authorize_scopes'],
    defaults: ({ api_version: version = facebookVersion }) => ({
      api_version: version,
      attributes_url: `https://graph.facebook.com/${version}/me?fields=`,
      attributes_url_add_attributes: 'true',
      authorize_url: `https://www.facebook.com/${version}/dialog/oauth`,
      token_request_method: 'GET',
      token_url: `https://graph.facebook.com/${version}/oauth/access_token`,
    }),
    subject: 'id',
  },
  LoginWithAmazon: {
    required: ['client_id', 'client_secret', 'authorize_scopes'],
    defaults: () => ({
      attributes_url: 'https://api.amazon.com/user/profile',
      attributes_url_add_attributes: 'false',
      authorize_url: 'https://www.amazon.com/ap/oa',
      token_request_method: 'POST',
      token_url: 'https://api.amazon.com/auth/o2/token',
    }),
    subject: 'user_id',
  },
  SignInWithApple: {
    required: ['client_id', 'team_id', 'key_id', 'private_key', 'authorize_scopes'],
    defaults: () => ({
      attributes_url_add_attributes: 'false',
      authorize_url: 'https://appleid.apple.com/auth/authorize',
      oidc_issuer: 'https://appleid.apple.com',
      token_request_method: 'POST',
      token_url: 'https://appleid.apple.com/auth/token',
    }),
    subject: 'sub',
  },
  OIDC: {
    required: ['client_id', 'attributes_request_method', 'authorize_scopes', 'oidc_issuer'],
    defaults: () => ({ attributes_url_add_attributes: 'false' }),
    subject: 'sub',
  },
  SAML: { required: [], defaults: () => ({}), subject: 'NameID' },
};

export const isProviderType = (type: string): type is ProviderType => Object.hasOwn(kinds, type);

/** Kinds of which a pool has one at most, named as they are. */
export const isSocial = (type: ProviderType): boolean => type !== 'SAML' && type !== 'OIDC';

export const subjectName = (type: ProviderType): string => kinds[type].subject;

/** Members that are sealed before they are kept. */
export const secretDetails = ['client_secret', 'private_key'] as const;

const addressForm = /^https?:\/\/[^\s]+$/;

/** @throws InvalidParameterException a member is missing or can't be. @returns the details with defaults filled in. */
export function providerDetailsOf(type: ProviderType, given: ProviderDetails): ProviderDetails {
  const { required, defaults } = kinds[type];
  for (const name of required) {
    if (!given[name]) throw new InvalidParameterException(`The ${name} attribute is required.`);
  }
  if (type === 'SAML' && !given.MetadataURL && !given.MetadataFile) {
    throw new InvalidParameterException(
      'At least one of the MetadataURL or MetadataFile should be provided.',
    );
  }
  const method = given.attributes_request_method;
  if (method !== undefined && method !== 'GET' && method !== 'POST') {
    throw new InvalidParameterException('attributes_request_method must be either GET or POST.');
  }
  const details = { ...defaults(given), ...given };
  for (const [name, value] of Object.entries(details)) {
    const isAddress = name.endsWith('_url') || name === 'oidc_issuer' || name === 'MetadataURL';
    if (isAddress && name !== 'attributes_url_add_attributes' && !addressForm.test(value)) {
      throw new InvalidParameterException(`${name} is not a valid URL.`);
    }
  }
  return details;
}
