/** What makes a policy document acceptable: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html */
import type { PolicyEngine } from '../../../platform/index.ts';
import { MalformedPolicyDocument } from '../errors.ts';

interface Statement {
  Effect?: unknown;
  Action?: unknown;
  NotAction?: unknown;
  Resource?: unknown;
  NotResource?: unknown;
  Principal?: unknown;
  NotPrincipal?: unknown;
  Condition?: unknown;
  Sid?: unknown;
}

/** What else stands in a document or a statement, `condition` or `Resources`, would be a rule that nobody applies. */
const elements = new Set(['Version', 'Id', 'Statement']);
const statementElements = new Set([
  'Sid',
  'Effect',
  ...['Principal', 'Action', 'Resource'].flatMap((name) => [name, `Not${name}`]),
  'Condition',
]);

/**
 * @param kind identity policies name resources and no principal; trust policies the other way round. Managed policies are
 *   identity policies in the newest version of the language.
 * @param engine what can't be evaluated isn't kept: a Deny that is misspelt would deny nothing.
 */
export function checkDocument(
  text: string,
  kind: 'identity' | 'managed' | 'trust',
  engine: PolicyEngine,
): void {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new MalformedPolicyDocument('This policy contains invalid Json');
  }
  if (!isObject(document)) throw new MalformedPolicyDocument('Syntax errors in policy.');
  checkElements(document, elements);
  const { Version, Statement } = document;
  if (Version !== undefined && Version !== '2012-10-17' && Version !== '2008-10-17') {
    throw new MalformedPolicyDocument('The policy must contain a valid version string');
  }
  // https://github.com/Meteor-Community-Packages/Meteor-CollectionFS/issues/630: nothing said is the older version.
  if (kind === 'managed' && Version !== '2012-10-17') {
    throw new MalformedPolicyDocument('Policy document must be version 2012-10-17 or greater.');
  }
  const statements = Array.isArray(Statement) ? Statement : [Statement];
  if (statements.length === 0 || Statement === undefined)
    throw new MalformedPolicyDocument('Syntax errors in policy.');
  const seen = new Set<unknown>();
  for (const statement of statements) {
    if (!isObject(statement)) throw new MalformedPolicyDocument('Syntax errors in policy.');
    checkStatement(statement, kind);
    if (statement.Sid !== undefined && statement.Sid !== '') {
      if (seen.has(statement.Sid))
        throw new MalformedPolicyDocument('Statement IDs (SID) in a single policy must be unique.');
      seen.add(statement.Sid);
    }
  }
  try {
    engine.contextKeys(text);
  } catch {
    throw new MalformedPolicyDocument('Syntax errors in policy.');
  }
}

function checkElements(given: object, known: ReadonlySet<string>): void {
  const names = Object.keys(given);
  const isTwofold = names.some((name) => names.includes(`Not${name}`));
  if (isTwofold || !names.every((name) => known.has(name)))
    throw new MalformedPolicyDocument('Syntax errors in policy.');
}

function checkStatement(statement: Statement, kind: 'identity' | 'managed' | 'trust'): void {
  checkElements(statement, statementElements);
  if (statement.Effect !== 'Allow' && statement.Effect !== 'Deny')
    throw new MalformedPolicyDocument('Syntax errors in policy.');
  const actions = statement.Action ?? statement.NotAction;
  if (isNothing(actions)) throw new MalformedPolicyDocument('Policy statement must contain actions.');
  for (const action of listOf(actions)) {
    if (action !== '*' && !/^[A-Za-z0-9-]+:[A-Za-z0-9*?]+$/.test(action)) {
      throw new MalformedPolicyDocument(
        'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.',
      );
    }
  }
  if (statement.Condition !== undefined && !isObject(statement.Condition))
    throw new MalformedPolicyDocument('Syntax errors in policy.');
  if (kind === 'trust') {
    if (statement.Resource !== undefined || statement.NotResource !== undefined) {
      throw new MalformedPolicyDocument('Has prohibited field Resource');
    }
    if (statement.Principal === undefined && statement.NotPrincipal === undefined) {
      throw new MalformedPolicyDocument('AssumeRolepolicy must contain a principal.');
    }
    if (!listOf(actions).every((action) => action === '*' || /^sts:/i.test(action))) {
      throw new MalformedPolicyDocument('AssumeRole policy may only specify STS AssumeRole actions.');
    }
    checkFederated(statement.Principal ?? statement.NotPrincipal);
    return;
  }
  if (statement.Principal !== undefined || statement.NotPrincipal !== undefined) {
    throw new MalformedPolicyDocument('Policy document should not specify a principal.');
  }
  const resources = statement.Resource ?? statement.NotResource;
  if (isNothing(resources)) throw new MalformedPolicyDocument('Policy statement must contain resources.');
  for (const resource of listOf(resources)) {
    if (resource !== '*' && !/^(arn|\*)/.test(resource)) {
      throw new MalformedPolicyDocument(`Resource ${resource} must be in ARN format or "*".`);
    }
  }
}

/** Who vouches for somebody else: a provider of IAM's, or one that every account knows by its domain. */
function checkFederated(principal: unknown): void {
  if (!isObject(principal) || principal.Federated === undefined) return;
  const isKnown = (name: string) =>
    /^arn:[^:]+:iam::\d{12}:(saml-provider|oidc-provider)\/./.test(name) ||
    /^([a-z0-9-]+\.)+[a-z]{2,}$/i.test(name);
  if (!listOf(principal.Federated).every(isKnown)) {
    throw new MalformedPolicyDocument(
      'Federated principals must be valid domain names or SAML metadata ARNs',
    );
  }
}

/** An empty `NotAction` would leave nothing out: the statement would be about every action. */
function isNothing(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && value.length === 0);
}

function listOf(value: unknown): string[] {
  const list = Array.isArray(value) ? value : [value];
  if (!list.every((item) => typeof item === 'string'))
    throw new MalformedPolicyDocument('Syntax errors in policy.');
  return list;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
