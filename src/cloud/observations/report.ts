/** What `brume iam report` tells: what policies deny, and for each principal the policy that its calls would need. */
import type { ObservedAction } from '../../platform/index.ts';
import { leastPrivilege, type PolicyDocument } from './leastPrivilege.ts';
import type { Observer } from './observer.ts';

export interface IamReport {
  readonly denials: readonly ReportedDenial[];
  readonly principals: readonly ReportedPrincipal[];
}

export interface ReportedDenial {
  readonly account: string;
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  /** AWS's words. */
  readonly reason: string;
  /** False where the mode of the account let it pass. */
  readonly refused: boolean;
  readonly count: number;
  readonly lastSeen: string;
}

export interface ReportedPrincipal {
  readonly account: string;
  readonly principal: string;
  /** Attempts. */
  readonly calls: number;
  readonly actions: number;
  readonly lastSeen: string;
  /** What allows all that was seen, and no more than it takes. */
  readonly policy: PolicyDocument;
}

export interface ReportQuestion {
  /** All accounts when absent. */
  readonly account?: string;
  /** `role/worker`; everybody when absent. */
  readonly principal?: string;
  /** Milliseconds since the epoch: only what was seen at or after it. */
  readonly since: number;
}

export async function iamReport(observer: Observer, question: ReportQuestion): Promise<IamReport> {
  const { account, principal, since } = question;
  const denials: ReportedDenial[] = [];
  const principals: ReportedPrincipal[] = [];
  for (const each of account === undefined ? await observer.accounts() : [account]) {
    const seen = (await observer.of(each, principal)).filter(({ lastSeen }) => lastSeen >= since);
    denials.push(...seen.flatMap((action) => denialsOf(each, action, since)));
    for (const [name, actions] of Map.groupBy(seen, (action) => action.principal)) {
      if (/^(user|role|federated-user)\//.test(name))
        principals.push(principalOf(each, name, actions, since));
    }
  }
  denials.sort((a, b) => b.count - a.count || (a.lastSeen < b.lastSeen ? 1 : -1));
  return { denials, principals };
}

function denialsOf(account: string, { principal, action, denials }: ObservedAction, since: number) {
  return denials
    .filter(({ lastSeen }) => lastSeen >= since)
    .map(({ resource, reason, refused, count, lastSeen }) => ({
      account,
      principal,
      action,
      resource,
      reason,
      refused,
      count,
      lastSeen: new Date(lastSeen).toISOString(),
    }));
}

function principalOf(
  account: string,
  principal: string,
  actions: readonly ObservedAction[],
  since: number,
): ReportedPrincipal {
  const recent = actions.map((action) => ({
    ...action,
    resources: action.resources.filter(({ lastSeen }) => lastSeen >= since),
  }));
  return {
    account,
    principal,
    calls: actions.reduce((sum, { count }) => sum + count, 0),
    actions: actions.length,
    lastSeen: new Date(Math.max(...actions.map(({ lastSeen }) => lastSeen))).toISOString(),
    policy: leastPrivilege(recent),
  };
}
