/** Which statements bear on an action: found once for each set of policies, since actions hold nothing of the request. */
import type { NamedPolicy } from '../../platform/index.ts';
import { compileDenials, compilePolicy, type Patterns, type Statement } from './document.ts';

export interface Candidate {
  /** Id of the policy that it is in. */
  readonly policy: string;
  /** Its text. */
  readonly document: string;
  readonly statement: Statement;
  /** `policy#statement`, for the audit record. */
  readonly name: string;
  /** Of the resource's own policy, not of one of the caller's. */
  readonly isOfResource?: boolean;
}

/** Actions remembered of a set of policies; callers use a few, and clients may send any. */
const actionsMax = 500;

/** The sets are the caches' of whoever keeps the policies; what they forget is forgotten here. */
const known = new WeakMap<object, Map<string, readonly Candidate[]>>();

/**
 * The statements of identity, boundary or session policies whose `Action` matches.
 * @param owner stands for the set of policies: the same object as long as they are the same.
 * @param policies asked for when the action is new.
 */
export function candidatesOf(
  owner: object,
  policies: readonly NamedPolicy[] | (() => readonly NamedPolicy[]),
  { actionInLowerCase }: { readonly actionInLowerCase: string },
): readonly Candidate[] {
  let byAction = known.get(owner);
  if (!byAction) {
    byAction = new Map();
    known.set(owner, byAction);
  }
  const found = byAction.get(actionInLowerCase);
  if (found) return found;
  const candidates = (typeof policies === 'function' ? policies() : policies).flatMap((policy) =>
    candidatesIn(policy, actionInLowerCase),
  );
  if (byAction.size >= actionsMax) byAction.clear();
  byAction.set(actionInLowerCase, candidates);
  return candidates;
}

function candidatesIn({ id, document }: NamedPolicy, action: string): Candidate[] {
  return statementsOf(document)
    .filter(
      // IAM stores no identity policy with a principal or without a resource.
      ({ actions, principals, resources }) => !principals && resources && isAbout(actions, action),
    )
    .map((statement) => ({ policy: id, document, statement, name: `${id}#${statement.id}` }));
}

/** Actions have no variables. */
function isAbout({ patterns, isNegated }: Patterns, action: string): boolean {
  return patterns.some((pattern) => pattern.matches(action, () => undefined)) !== isNegated;
}

/**
 * A document that can't be read allows nothing, and denies what it would deny if its conditions held. Services refuse to
 * store one in the first place, as far as they look.
 */
export function statementsOf(document: string): readonly Statement[] {
  try {
    return compilePolicy(document).statements;
  } catch {
    return compileDenials(document);
  }
}
