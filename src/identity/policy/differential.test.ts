/**
 * Decisions on generated policies against those of another engine, @cloud-copilot/iam-simulate. `npm run policies` asks
 * 100,000 questions, the suite a few thousand; a failure prints the seed and the smallest question that differs.
 */
import { anonymousPrincipal, runSimulation, type Simulation } from '@cloud-copilot/iam-simulate';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Principal, rootOf, servicePrincipal } from '../../platform/index.ts';
import type { RequestFacts } from '../authorize.ts';
import { requestContext } from './context.ts';
import { evaluate, type Question } from './evaluate.ts';

const cases = Number(process.env.POLICY_CASES ?? 3_000);
const account = '111122223333';
const stranger = '999988887777';
const facts: RequestFacts = {
  now: Date.parse('2025-06-01T00:00:00Z'),
  region: 'eu-west-1',
  sourceIp: '10.1.2.3',
  secure: false,
};

const principals: readonly Principal[] = [
  { type: 'user', account, arn: `arn:aws:iam::${account}:user/ann`, userName: 'ann', userId: 'AIDA1' },
  {
    type: 'role',
    account,
    arn: `arn:aws:sts::${account}:assumed-role/worker/one`,
    roleArn: `arn:aws:iam::${account}:role/worker`,
    roleId: 'AROA1',
    sessionName: 'one',
    tags: { Team: 'blue' },
  },
  rootOf(account),
  servicePrincipal('sns.amazonaws.com', account, `arn:aws:sns:eu-west-1:${account}:topic`),
  { type: 'anonymous', account, arn: 'anonymous' },
  {
    type: 'federatedUser',
    account,
    arn: `arn:aws:sts::${account}:federated-user/ann`,
    name: 'ann',
    user: { arn: `arn:aws:iam::${account}:user/ann`, userName: 'ann', userId: 'AIDA1' },
    sessionPolicies: [],
    session: { issuedAt: facts.now },
  },
  {
    type: 'federated',
    account,
    arn: `arn:aws:iam::${account}:oidc-provider/token.example.com`,
    keys: {},
  },
];

interface Target {
  action: string;
  resource: (owner: string) => string;
  hasPolicyAlways?: true;
}
const byToken: Target = {
  action: 'sts:AssumeRoleWithWebIdentity',
  resource: (owner) => `arn:aws:iam::${owner}:role/worker`,
  hasPolicyAlways: true,
};

/** Actions with a resource of theirs in an account. */
const targets: readonly Target[] = [
  { action: 's3:GetObject', resource: () => 'arn:aws:s3:::ann-files/blue/report:1' },
  { action: 'dynamodb:PutItem', resource: (owner) => `arn:aws:dynamodb:eu-west-1:${owner}:table/ann` },
  { action: 'sqs:SendMessage', resource: (owner) => `arn:aws:sqs:eu-west-1:${owner}:queue` },
  {
    action: 'sts:AssumeRole',
    resource: (owner) => `arn:aws:iam::${owner}:role/worker`,
    hasPolicyAlways: true,
  },
  byToken,
  {
    action: 'kms:Decrypt',
    resource: (owner) => `arn:aws:kms:eu-west-1:${owner}:key/1`,
    hasPolicyAlways: true,
  },
];

type Values = string | string[];
type Context = Record<string, Values>;

/** Keys that the request has or hasn't, with values that policies may name. */
const keys: Record<string, { given: readonly Values[]; wanted: readonly string[] }> = {
  'aws:UserAgent': {
    given: ['blue', 'Blue', 'blue*', 'a b', ''],
    wanted: [
      'blue',
      'BLUE',
      'b*',
      '?lue',
      '*',
      '${aws:PrincipalTag/Team}',
      "${aws:username, 'blue'}",
      'blue${*}',
    ],
  },
  'aws:TagKeys': {
    given: [['a', 'b'], ['a'], ['blue', 'B']],
    wanted: ['a', 'b', 'A', 'b*', '${aws:PrincipalTag/Team}', '${aws:UserAgent}'],
  },
  'aws:MultiFactorAuthAge': {
    given: ['5', '5.0', '-1', '10'],
    wanted: ['5', '10', '-1', '1000', '5.5'],
  },
  'aws:TokenIssueTime': {
    given: ['2025-06-01T00:00:00Z', '2025-01-01T00:00:00.000Z', '1748736000'],
    wanted: ['2025-06-01T00:00:00Z', '2025-01-01', '1748736000', '2030-01-01T00:00:00+02:00'],
  },
  'aws:MultiFactorAuthPresent': { given: ['true', 'false', 'True'], wanted: ['true', 'false', 'TRUE'] },
  'aws:SourceIp': {
    given: [],
    wanted: ['10.0.0.0/8', '10.1.2.3', '192.0.2.0/24', '2001:db8::/32', '0.0.0.0/0'],
  },
  'aws:VpcSourceIp': {
    given: ['2001:db8::9', '192.0.2.7', '10.1.2.3'],
    wanted: ['2001:db8::/32', '192.0.2.0/24'],
  },
  'aws:SourceArn': {
    given: [`arn:aws:sns:eu-west-1:${account}:topic`, 'arn:aws:s3:::bucket/a:b'],
    wanted: [
      `arn:aws:sns:eu-west-1:${account}:topic`,
      'arn:aws:sns:*:*:*',
      'arn:aws:sns:eu-*-1:*:t?pic',
      'arn:aws:s3:::bucket/*',
      'arn:aws:sns:*:${aws:PrincipalAccount}:*',
    ],
  },
  'aws:PrincipalTag/Team': { given: [], wanted: ['blue', 'red', 'b*'] },
  'aws:PrincipalArn': {
    given: [],
    wanted: [`arn:aws:iam::${account}:user/ann`, `arn:aws:iam::${account}:role/*`, `arn:aws:iam::*:root`],
  },
  'aws:PrincipalType': { given: [], wanted: ['User', 'AssumedRole', 'Account', 'Anonymous'] },
  'aws:Referer': { given: [], wanted: ['a', 'true', '5'] },
};
const operators: Record<string, readonly string[]> = {
  String: [
    'StringEquals',
    'StringNotEquals',
    'StringEqualsIgnoreCase',
    'StringNotEqualsIgnoreCase',
    'StringLike',
    'StringNotLike',
  ],
  Numeric: [
    'NumericEquals',
    'NumericNotEquals',
    'NumericLessThan',
    'NumericLessThanEquals',
    'NumericGreaterThan',
    'NumericGreaterThanEquals',
  ],
  Date: [
    'DateEquals',
    'DateNotEquals',
    'DateLessThan',
    'DateLessThanEquals',
    'DateGreaterThan',
    'DateGreaterThanEquals',
  ],
  Bool: ['Bool'],
  Ip: ['IpAddress', 'NotIpAddress'],
  Arn: ['ArnEquals', 'ArnLike', 'ArnNotEquals', 'ArnNotLike'],
};
const kindsOf: Record<string, readonly string[]> = {
  'aws:UserAgent': ['String'],
  'aws:TagKeys': ['String'],
  'aws:MultiFactorAuthAge': ['Numeric'],
  'aws:TokenIssueTime': ['Date'],
  'aws:MultiFactorAuthPresent': ['Bool'],
  'aws:SourceIp': ['Ip'],
  'aws:VpcSourceIp': ['Ip'],
  'aws:SourceArn': ['Arn'],
  'aws:PrincipalTag/Team': ['String'],
  'aws:PrincipalArn': ['Arn', 'String'],
  'aws:PrincipalType': ['String'],
  'aws:Referer': Object.keys(operators).filter(
    (kind) => kind === 'String' || kind === 'Bool' || kind === 'Numeric',
  ),
};

const oneOrMore = (values: readonly string[], maxLength = 2) =>
  fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength });

const condition = fc.constantFrom(...Object.keys(keys)).chain((key) => {
  const named = (kindsOf[key] ?? []).flatMap((kind) => operators[kind] ?? []);
  const compared = fc
    .tuple(
      // AWS wants a set operator on a key with several values.
      fc.constantFrom(...(key === 'aws:TagKeys' ? [] : ['', '', '']), 'ForAllValues:', 'ForAnyValue:'),
      fc.constantFrom(...named),
      fc.constantFrom('', '', 'IfExists'),
      oneOrMore(keys[key]?.wanted ?? []),
    )
    .map(([quantifier, operator, ifExists, values]) => ({
      [`${quantifier}${operator}${ifExists}`]: { [key]: values },
    }));
  const absent = fc.constantFrom('true', 'false').map((value) => ({ Null: { [key]: value } }));
  return fc.oneof({ weight: 9, arbitrary: compared }, { weight: 1, arbitrary: absent });
});

const actions = [
  '*',
  's3:*',
  's3:Get*',
  'S3:getobject',
  'dynamodb:PutItem',
  'dynamodb:?utItem',
  'sqs:*',
  'sts:AssumeRole',
  'sts:AssumeRoleWith*',
  'kms:*',
  'kms:D*t',
];
const resources = [
  '*',
  'arn:aws:s3:::ann-files/*',
  'arn:aws:s3:::ann-files/blue/report:1${*}',
  'arn:aws:s3:::${aws:username}-files/*',
  "arn:aws:s3:::${aws:username, 'ann'}-files/${aws:PrincipalTag/Team, 'blue'}/*",
  `arn:aws:dynamodb:*:${account}:table/*`,
  'arn:aws:dynamodb:eu-*-1:*:table/a?n',
  'arn:aws:dynamodb:eu-west-1:*:table/${aws:username}',
  'arn:aws:sqs:*:*:queue',
  'arn:aws:*:*:*:*',
  `arn:aws:iam::${account}:role/*`,
  'arn:aws:kms:eu-west-1:*:key/*',
];
const everyone: readonly unknown[] = [
  '*',
  { AWS: '*' },
  { AWS: account },
  { AWS: `arn:aws:iam::${account}:root` },
  { AWS: [`arn:aws:iam::${account}:user/ann`, `arn:aws:iam::${stranger}:root`] },
  { AWS: `arn:aws:iam::${account}:role/worker` },
  { AWS: `arn:aws:sts::${account}:assumed-role/worker/one` },
  { AWS: `arn:aws:iam::${account}:user/bob` },
  { Service: ['sns.amazonaws.com', 'events.amazonaws.com'] },
  { Service: 'lambda.amazonaws.com' },
  { AWS: `arn:aws:sts::${account}:federated-user/ann` },
  { Federated: `arn:aws:iam::${account}:oidc-provider/token.example.com` },
  {
    Federated: ['cognito-identity.amazonaws.com', `arn:aws:iam::${account}:oidc-provider/token.example.com`],
  },
  { Federated: `arn:aws:iam::${account}:saml-provider/office` },
];

const statement = fc
  .record({
    Effect: fc.constantFrom('Allow', 'Allow', 'Allow', 'Deny'),
    action: fc.tuple(fc.constantFrom('Action', 'Action', 'Action', 'NotAction'), oneOrMore(actions, 3)),
    resource: fc.tuple(
      fc.constantFrom('Resource', 'Resource', 'Resource', 'NotResource'),
      oneOrMore(resources, 3),
    ),
    conditions: fc.array(condition, { maxLength: 2 }),
  })
  .map(({ Effect, action, resource, conditions }) => ({
    Effect,
    [action[0]]: action[1],
    [resource[0]]: resource[1],
    ...(conditions.length === 0
      ? {}
      : { Condition: Object.assign({}, ...conditions) as Record<string, unknown> }),
  }));
const version = fc.constantFrom('2012-10-17', '2012-10-17', '2012-10-17', '2008-10-17');
const policy = fc.record({
  Version: version,
  Statement: fc.array(statement, { minLength: 1, maxLength: 3 }),
});
const resourcePolicy = fc.record({
  Version: version,
  Statement: fc.array(
    fc
      .tuple(
        statement,
        fc.constantFrom('Principal', 'Principal', 'Principal', 'NotPrincipal'),
        fc.constantFrom(...everyone),
      )
      // IAM takes NotPrincipal beside Deny only.
      .map(([body, element, who]) => ({
        ...body,
        [body.Effect === 'Deny' && who !== '*' ? element : 'Principal']: who,
      })),
    { minLength: 1, maxLength: 3 },
  ),
});

/** Whether somebody whom a provider of the account knows is of the account before there is a session, AWS doesn't say. */
const namesAccount = (policy: object): boolean =>
  new RegExp(`"AWS":\\[?("${account}"|"[^"]*${account}:root")`).test(JSON.stringify(policy));

const scenes = fc
  .record({
    principal: fc.constantFrom(...principals),
    target: fc.constantFrom(...targets),
    owner: fc.constantFrom(account, account, stranger),
    context: fc.record(
      Object.fromEntries(
        Object.entries(keys)
          .filter(([, { given }]) => given.length > 0)
          .map(([key, { given }]) => [key, fc.constantFrom<Values>(...given)]),
      ),
      { requiredKeys: [] },
    ),
    identity: fc.array(policy, { maxLength: 3 }),
    boundary: fc.option(policy, { nil: undefined, freq: 3 }),
    session: fc.option(policy, { nil: undefined, freq: 3 }),
    resource: fc.option(resourcePolicy, { nil: undefined, freq: 2 }),
  })
  .filter(({ target, resource }) => resource !== undefined || !target.hasPolicyAlways)
  // Who shows a token asks the roles of one account, and nothing else.
  .map((one) => (one.principal.type === 'federated' ? { ...one, owner: account, target: byToken } : one))
  .filter(
    ({ principal, resource }) =>
      principal.type !== 'federated' || (resource !== undefined && !namesAccount(resource)),
  );
type Scene = typeof scenes extends fc.Arbitrary<infer T> ? T : never;

function hasOwnPolicies({ type }: Principal): boolean {
  return type === 'user' || type === 'role' || type === 'federatedUser';
}

/** A federated user without a session policy may do nothing, which the other engine has no word for. */
function sessionOf({ type }: Principal, session: Scene['session']): Scene['session'] {
  if (type === 'federatedUser') return session ?? (allowAll as unknown as Scene['session']);
  return type === 'role' ? session : undefined;
}

function ours({ principal, target, owner, context, identity, boundary, session, resource }: Scene) {
  const hasPolicies = hasOwnPolicies(principal);
  const narrowing = sessionOf(principal, session);
  const question: Question = {
    principal:
      narrowing && (principal.type === 'role' || principal.type === 'federatedUser')
        ? { ...principal, sessionPolicies: [JSON.stringify(narrowing)] }
        : principal,
    request: {
      action: target.action,
      resources: [target.resource(owner)],
      resourceAccount: owner,
      context: context as Context,
      ...(resource && { resourcePolicy: JSON.stringify(resource) }),
    },
    policies: {
      identityPolicies: hasPolicies
        ? identity.map((one, i) => ({ id: `p${i}`, document: JSON.stringify(one) }))
        : [],
      ...(hasPolicies && boundary && { boundary: { id: 'b', document: JSON.stringify(boundary) } }),
    },
    facts,
  };
  return { question, effect: evaluate(question).effect };
}

/** Global keys, as our side reads them: what is compared is the judgement, not the facts. */
const globals = [
  'aws:TokenIssueTime',
  'aws:MultiFactorAuthPresent',
  'aws:SourceArn',
  'aws:SourceIp',
  'aws:PrincipalTag/Team',
  'aws:PrincipalArn',
  'aws:PrincipalType',
  'aws:PrincipalAccount',
  'aws:username',
];

/** Root may do everything in its account, which the other engine wants to hear from a policy. */
const allowAll = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };

/**
 * What the two are known to judge differently is said in words that they judge alike, so that all else is compared still.
 * The README says why.
 */
function inTheirWords(document: { Version: string }, context: Context): unknown {
  const isOld = document.Version !== '2012-10-17';
  const text = JSON.stringify(document)
    .replaceAll('"0.0.0.0/0"', '"0.0.0.0/1","128.0.0.0/1"')
    .replaceAll('"1748736000"', '"2025-06-01T00:00:00Z"')
    .replaceAll(/\$\{([^},]{2,})\}/g, (whole, name: string) =>
      name in context && !isOld ? whole : 'valueless',
    )
    .replaceAll('${aws:PrincipalAccount}', context['aws:PrincipalAccount'] as string);
  return JSON.parse(isOld ? text.replaceAll('${', '#{') : text, (name, value) => {
    const read = /^For(All|Any)/.test(name) ? withoutEmpty(value as object, context) : (value as unknown);
    if (/String(Not)?Equals/.test(name)) return JSON.parse(JSON.stringify(read).replaceAll('${*}', '*'));
    return read;
  });
}

/** A key that holds but an empty text is as good as absent to set operators: a key is asked for that is. */
function withoutEmpty(compared: object, context: Context): object {
  const entries = Object.entries(compared);
  return Object.fromEntries(
    entries.map(([key, value]) => [context[key] === '' ? 'aws:SourceVpc' : key, value] as const),
  );
}

/** @param say how a policy is put to the other engine. */
async function theirs(scene: Scene, question: Question, say: typeof inTheirWords = inTheirWords) {
  const { principal, target, owner, context, identity, boundary, session, resource } = scene;
  const read = requestContext(principal, question.request, facts, target.resource(owner));
  const contextVariables = JSON.parse(
    JSON.stringify(context).replaceAll('"1748736000"', '"2025-06-01T00:00:00Z"'),
  ) as Context;
  for (const key of globals) {
    const value = read(key.toLowerCase())?.[0];
    if (value !== undefined) contextVariables[key] ??= value;
  }
  const hasPolicies = hasOwnPolicies(principal);
  const narrowing = sessionOf(principal, session);
  const simulation: Simulation = {
    request: {
      principal: principal.type === 'anonymous' ? anonymousPrincipal : principal.arn,
      action: target.action,
      resource: { resource: target.resource(owner), accountId: owner },
      contextVariables,
    },
    identityPolicies: (hasPolicies ? identity : principal.type === 'root' ? [allowAll] : []).map(
      (one, i) => ({
        name: `p${i}`,
        policy: say(one, contextVariables),
      }),
    ),
    serviceControlPolicies: [],
    resourceControlPolicies: [],
    ...(narrowing && { sessionPolicy: say(narrowing, contextVariables) }),
    ...(hasPolicies &&
      boundary && {
        permissionBoundaryPolicies: [{ name: 'b', policy: say(boundary, contextVariables) }],
      }),
    ...(resource && { resourcePolicy: say(resource, contextVariables) }),
  };
  const effects = {
    Allowed: 'allow',
    ExplicitlyDenied: 'explicit-deny',
    ImplicitlyDenied: 'implicit-deny',
  } as const;
  const result = await runSimulation(simulation, {});
  return result.resultType === 'error' ? JSON.stringify(result.errors) : effects[result.overallResult];
}

/** A resource policy that names the session or everyone isn't limited by the silence of a session policy. */
function isBeyondSession({ principal, owner, session, resource }: Scene): boolean {
  if ((principal.type !== 'role' && principal.type !== 'federatedUser') || owner !== account || !session)
    return false;
  return (
    JSON.stringify(resource?.Statement ?? []).match(
      /"Principal":("\*"|\{"AWS":"(\*|[^"]*(assumed-role|federated-user)[^"]*)")|NotPrincipal/,
    ) !== null
  );
}

it('decides as the other engine does', { timeout: 600_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(scenes, async (one) => {
      const { question, effect } = ours(one);
      let other = await theirs(one, question);
      if (isBeyondSession(one) && effect === 'allow')
        other = await theirs({ ...one, session: undefined }, question);
      expect(effect).toBe(other);
    }),
    { numRuns: cases },
  );
});

it('would notice a permissions boundary that is forgotten', async () => {
  const forgetful = fc.asyncProperty(scenes, async (one) => {
    const { question } = ours(one);
    const { effect } = ours({ ...one, boundary: undefined });
    expect(effect).toBe(await theirs(one, question));
  });
  expect((await fc.check(forgetful, { numRuns: 1_000, endOnFailure: true })).failed).toBe(true);
});

const [user, role] = principals as [Principal, Principal];
const statementOf = (more: object, Version = '2012-10-17') => ({
  Version,
  Statement: [{ Effect: 'Allow', Action: ['*'], Resource: ['*'], ...more }],
});
const [file] = targets as [(typeof targets)[number]];
const plain: Scene = {
  principal: user,
  target: file,
  owner: account,
  context: {},
  identity: [],
  boundary: undefined,
  session: undefined,
  resource: undefined,
};
const having = (Condition: object, context: Context = {}, Version?: string): Scene => ({
  ...plain,
  context,
  identity: [statementOf({ Condition }, Version)] as Scene['identity'],
});
const forEveryone = statementOf({ Principal: '*' }) as unknown as Scene['resource'];
const silent = statementOf({ Action: ['sqs:*'] }) as unknown as Scene['session'];

// What the README's table says, so that it is noticed when the other engine changes.
it.each<[string, Scene]>([
  ['a network of all addresses', having({ IpAddress: { 'aws:SourceIp': '0.0.0.0/0' } })],
  [
    'seconds since the epoch',
    having(
      { DateEquals: { 'aws:TokenIssueTime': '1748736000' } },
      { 'aws:TokenIssueTime': '2025-06-01T00:00:00Z' },
    ),
  ],
  [
    'a variable in an ARN operator',
    having(
      { ArnLike: { 'aws:SourceArn': 'arn:aws:sns:*:${aws:PrincipalAccount}:*' } },
      { 'aws:SourceArn': `arn:aws:sns:eu-west-1:${account}:topic` },
    ),
  ],
  [
    'an escaped asterisk',
    having({ StringEquals: { 'aws:UserAgent': 'blue${*}' } }, { 'aws:UserAgent': 'blue*' }),
  ],
  [
    'a negated operator with a variable without a value',
    having({ StringNotEquals: { 'aws:UserAgent': '${aws:Referer}' } }, { 'aws:UserAgent': 'blue' }),
  ],
  [
    'for all values, an empty text',
    having({ 'ForAllValues:StringEquals': { 'aws:UserAgent': 'blue' } }, { 'aws:UserAgent': '' }),
  ],
  [
    'everyone and a silent session policy',
    { ...plain, principal: role, session: silent, resource: forEveryone },
  ],
])('allows, where the other engine does not, %s', async (_what, one) => {
  const { question, effect } = ours(one);
  expect(effect).toBe('allow');
  expect(await theirs(one, question, (document) => ({ ...document }))).toBe('implicit-deny');
});

it('takes variables of old policies as text, where the other engine does not', async () => {
  const one = having({ StringEquals: { 'aws:username': '${aws:username}' } }, {}, '2008-10-17');
  const { question, effect } = ours(one);
  expect(effect).toBe('implicit-deny');
  expect(await theirs(one, question, (document) => ({ ...document }))).toBe('allow');
});
