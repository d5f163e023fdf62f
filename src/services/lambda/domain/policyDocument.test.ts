import { describe, expect, it } from 'vitest';
import type { PolicyStatement } from '../records.ts';
import { allowsUrl, parsePolicy } from './policyDocument.ts';

const Resource = 'arn:aws:lambda:us-east-1:000000000000:function:f';
const both = ['lambda:InvokeFunctionUrl', 'lambda:InvokeFunction'];
const open: PolicyStatement = { Effect: 'Allow', Principal: '*', Action: both, Resource };
const document = (...Statement: unknown[]) => JSON.stringify({ Version: '2012-10-17', Statement });

describe('a policy that is put whole', () => {
  it('is read', () => {
    const denial = { Effect: 'Deny', NotPrincipal: { AWS: ['1'] }, NotAction: 'lambda:*', Resource: '*' };
    expect(parsePolicy(document(open, denial))).toEqual([open, denial]);
    expect(parsePolicy(JSON.stringify({ Statement: open }))).toEqual([open]);
  });

  it('is refused when it isn’t one', () => {
    for (const wrong of [
      'no',
      '[]',
      '{}',
      document(),
      document('x'),
      document({ ...open, Effect: 'Maybe' }),
      document({ ...open, Action: 3 }),
      document({ ...open, Resource: undefined }),
      document({ ...open, Principal: 'me' }),
      document({ ...open, Condition: { Sounds: { a: 'b' } } }),
      document({ ...open, Condition: { Bool: { a: {} } } }),
    ])
      expect(() => parsePolicy(wrong)).toThrow('The policy document is malformed');
  });
});

describe('a function URL without credentials', () => {
  it('is open when everyone may do both, under conditions that hold', () => {
    expect(allowsUrl([open])).toBe(true);
    expect(allowsUrl([{ ...open, Action: 'lambda:Invoke*' }])).toBe(true);
    expect(allowsUrl([{ ...open, Principal: { AWS: '*' }, Action: '*' }])).toBe(true);
    expect(allowsUrl([{ ...open, Action: both[0] ?? '' }])).toBe(false);
    expect(allowsUrl([{ ...open, Principal: { AWS: '000000000000' } }])).toBe(false);
    const iam = { StringEquals: { 'lambda:FunctionUrlAuthType': 'AWS_IAM' } };
    expect(allowsUrl([{ ...open, Condition: iam }])).toBe(false);
    expect(allowsUrl([{ ...open, Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } }])).toBe(false);
  });

  it('is closed by a denial', () => {
    const denial: PolicyStatement = {
      Effect: 'Deny',
      Principal: '*',
      Action: 'lambda:InvokeFunction',
      Resource,
    };
    expect(allowsUrl([open, denial])).toBe(false);
    expect(allowsUrl([open, { ...denial, Action: 'lambda:GetFunction' }])).toBe(true);
    expect(allowsUrl([open, { Effect: 'Deny', Resource, Action: '*' }])).toBe(false);
  });
});
