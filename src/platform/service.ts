/**
 * What a service is and what it is given. A service's `index.ts` calls `defineService`; the edge and the
 * in-process client run what it defines; nothing else of a service is visible outside its folder.
 */

import type { Computer } from '../compute/port.ts';
import type { Deliveries } from '../delivery/port.ts';
import type { Clock, HttpRequest, HttpResponse, Ids } from '../kernel/index.ts';
import type { Blobs } from '../store/blobs.port.ts';
import type { Logs } from '../store/logs.port.ts';
import type { Store } from '../store/port.ts';
import type { Vault } from '../store/vault.ts';
import type { Tasks } from '../tasks/port.ts';
import type { Telemetry } from '../telemetry/port.ts';
import type { CognitoConfig } from './cognito.ts';
import type { DynamoDbConfig } from './dynamodb.ts';
import type { HostBook } from './hosts.ts';
import type { IamMode, IamModes } from './iamModes.ts';
import type { IdentitySources, MfaSource, SamlKeySource } from './identity.ts';
import type { Issuers, Jwk, Standing } from './issuers.ts';
import type { LambdaConfig } from './lambda.ts';
import type { MailConfig } from './mail.ts';
import type { Observations } from './observations.ts';
import type { PolicyEngine } from './policyEngine.ts';
import type { Principal } from './principal.ts';
import type { ResourceType } from './resources.ts';

/** The ports a service builds its room from, once, when it is first needed. */
export interface Platform {
  readonly store: Store;
  readonly blobs: Blobs;
  readonly logs: Logs;
  readonly tasks: Tasks;
  readonly deliveries: Deliveries;
  readonly telemetry: Telemetry;
  readonly compute: Computer;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Seals what must not lie in the store as it is: passwords' verifiers, keys, secrets. */
  readonly vault: Vault;
  readonly config: CloudConfig;
  /** Host names that users gave to data planes. */
  readonly hosts: HostBook;
  /** Public keys of OpenID issuers, of this cloud or elsewhere. */
  readonly issuers: Issuers;
  /** What policies decide, by account. */
  readonly modes: IamModes;
  /** What principals were seen to do. */
  readonly observations: Observations;
  /** What policies say, without a request. */
  readonly policies: PolicyEngine;
  /** Codes of users' MFA devices. */
  readonly mfa: MfaSource;
  /** Private keys of SAML providers. */
  readonly samlKeys: SamlKeySource;
  /**
   * The in-process client for work that no request causes (tasks, background).
   * @param as.via the service that does it on behalf of the principal who asked for it, as hosts are named.
   */
  aws(as: { account: string; region: string; principal: Principal; via?: string }): AwsCaller;
  /** Every CloudFormation resource type of every service, by name; loads the service that owns it. */
  resourceType(name: string): Promise<ResourceType | undefined>;
}

export interface CloudConfig {
  /** `http://127.0.0.1:4566`; the port is the one really bound. */
  readonly endpoint: string;
  readonly host: string;
  readonly port: number;
  readonly defaultAccount: string;
  readonly defaultRegion: string;
  /** Of accounts that weren't told otherwise: what holds for an account, `modes` says. */
  readonly iam: IamMode;
  readonly ephemeral: boolean;
  readonly dynamodb: DynamoDbConfig;
  readonly lambda: LambdaConfig;
  readonly cognito: CognitoConfig;
  /** Absent: nothing is mailed. */
  readonly mail?: MailConfig;
  /** Folder for files that live as long as the data (function code, certificates); exists. */
  readonly dataFolder: string;
}

/** Calls another service in this process: same operations, same IAM check, same audit record, no HTTP. */
export interface AwsCaller {
  /**
   * @param service folder name of the service (`lambda`), @param operation as AWS names it (`Invoke`).
   * @param input as the SDK's command input. @returns as the SDK's command output.
   * @throws AwsError what the operation answers.
   */
  call<Output = Record<string, unknown>>(service: string, operation: string, input: object): Promise<Output>;
  /**
   * Sends an HTTP request to a service in this process, as a proxy does that signs for its clients (AWS integrations
   * of API Gateway): the service's wire format in and out, the same check and the same record as any call, no signature.
   * Absent in callers that only stand for services in tests and journals.
   * @param operation names the operation where the request itself doesn't. @returns errors, too, as they are on the wire.
   */
  http?(service: string, request: HttpRequest, operation?: string): Promise<HttpResponse>;
  /** The same caller as another principal, account or region. */
  as(change: { principal?: Principal; account?: string; region?: string }): AwsCaller;
  /** The same caller as a session of `roleArn` (no trust policy is asked: the caller was checked by iam:PassRole). */
  asRole(roleArn: string, sessionName: string): Promise<AwsCaller>;
}

/** One request, as its handler sees it. `room` is what the service's `open` returned. */
export interface OperationContext<Room> {
  readonly room: Room;
  readonly account: string;
  readonly region: string;
  readonly principal: Principal;
  readonly requestId: string;
  readonly sourceIp: string;
  /** Milliseconds since the epoch, read once for the request. */
  readonly now: number;
  /** In-process client, acting as the caller of this request. */
  readonly aws: AwsCaller;
  /** The service that asks on behalf of the principal (`cloudformation`), as hosts are named; absent when nobody does. */
  readonly via?: string;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
  /** The HTTP request, for the few operations whose answer depends on it (S3); absent for in-process calls. */
  readonly request?: HttpRequest;
}

// The table of a service holds operations of many types; variance makes `never` the honest bound for inputs.
export type Operation<Room, Input = never, Output = unknown> = (
  ctx: OperationContext<Room>,
  input: Input,
) => Promise<Output>;

/** What IAM must be asked before an operation runs. */
/** Values of a service's condition keys; a function makes what few policies ask for, when one does. */
export type ConditionKeys = Readonly<Record<string, string | readonly string[] | (() => readonly string[])>>;

export interface AuthorizationRequest {
  /** `dynamodb:GetItem`; the service's prefix and the operation's name when absent. */
  action?: string;
  /** ARNs; `*` when the operation has none. */
  resources: readonly string[];
  /** Condition keys of the service, `dynamodb:LeadingKeys`. */
  context?: ConditionKeys;
  /** The resource's own policy document, when it has one. */
  resourcePolicy?: string;
  /** Whose the resources are, where their ARNs don't say (S3): another account's need their own policy's leave. */
  resourceAccount?: string;
  /** Said when the answer is no, instead of IAM's usual words. */
  refusal?: string;
  /** Said when AWS refuses this whatever the policies allow. */
  forbidden?: string;
  /** Who asks, where a token or an assertion in the request says it and no signature. The same in all requests of a rule. */
  principal?: Principal;
}

export type AuthorizationRule<Room> = (
  ctx: OperationContext<Room>,
  input: never,
) =>
  | AuthorizationRequest
  | readonly AuthorizationRequest[]
  | Promise<AuthorizationRequest | readonly AuthorizationRequest[]>;

/** A data plane outside the AWS API: execute-api, function URLs, hosted UI. Which addresses lead here stands in `src/services/index.ts`. */
export type Endpoint<Room> = (ctx: EndpointContext<Room>, request: HttpRequest) => Promise<HttpResponse>;

export interface EndpointContext<Room> {
  readonly room: Room;
  readonly requestId: string;
  readonly now: number;
  /** What the address pattern captured, e.g. `{ api: 'a1b2c3', region: 'eu-west-1', path: '/prod/items' }`. */
  readonly params: Readonly<Record<string, string>>;
  /** In-process client for an account and region, as a service principal of this service by default. */
  aws(as: { account: string; region: string; principal?: Principal }): AwsCaller;
  /**
   * For data planes with IAM authorization: verifies the request's own signature and asks the policies of who signed
   * it. Absent where the edge can't; the data plane then refuses, it never lets pass.
   * @throws AwsError what a wrong signature is answered with.
   */
  authorize?(
    request: HttpRequest,
    question: AuthorizationRequest & {
      action: string;
      account: string;
      region: string;
      signingName: string;
      /** As it was sent: the signature covers it. */
      body: Uint8Array;
    },
  ): Promise<{ principal: Principal; allowed: boolean }>;
}

/** A page of the control plane, `/_brume/services/SERVICE/PAGE`: what it answers is shown as JSON. */
export type ControlPage<Room> = (room: Room, query: URLSearchParams) => Promise<unknown>;

/** What the control plane may have a service do, by `POST` to the same address; the answer is shown as JSON. */
export type ControlAction<Room> = (room: Room, query: URLSearchParams) => Promise<unknown>;

/** The parts of a service that are handed its room. */
interface ServiceParts<Room> {
  /** Folder name, `dynamodb`. */
  readonly name: string;
  /** IAM prefix of its actions, `dynamodb`, when it differs from the name. */
  readonly iamPrefix?: string;
  readonly operations: Readonly<Record<string, Operation<Room>>>;
  readonly authorize: Readonly<Record<string, AuthorizationRule<Room>>>;
  /**
   * Operations that AWS answers without a signature (`noAuth` in its models): anyone may ask. No policy is asked, unless
   * `authorize` has a rule that says who asks.
   */
  readonly unsigned?: ReadonlySet<string>;
  readonly endpoints?: Readonly<Record<string, Endpoint<Room>>>;
  readonly resources?: readonly ResourceType[];
  /** What people may look at that no API of AWS's that is here tells yet, by the page's name. */
  readonly pages?: Readonly<Record<string, ControlPage<Room>>>;
  /** What people may do that no API of AWS's does, by the action's name. */
  readonly actions?: Readonly<Record<string, ControlAction<Room>>>;
  /** The keys of an issuer whose address its entry's `isIssuer` matched; undefined when it isn't there. */
  issuerKeys?(room: Room, issuer: string): Promise<readonly Jwk[] | undefined>;
  /** Of the user to whom that issuer gave a token with these claims, which were verified. */
  issuerStanding?(room: Room, claims: Readonly<Record<string, unknown>>): Promise<Standing>;
  /** For iam and sts: how the core finds the principal of an access key, and the policies of a principal. */
  identity?(room: Room): IdentitySources;
  /** Graceful stop: finish or park what is running. */
  close?(room: Room): Promise<void>;
}

export interface ServiceDefinition<Room> extends ServiceParts<Room> {
  /** Builds the room: opens its record sets, declares its task queues. */
  open(platform: Platform): Room | Promise<Room>;
}

/**
 * Any service, the type of its room erased: every `ServiceDefinition` is one. What `open` answers is opaque and
 * may be handed to the parts of the same service only; `never` sees to it that nobody else's room fits.
 */
export interface AnyService extends ServiceParts<never> {
  open(platform: Platform): unknown;
}

export function defineService<Room>(definition: ServiceDefinition<Room>): ServiceDefinition<Room> {
  return definition;
}
