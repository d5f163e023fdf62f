/** App clients, as they are kept. */

export interface Client {
  id: string;
  poolId: string;
  name: string;
  /** CreateUserPoolClient's other members, defaults filled in. */
  settings: ClientSettings;
  /** SetUserPoolClientSessionConfiguration's: how long it takes a browser's session for a sign-in. */
  ssoMinutes?: number;
  /** Newest first; none for public clients. */
  secrets?: ClientSecret[];
  createdAt: number;
  modifiedAt: number;
}

export interface ClientSecret {
  /** `CLIENT--EPOCH`. */
  id: string;
  /** Sealed for `cognitoidp.clientSecret/CLIENT`. */
  value: Uint8Array;
  createdAt: number;
}

export interface ClientSettings {
  RefreshTokenValidity: number;
  AccessTokenValidity?: number;
  IdTokenValidity?: number;
  TokenValidityUnits?: { AccessToken?: TimeUnit; IdToken?: TimeUnit; RefreshToken?: TimeUnit };
  ReadAttributes?: string[];
  WriteAttributes?: string[];
  ExplicitAuthFlows?: string[];
  PreventUserExistenceErrors?: 'LEGACY' | 'ENABLED';
  EnableTokenRevocation: boolean;
  AuthSessionValidity: number;
  AllowedOAuthFlowsUserPoolClient: boolean;
  AllowedOAuthFlows?: ('code' | 'implicit' | 'client_credentials')[];
  AllowedOAuthScopes?: string[];
  CallbackURLs?: string[];
  LogoutURLs?: string[];
  DefaultRedirectURI?: string;
  SupportedIdentityProviders?: string[];
  RefreshTokenRotation?: { Feature: 'ENABLED' | 'DISABLED'; RetryGracePeriodSeconds?: number };
  [member: string]: unknown;
}

export type TimeUnit = 'seconds' | 'minutes' | 'hours' | 'days';
