/** The ports of this room live with the other contracts of a service: services/iam and services/sts fill them. */
export type {
  Credential,
  CredentialSource,
  NamedPolicy,
  PolicySource,
  PrincipalPolicies,
} from '../platform/index.ts';
