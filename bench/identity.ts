/** How many requests a second one core decides on, for a user with ten policies. */

import { Authorizer, type RequestFacts } from '../src/identity/index.ts';
import type { Principal } from '../src/platform/index.ts';
import { enforcement } from './enforcement.ts';
import { median, type Row, type Section } from './lib/report.ts';

const goal = 200_000;
const account = '111122223333';
const user: Principal = {
  type: 'user',
  account,
  arn: `arn:aws:iam::${account}:user/ann`,
  userName: 'ann',
  userId: 'AIDA1',
};
const facts: RequestFacts = { now: 0, region: 'eu-west-1', sourceIp: '10.1.2.3', secure: true };

/** What a team's user has: each service's own rights, some by tag, name or network, and one policy that forbids. */
const statements = [
  ['s3', ['s3:Get*', 's3:List*'], 'arn:aws:s3:::files-*/*'],
  ['sqs', ['sqs:SendMessage', 'sqs:ReceiveMessage', 'sqs:DeleteMessage'], `arn:aws:sqs:*:${account}:*`],
  ['lambda', ['lambda:InvokeFunction'], `arn:aws:lambda:*:${account}:function:orders-*`],
  [
    'logs',
    ['logs:CreateLogStream', 'logs:PutLogEvents'],
    `arn:aws:logs:*:${account}:log-group:/aws/lambda/*`,
  ],
  ['events', ['events:PutEvents'], `arn:aws:events:*:${account}:event-bus/*`],
  ['sns', ['sns:Publish'], `arn:aws:sns:*:${account}:*`],
  ['states', ['states:StartExecution'], `arn:aws:states:*:${account}:stateMachine:*`],
  ['reads', ['dynamodb:BatchGetItem', 'dynamodb:Query'], `arn:aws:dynamodb:*:${account}:table/*`],
  ['rows', ['dynamodb:GetItem', 'dynamodb:PutItem'], `arn:aws:dynamodb:*:${account}:table/orders`],
] as const;
const condition = {
  'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['${aws:username}', '${aws:username}#*'] },
};
const policies = [
  ...statements.map(([id, Action, Resource]) => ({
    id,
    Statement: [{ Effect: 'Allow', Action, Resource, ...(id === 'rows' && { Condition: condition }) }],
  })),
  {
    id: 'limits',
    Statement: [
      { Effect: 'Deny', Action: ['iam:*', 'organizations:*', 'dynamodb:Delete*'], Resource: '*' },
      {
        Effect: 'Deny',
        Action: 'dynamodb:*',
        Resource: '*',
        Condition: { NotIpAddress: { 'aws:SourceIp': '10.0.0.0/8' } },
      },
    ],
  },
].map(({ id, Statement }) => ({ id, document: JSON.stringify({ Version: '2012-10-17', Statement }) }));

export async function identity(options: { rounds: number; durationMs: number }): Promise<Section> {
  const authorizer = new Authorizer('enforce', { policiesOf: () => ({ identityPolicies: policies }) });
  const request = {
    action: 'dynamodb:GetItem',
    resources: [`arn:aws:dynamodb:eu-west-1:${account}:table/orders`],
    context: { 'dynamodb:LeadingKeys': ['ann#1'] },
  };
  const rate = (asked: typeof request, wanted: string, durationMs: number) => {
    const start = performance.now();
    let count = 0;
    for (; performance.now() - start < durationMs; count += 1_000) {
      for (let i = 0; i < 1_000; i++) {
        const decision = authorizer.decide(user, [asked], facts);
        if (decision instanceof Promise || decision.effect !== wanted)
          throw new Error(`Not decided as ${wanted}`);
      }
    }
    return (count * 1_000) / (performance.now() - start);
  };
  const row = (what: string, asked: typeof request, wanted: string): Row => {
    rate(asked, wanted, options.durationMs / 4);
    const perSecond = median(
      Array.from({ length: options.rounds }, () => rate(asked, wanted, options.durationMs)),
    );
    return {
      what,
      measured: `${Math.round(perSecond).toLocaleString('en')} a second`,
      goal: { text: `≥ ${goal.toLocaleString('en')}`, met: perSecond >= goal },
    };
  };
  return {
    title: 'Policy decisions',
    how: 'One core, a user with ten policies and eleven statements, two of them with conditions; `GetItem` with `dynamodb:LeadingKeys`. Then that `GetItem` over HTTP: processor time of the server per request, of a server for each mode.',
    rows: [
      row('allowed', request, 'allow'),
      row('denied by silence', { ...request, action: 'dynamodb:Scan' }, 'implicit-deny'),
      row('denied explicitly', { ...request, action: 'dynamodb:DeleteTable' }, 'explicit-deny'),
      ...(await enforcement(options, policies)),
    ],
  };
}
