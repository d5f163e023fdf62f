export type { Credential, CredentialSource, NamedPolicy, PolicySource, PrincipalPolicies } from './ports.ts';
export { presignQuery, type RequestToSign, type SigningOptions, signChunks, signRequest } from './sign.ts';
