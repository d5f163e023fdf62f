import { describe, expect, it } from 'vitest';
import { policyEngine } from '../../identity/index.ts';
import type { OperationContext } from '../../platform/index.ts';
import type { StsRoom } from './room.ts';
import { packedSize, sessionPoliciesOf } from './sessionPolicies.ts';

const statement = { Effect: 'Allow', Action: 's3:*', Resource: '*' };
const document = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const ctx = {
  room: { policies: policyEngine },
  aws: { as: () => ({}) },
} as unknown as OperationContext<StsRoom>;
const read = (Policy: string) => sessionPoliciesOf(ctx, '111122223333', { Policy });

describe('an inline session policy', () => {
  it('is taken as it is', async () => {
    for (const Policy of [document(statement), JSON.stringify({ Statement: statement })])
      expect(await read(Policy)).toEqual([Policy]);
  });

  it.each<[string, string, string]>([
    ['no JSON', '{', 'The policy is not in the valid JSON format.'],
    ['no policy', '[]', 'The policy is not in the valid JSON format.'],
    ['no effect', document({ ...statement, Effect: 'Maybe' }), 'Syntax errors in policy.'],
    ['no statement', document(), 'Syntax errors in policy.'],
    [
      'another version',
      JSON.stringify({ Version: '2013-10-17', Statement: statement }),
      'The policy must contain a valid version string',
    ],
    [
      'a principal',
      document({ ...statement, Principal: '*' }),
      'Policy document should not specify a principal.',
    ],
    ['no resource', document({ Effect: 'Deny', Action: '*' }), 'Policy statement must contain resources.'],
    [
      'an operator that is none',
      document({ ...statement, Condition: { StringEqual: { 'aws:username': 'a' } } }),
      'Syntax errors in policy.',
    ],
  ])('with %s is refused', async (_what, Policy, message) => {
    await expect(read(Policy)).rejects.toMatchObject({
      code: 'MalformedPolicyDocument',
      status: 400,
      message,
    });
  });
});

describe('the packed size', () => {
  const tags = (count: number) => ({
    given: Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, 'v'.repeat(200)])),
    inherited: {},
    transitive: [],
  });

  it('is a share in percent, of policies and tags together', () => {
    expect(packedSize({})).toBe(0);
    expect(packedSize({ Policy: 'x'.repeat(2048) })).toBe(50);
    expect(packedSize({ Policy: 'x'.repeat(2048) }, tags(1))).toBe(55);
  });

  it('names what is too large', () => {
    const refused = (message: string) => expect.objectContaining({ code: 'PackedPolicyTooLarge', message });
    expect(() => packedSize({}, tags(30))).toThrow(
      refused('Packed size of session tags consumes 149% of allotted space.'),
    );
    expect(() => packedSize({ Policy: 'x' }, tags(30))).toThrow(
      refused('Packed policy consumes 149% of allotted space, please use smaller policy.'),
    );
  });
});
