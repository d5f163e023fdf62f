import { createHash } from 'node:crypto';

/** Who asks. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html */
export type Principal =
  | { type: 'root'; account: string; arn: string; session?: SessionFacts }
  | {
      type: 'user';
      account: string;
      arn: string;
      userName: string;
      userId: string;
      tags?: Readonly<Record<string, string>>;
      /** Of GetSessionToken; absent for who signs with a key of their own. */
      session?: SessionFacts;
    }
  | {
      type: 'role';
      account: string;
      /** `arn:aws:sts::account:assumed-role/role/session`. */
      arn: string;
      roleArn: string;
      roleId: string;
      sessionName: string;
      /** Inline session policy documents, which only narrow. */
      sessionPolicies?: readonly string[];
      tags?: Readonly<Record<string, string>>;
      /** Absent for work that the cloud itself does as a role. */
      session?: SessionFacts;
    }
  | {
      /** A session of GetFederationToken. */
      type: 'federatedUser';
      account: string;
      /** `arn:aws:sts::account:federated-user/name`. */
      arn: string;
      name: string;
      /** The user or root user who asked for it, whose permissions it has as far as its session policies allow them. */
      user: { arn: string; userName?: string; userId?: string };
      /** None allows nothing. */
      sessionPolicies: readonly string[];
      tags?: Readonly<Record<string, string>>;
      session: SessionFacts;
    }
  | {
      /** Who shows a token or an assertion and wants to be a role: only trust policies name it. */
      type: 'federated';
      /** The role's. */
      account: string;
      /** The provider's ARN, or `cognito-identity.amazonaws.com`, `accounts.google.com`, …, which need none. */
      arn: string;
      keys: FederationKeys;
    }
  | { type: 'service'; account: string; service: string; arn: string; sourceArn?: string }
  | { type: 'anonymous'; account: string; arn: string };

/** What an identity provider says of somebody: condition keys in lower case, `token.example.com:sub`, `saml:aud`. */
export type FederationKeys = Readonly<Record<string, string | readonly string[]>>;

/** What a session was opened with, and has for its whole life. Times in milliseconds since the epoch. */
export interface SessionFacts {
  /** `aws:TokenIssueTime`. */
  readonly issuedAt: number;
  readonly expiresAt?: number;
  /** When its user showed a code of an MFA device; absent when none was asked for. */
  readonly mfaAt?: number;
  readonly sourceIdentity?: string;
  /** Keys of the tags that sessions opened by this one inherit. */
  readonly transitiveTagKeys?: readonly string[];
  /** `aws:FederatedProvider`. */
  readonly federatedProvider?: string;
  readonly keys?: FederationKeys;
  /** The service that opened it for what it runs: `lambda.amazonaws.com` for functions. */
  readonly openedBy?: string;
}

export function rootOf(account: string): Principal {
  return { type: 'root', account, arn: `arn:aws:iam::${account}:root` };
}

/**
 * The canonical user id of an account, another name for it in S3: opaque on AWS, here derived from the account.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/FindCanonicalUserId
 */
export function canonicalUserIdOf(account: string): string {
  return createHash('sha256').update(`canonical user ${account}`).digest('hex');
}

/** A service acting for an account, e.g. `lambda.amazonaws.com`; `sourceArn` fills `aws:SourceArn`. */
export function servicePrincipal(service: string, account: string, sourceArn?: string): Principal {
  return {
    type: 'service',
    service,
    account,
    arn: service,
    ...(sourceArn === undefined ? {} : { sourceArn }),
  };
}
