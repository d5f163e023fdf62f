export type { Credential, CredentialSource, NamedPolicy, PolicySource, PrincipalPolicies } from './ports.ts';
