/** What principals were seen to do: the port that IAM's access advisor reads, filled from the audit records. */

/** One action of a principal, since it was first seen. */
export interface ObservedAction {
  /** `user/ann`, `role/worker`, `federated-user/bob`, `root`, `service/lambda.amazonaws.com`, `anonymous`. */
  readonly principal: string;
  /** `dynamodb:GetItem`. */
  readonly action: string;
  /** Region of the last attempt. */
  readonly region: string;
  /** Attempts, those that were refused too. */
  readonly count: number;
  /** Milliseconds since the epoch. */
  readonly firstSeen: number;
  readonly lastSeen: number;
  /** What passed, by resource; resources that were too many to tell apart are prefixes. */
  readonly resources: readonly ObservedResource[];
  /** What policies denied, whether or not it was refused. */
  readonly denials: readonly ObservedDenial[];
}

export interface ObservedResource {
  readonly resource: string;
  /** True when `resource` stands for all that begins like it. */
  readonly isPrefix: boolean;
  readonly count: number;
  readonly lastSeen: number;
}

export interface ObservedDenial {
  readonly resource: string;
  readonly effect: 'implicit-deny' | 'explicit-deny';
  /** AWS's words. */
  readonly reason: string;
  /** False where the mode let it pass. */
  readonly refused: boolean;
  readonly count: number;
  readonly lastSeen: number;
}

export interface Observations {
  /** All that was seen in an account, up to the last request; of one principal when it is named. */
  of(account: string, principal?: string): Promise<ObservedAction[]>;
}
