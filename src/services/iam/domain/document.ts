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

/** Managed policies are identity policies in the newest version of the language. */
export type DocumentKind = 'identity' | 'managed' | 'trust';

/** What else stands in a document or a statement, `condition` or `Resources`, would be a rule that nobody applies. */
const elements = new Set(['Version', 'Id', 'Statement']);
const statementElements = new Set([
  'Sid',
  'Effect',
  ...['Principal', 'Action', 'Resource'].flatMap((name) => [name, `Not${name}`]),
  'Condition',
]);

/**
 * @param kind identity policies name resources and no principal; trust policies the other way round.
 * @param engine what can't be evaluated isn't kept: a Deny that is misspelt would deny nothing.
 */
export function checkDocument(text: string, kind: DocumentKind, engine: PolicyEngine): void {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new MalformedPolicyDocument('This policy contains invalid Json');
  }
  if (!isObject(document)) throw new MalformedPolicyDocument('Syntax errors in policy.');
  checkElements(document, elements, kind);
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
      if (typeof statement.Sid !== 'string' || !/^[0-9A-Za-z]*$/.test(statement.Sid)) {
        throw new MalformedPolicyDocument(
          'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*',
        );
      }
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

function checkElements(given: object, known: ReadonlySet<string>, kind: DocumentKind): void {
  const names = Object.keys(given);
  // Of trust policies AWS says which it is.
  const unknown = names.find((name) => !known.has(name));
  if (kind === 'trust' && unknown !== undefined)
    throw new MalformedPolicyDocument(`Unknown field ${unknown}`);
  const isTwofold = names.some((name) => names.includes(`Not${name}`));
  if (isTwofold || unknown !== undefined) throw new MalformedPolicyDocument('Syntax errors in policy.');
}

function checkStatement(statement: Statement, kind: DocumentKind): void {
  checkElements(statement, statementElements, kind);
  if (statement.Effect !== 'Allow' && statement.Effect !== 'Deny')
    throw new MalformedPolicyDocument('Syntax errors in policy.');
  const actions = statement.Action ?? statement.NotAction;
  if (isNothing(actions)) throw new MalformedPolicyDocument('Policy statement must contain actions.');
  for (const action of listOf(actions)) checkAction(action);
  checkConditionKeys(statement.Condition);
  if (kind === 'trust') {
    if (statement.Resource !== undefined || statement.NotResource !== undefined) {
      throw new MalformedPolicyDocument('Has prohibited field Resource');
    }
    if (statement.Principal === undefined && statement.NotPrincipal === undefined) {
      throw new MalformedPolicyDocument('Missing required field Principal');
    }
    if (!listOf(actions).every((action) => action === '*' || /^sts:/i.test(action))) {
      throw new MalformedPolicyDocument('AssumeRole policy may only specify STS AssumeRole actions.');
    }
    checkPrincipals(statement.Principal ?? statement.NotPrincipal);
    checkSharedProvider(statement);
    return;
  }
  if (statement.Principal !== undefined || statement.NotPrincipal !== undefined) {
    throw new MalformedPolicyDocument('Policy document should not specify a principal.');
  }
  const resources = statement.Resource ?? statement.NotResource;
  if (isNothing(resources)) throw new MalformedPolicyDocument('Policy statement must contain resources.');
  for (const resource of listOf(resources)) checkResource(resource);
}

function checkAction(action: string): void {
  if (action === '*') return;
  const [vendor = '', ...names] = action.split(':');
  if (names.length === 0) throw new MalformedPolicyDocument(noVendor);
  if (names.length > 1) throw new MalformedPolicyDocument('Actions/Condition can contain only one colon.');
  if (!/^[A-Za-z0-9-]+$/.test(vendor)) throw new MalformedPolicyDocument(`Vendor ${vendor} is not valid`);
  if (!/^[A-Za-z0-9*?]+$/.test(names[0] as string)) throw new MalformedPolicyDocument(noVendor);
}

const noVendor = 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.';

function checkConditionKeys(condition: unknown): void {
  if (condition === undefined) return;
  if (!isObject(condition)) throw new MalformedPolicyDocument('Syntax errors in policy.');
  for (const keys of Object.values(condition)) {
    if (isObject(keys) && !Object.keys(keys).every((key) => key.includes(':')))
      throw new MalformedPolicyDocument(noVendor);
  }
}

/** https://github.com/cloud-gov/terraform-provision/pull/1838 has one of the texts. */
function checkResource(resource: string): void {
  if (resource === '*' || /^\*/.test(resource)) return;
  if (!/^arn/.test(resource))
    throw new MalformedPolicyDocument(`Resource ${resource} must be in ARN format or "*".`);
  const [, partition = '', service = '', region = '', account = '', ...path] = resource.split(':');
  if (path.length === 0 && /[*?$]/.test(resource)) return;
  // Neither a variable nor a placeholder may stand for the account.
  if (path.length === 0 || !/^(\d{12}|aws|[\d*?]*[*?][\d*?]*|)$/.test(account))
    throw new MalformedPolicyDocument('The policy failed legacy parsing');
  if (!/^aws(-[a-z-]+)?$|[*?$]/.test(partition)) {
    throw new MalformedPolicyDocument(`Partition "${partition}" is not valid for resource "${resource}".`);
  }
  if (
    service === 's3' &&
    region !== '' &&
    !/[*?$]/.test(region) &&
    path.length === 1 &&
    !/^accesspoint/.test(path[0] as string)
  )
    throw new MalformedPolicyDocument(`Resource ${resource} can not contain region information.`);
  if (service !== 'iam') return;
  if (region !== '' && region !== '*')
    throw new MalformedPolicyDocument(`IAM resource ${resource} cannot contain region information.`);
  if (!iamPath.test(path.join(':'))) {
    throw new MalformedPolicyDocument(
      'IAM resource path must either be "*" or start with user/, federated-user/, role/, group/, instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, access-report/.',
    );
  }
}

/** The root user is a resource that has no path. */
const iamPath =
  /^(\*|root$|[^/]*[*?$]|(user|federated-user|role|group|instance-profile|mfa|u2f|server-certificate|policy|sms-mfa|saml-provider|oidc-provider|report|access-report|delegation-request|role-template)\/)/;

const principalKinds = new Set(['AWS', 'Service', 'Federated', 'CanonicalUser']);

/** Who vouches for somebody else: a provider of IAM's, or one that every account knows by its domain. */
function checkPrincipals(principal: unknown): void {
  if (!isObject(principal)) return;
  const kinds = Object.keys(principal);
  if (kinds.length === 0 || !kinds.every((kind) => principalKinds.has(kind)))
    throw new MalformedPolicyDocument('Syntax errors in policy.');
  if (principal.Federated === undefined) return;
  const isKnown = (name: string) =>
    /^arn:[^:]+:iam::\d{12}:(saml-provider|oidc-provider)\/./.test(name) ||
    /^([a-z0-9-]+\.)+[a-z]{2,}$/i.test(name);
  if (!listOf(principal.Federated).every(isKnown)) {
    throw new MalformedPolicyDocument(
      'Federated principals must be valid domain names or SAML metadata ARNs',
    );
  }
}

const github = 'token.actions.githubusercontent.com';
const scoping = /^(ForAnyValue:)?(StringEquals|StringLike|StringEqualsIgnoreCase)$/i;

/** Anybody can have a token of GitHub's: who trusts it has to say whose workflows. `repo:*` is taken for an answer, `*` isn't. */
function checkSharedProvider({ Effect, Principal, Condition }: Statement): void {
  if (Effect !== 'Allow' || !isObject(Principal)) return;
  const trusted = [Principal.Federated]
    .flat()
    .find((one) => String(one).endsWith(`:oidc-provider/${github}`));
  if (trusted === undefined) return;
  const claims = [`${github}:sub`, `${github}:job_workflow_ref`];
  const isScoped = Object.entries(isObject(Condition) ? Condition : {}).some(
    ([operator, keys]) =>
      scoping.test(operator) &&
      Object.entries(isObject(keys) ? keys : {}).some(
        ([key, values]) => claims.includes(key.toLowerCase()) && [values].flat().some((one) => one !== '*'),
      ),
  );
  if (isScoped) return;
  throw new MalformedPolicyDocument(
    `Trust policy with trusted principal ${trusted} must evaluate, using StringEquals, StringLike or StringEqualsIgnoreCase, ${claims.join(' or ')} which is not scoped to all.`,
  );
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
