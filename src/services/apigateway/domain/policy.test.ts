import { describe, expect, it } from 'vitest';
import { decide, type PolicyQuestion } from './policy.ts';

const resource = 'arn:aws:execute-api:eu-west-1:123456789012:api/prod/GET/items/1';
const question = (sourceIp = '203.0.113.7', more: Partial<PolicyQuestion> = {}): PolicyQuestion => ({
  resource,
  keys: { 'aws:sourceip': sourceIp },
  ...more,
});
const statement = (more: object) => ({
  Statement: [{ Effect: 'Allow', Principal: '*', Action: 'execute-api:Invoke', Resource: '*', ...more }],
});

describe('a policy', () => {
  it.each<[string, object, string]>([
    ['allows what matches', statement({}), 'allow'],
    ['knows short resources', statement({ Resource: 'execute-api:/prod/*/items/*' }), 'allow'],
    [
      'knows lists',
      statement({ Resource: ['execute-api:/dev/*', 'execute-api:/prod/GET/items/?'] }),
      'allow',
    ],
    ['says nothing of other resources', statement({ Resource: 'execute-api:/dev/*' }), 'none'],
    ['takes no other action for Invoke', statement({ Action: 'execute-api:ManageConnections' }), 'none'],
    ['takes wildcards of actions', statement({ Action: 'execute-api:*' }), 'allow'],
    [
      'excludes by NotResource',
      statement({ NotResource: 'execute-api:/prod/*', Resource: undefined }),
      'none',
    ],
    ['asks the principal', statement({ Principal: { AWS: 'arn:aws:iam::1:root' } }), 'none'],
    [
      'reads ranges of addresses',
      statement({ Condition: { IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } } }),
      'allow',
    ],
    [
      'reads ranges that miss',
      statement({ Condition: { IpAddress: { 'aws:SourceIp': ['198.51.100.0/24'] } } }),
      'none',
    ],
    ['negates', statement({ Condition: { NotIpAddress: { 'aws:SourceIp': '203.0.113.7' } } }), 'none'],
    [
      'never holds an operator it does not know',
      statement({ Condition: { Strange: { 'aws:SourceIp': 'x' } } }),
      'none',
    ],
    [
      'never holds a key that is missing',
      statement({ Condition: { StringEquals: { 'aws:SourceVpc': 'v' } } }),
      'none',
    ],
    [
      'but holds its negation',
      statement({ Condition: { StringNotEquals: { 'aws:SourceVpc': 'v' } } }),
      'allow',
    ],
  ])('%s', (_, document, expected) => {
    expect(decide(document, question())).toBe(expected);
  });

  it('denies whatever else allows', () => {
    const both = {
      Statement: [...statement({}).Statement, { ...statement({}).Statement[0], Effect: 'Deny' }],
    };
    expect(decide(both, question())).toBe('deny');
  });

  it('reads IPv6 ranges', () => {
    const document = statement({ Condition: { IpAddress: { 'aws:SourceIp': '2001:db8::/32' } } });
    expect(decide(document, question('2001:db8:1::9'))).toBe('allow');
    expect(decide(document, question('2001:db9::9'))).toBe('none');
    expect(decide(document, question('203.0.113.7'))).toBe('none');
  });

  it('says nothing when it is no document', () => {
    for (const document of [undefined, null, 'text', [], { Statement: 'x' }]) {
      expect(decide(document, question())).toBe('none');
    }
  });
});
