import { expect, it } from 'vitest';
import { namespacesOf, serviceNames } from './serviceNamespaces.ts';

const of = (...Statement: object[]) =>
  [...namespacesOf(JSON.stringify({ Version: '2012-10-17', Statement }))].sort();
const all = Object.keys(serviceNames).sort();

it.each<[string, object, string[]]>([
  ['actions', { Action: ['DynamoDB:GetItem', 's3:*'] }, ['dynamodb', 's3']],
  ['a service that is not here', { Action: 'bedrock:InvokeModel' }, ['bedrock']],
  ['everything', { Action: '*' }, all],
  ['a wildcard over services', { Action: 'cognito-*:List*' }, ['cognito-identity', 'cognito-idp']],
  ['all but some', { NotAction: ['iam:*', 's3:GetObject'] }, all.filter((name) => name !== 'iam')],
])('tells the services of %s', (_what, statement, expected) => {
  expect(of({ Effect: 'Allow', Resource: '*', ...statement })).toEqual(expected);
});

it('takes a denial for no permission, and one statement for a list', () => {
  expect(of({ Effect: 'Deny', Action: '*', Resource: '*' })).toEqual([]);
  expect([...namespacesOf('{"Statement":{"Effect":"Allow","Action":"sqs:SendMessage"}}')]).toEqual(['sqs']);
});
