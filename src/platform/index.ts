export {
  authorizationMessageHeader,
  decodeAuthorizationMessage,
  encodeAuthorizationMessage,
} from './authorizationMessages.ts';
export { accessKeyOf, type CognitoCaller, cognitoCallerOf, userIdOf } from './caller.ts';
export {
  type CognitoConfig,
  type CognitoOptions,
  cognitoConfig,
  cognitoProblem,
  userPoolIssuer,
} from './cognito.ts';
export {
  type DynamoDbConfig,
  type DynamoDbDurations,
  type DynamoDbOptions,
  durationNames,
  dynamoDbConfig,
} from './dynamodb.ts';
export type { DataPlane, ServiceEntry } from './entry.ts';
export { HostBook, type HostOwner, hostOwners } from './hosts.ts';
export { type IamMode, IamModes, iamModes, ModeTooLoose, stricter } from './iamModes.ts';
export type {
  Credential,
  CredentialSource,
  IdentitySources,
  MfaSource,
  NamedPolicy,
  PolicySource,
  PrincipalPolicies,
  SamlKeySource,
  TrustSource,
  UseSink,
} from './identity.ts';
export { Issuers, type Jwk, type Standing } from './issuers.ts';
export {
  type LambdaConfig,
  type LambdaDurations,
  type LambdaOptions,
  lambdaConfig,
  lambdaDurationNames,
} from './lambda.ts';
export { type MailConfig, mailProblem } from './mail.ts';
export type {
  Observations,
  ObservedAction,
  ObservedDenial,
  ObservedResource,
} from './observations.ts';
export type {
  PolicyEffect,
  PolicyEngine,
  SimulatedRequest,
  SimulatedStatement,
  Simulation,
} from './policyEngine.ts';
export {
  canonicalUserIdOf,
  type FederationKeys,
  type Principal,
  rootOf,
  type SessionFacts,
  servicePrincipal,
} from './principal.ts';
export type { Properties, PropertyRule, ResourceContext, ResourceState, ResourceType } from './resources.ts';
export {
  type AnyService,
  type AuthorizationRequest,
  type AuthorizationRule,
  type AwsCaller,
  type CloudConfig,
  type ConditionKeys,
  type ControlAction,
  type ControlPage,
  defineService,
  type Endpoint,
  type EndpointContext,
  type Operation,
  type OperationContext,
  type Platform,
  type ServiceDefinition,
} from './service.ts';
