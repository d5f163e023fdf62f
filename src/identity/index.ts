export type {
  Credential,
  CredentialSource,
  NamedPolicy,
  PolicySource,
  PrincipalPolicies,
} from '../platform/index.ts';
export { Authorizer, type Decision, type RequestFacts } from './authorize.ts';
export { emptyHash, sha256Hex } from './canonical.ts';
export { Authenticator, type Caller, type RootKey } from './credentials.ts';
export { authenticationError, type ErrorFamily } from './errors.ts';
export { isShutOut } from './limitedSessions.ts';
export { policyEngine } from './policy/simulate.ts';
export {
  ChunkSignatures,
  presignQuery,
  type RequestToSign,
  type SigningOptions,
  signChunks,
  signRequest,
} from './sign.ts';
export { type CredentialScope, readCredentialScope } from './signature.ts';
export { equalInConstantTime, scopeText, signingKey } from './sigv4.ts';
