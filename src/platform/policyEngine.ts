/** The policy engine as services may use it: the one that decides requests, asked about requests that nobody makes. */
import type { PrincipalPolicies } from './identity.ts';
import type { Principal } from './principal.ts';

export type PolicyEffect = 'allow' | 'implicit-deny' | 'explicit-deny';

export interface SimulatedRequest {
  readonly principal: Principal;
  /** False when the principal only stands for somebody who isn't named: conditions about who asks have no values. */
  readonly isNamed: boolean;
  /** `dynamodb:GetItem`. */
  readonly action: string;
  /** An ARN, or `*`. */
  readonly resource: string;
  /** Whose the resource is, where its ARN doesn't say. */
  readonly resourceAccount?: string;
  readonly resourcePolicy?: string;
  readonly policies: PrincipalPolicies;
  /** Values of condition keys, by their name in lower case. */
  readonly context: ReadonlyMap<string, readonly string[]>;
  /** Milliseconds since the epoch, for keys about the time that `context` doesn't set. */
  readonly now: number;
}

export interface SimulatedStatement {
  /** Id of the policy in `policies`; undefined for the resource's policy. */
  readonly policy: string | undefined;
  /** Position of the statement in its document, from 0. */
  readonly position: number;
  readonly effect: 'Allow' | 'Deny';
  readonly isOfBoundary: boolean;
}

export interface Simulation {
  readonly effect: PolicyEffect;
  /** Every statement that takes part. */
  readonly matched: readonly SimulatedStatement[];
  /** Condition keys that statements about the action read and that have no value, as the policies write them. */
  readonly missingKeys: readonly string[];
  readonly identity: PolicyEffect;
  readonly resourcePolicy: PolicyEffect | undefined;
  readonly boundary: PolicyEffect | undefined;
}

export interface PolicyEngine {
  simulate(request: SimulatedRequest): Simulation;
  /**
   * Condition keys that a document reads, as it writes them.
   * @throws Error that says what is wrong with the document.
   */
  contextKeys(document: string): readonly string[];
}
