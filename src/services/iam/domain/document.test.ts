import { expect, it } from 'vitest';
import { policyEngine } from '../../../identity/index.ts';
import { checkDocument } from './document.ts';

const check = (statement: object, kind: 'identity' | 'managed' | 'trust' = 'managed') => {
  const whole =
    kind === 'trust'
      ? { Effect: 'Allow', Action: 'sts:AssumeRole', ...statement }
      : { Effect: 'Allow', Action: 's3:GetObject', Resource: '*', ...statement };
  const Statement = Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== undefined));
  checkDocument(JSON.stringify({ Version: '2012-10-17', Statement }), kind, policyEngine);
};

it.each([
  [{ Effect: 'allow' }, 'Syntax errors in policy.'],
  [{ Foo: 'x' }, 'Syntax errors in policy.'],
  [{ Condition: 'x' }, 'Syntax errors in policy.'],
  [{ Condition: { Foo: { 'aws:x': 'y' } } }, 'Syntax errors in policy.'],
  [{ Action: undefined }, 'Policy statement must contain actions.'],
  [{ Resource: undefined }, 'Policy statement must contain resources.'],
  [{ Principal: '*' }, 'Policy document should not specify a principal.'],
  [{ Action: 's3' }, 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.'],
  [
    { Condition: { StringEquals: { a: 'b' } } },
    'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.',
  ],
  [{ Action: ['*', 'a:b:c'] }, 'Actions/Condition can contain only one colon.'],
  [{ Action: 'a b:Get' }, 'Vendor a b is not valid'],
  [
    { Sid: 'a b' },
    'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*',
  ],
  [{ Resource: 'bucket' }, 'Resource bucket must be in ARN format or "*".'],
  [{ Resource: 'arn:aws:s3' }, 'The policy failed legacy parsing'],
  [{ Resource: 'arn:aws:s3::bucket' }, 'The policy failed legacy parsing'],
  [{ Resource: 'arn:aws:sqs:us-east-1:<ACCOUNT_ID>:q' }, 'The policy failed legacy parsing'],
  [{ Resource: 'arn:aws:sqs:us-east-1:${aws:PrincipalAccount}:q' }, 'The policy failed legacy parsing'],
  [{ Resource: 'arn:foo:s3:::x' }, 'Partition "foo" is not valid for resource "arn:foo:s3:::x".'],
  [
    { Resource: 'arn:aws:s3:us-east-1::bucket' },
    'Resource arn:aws:s3:us-east-1::bucket can not contain region information.',
  ],
  [
    { Resource: 'arn:aws:iam:us-east-1:123456789012:user/x' },
    'IAM resource arn:aws:iam:us-east-1:123456789012:user/x cannot contain region information.',
  ],
  [
    { Resource: 'arn:aws:iam::123456789012:users/x' },
    'IAM resource path must either be "*" or start with user/, federated-user/, role/, group/, instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, access-report/.',
  ],
])('refuses the statement %j', (statement, message) => {
  expect(() => check(statement)).toThrow(
    expect.objectContaining({ code: 'MalformedPolicyDocument', message }),
  );
});

it.each([
  { Resource: 'arn:aws:iam::123456789012:*' },
  { Resource: 'arn:aws:iam::*:role/x' },
  { Resource: 'arn:aws:iam::123456789012:role*' },
  { Resource: 'arn:aws:iam::123456789012:root' },
  { Resource: 'arn:aws:iam::123456789012:user/${aws:username}' },
  { Resource: 'arn:aws-us-gov:s3:::x/*' },
  { Resource: 'arn:*:s3:::x' },
  { Resource: ['arn:aws:sqs:*:*:q', 'arn:aws:iam::aws:policy/*', 'arn:aws:sqs:*:1234*:q', 'arn:aws:s3*'] },
  { Resource: 'arn:aws:s3:eu-west-1:123456789012:accesspoint/x' },
  { Resource: ['arn:aws:s3:*:*:job/*', 'arn:aws:dynamodb:us-east-1:123456789012:table/t'] },
  { Resource: 'arn:aws:logs:*:*:log-group:/aws/lambda/f:*' },
  { Sid: '', Action: 'execute-api:*' },
  { Condition: { StringEquals: { 'token.actions.githubusercontent.com:sub': 'x' } } },
])('takes the statement %j', (statement) => {
  expect(() => check(statement)).not.toThrow();
});

const provider = 'token.actions.githubusercontent.com';
const github = { Principal: { Federated: `arn:aws:iam::123456789012:oidc-provider/${provider}` } };
const unscoped = `Trust policy with trusted principal ${github.Principal.Federated} must evaluate, using StringEquals, StringLike or StringEqualsIgnoreCase, ${provider}:sub or ${provider}:job_workflow_ref which is not scoped to all.`;
const when = (operator: string, values: unknown, claim = 'sub') => ({
  ...github,
  Action: 'sts:AssumeRoleWithWebIdentity',
  Condition: { [operator]: { [`${provider}:${claim}`]: values } },
});

it.each([
  [{ Principal: {} }, 'Syntax errors in policy.'],
  [{ Principal: { Foo: 'x' } }, 'Syntax errors in policy.'],
  [{ Principal: 'foo' }, 'Syntax errors in policy.'],
  [{}, 'Missing required field Principal'],
  [{ Principal: '*', Resource: '*' }, 'Has prohibited field Resource'],
  [{ Principal: '*', Comment: 'x' }, 'Unknown field Comment'],
  [github, unscoped],
  [when('StringEquals', 'sts.amazonaws.com', 'aud'), unscoped],
  [when('StringLike', '*'), unscoped],
  [when('StringNotEquals', 'repo:me/mine:*'), unscoped],
])('refuses the trust of %j', (statement, message) => {
  const refused = expect.objectContaining({ code: 'MalformedPolicyDocument', message });
  expect(() => check(statement, 'trust')).toThrow(refused);
});

it.each([
  when('StringLike', 'repo:*'),
  when('StringLike', ['repo:me/mine:*', '*']),
  when('StringEquals', 'me/mine/.github/workflows/ci.yml@refs/heads/main', 'job_workflow_ref'),
  { ...github, Effect: 'Deny' },
])('takes the trust of %j', (statement) => {
  expect(() => check(statement, 'trust')).not.toThrow();
});
