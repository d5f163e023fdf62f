import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ValidationException } from '../errors.ts';
import { checkedPolicy } from './resourcePolicy.ts';

const arn = 'arn:aws:dynamodb:eu-west-1:000000000000:table/tbl';
const oneOrMany = <T>(one: fc.Arbitrary<T>) => fc.oneof(one, fc.array(one, { minLength: 1, maxLength: 3 }));
const sound = fc.record(
  {
    Effect: fc.constantFrom('Allow', 'Deny', 'allow'),
    Principal: fc.record({
      AWS: oneOrMany(fc.constantFrom('111122223333', 'arn:aws:iam::111122223333:user/ada')),
    }),
    Action: oneOrMany(fc.constantFrom('dynamodb:GetItem', 'dynamodb:*', 'dynamodb:put*')),
    Resource: oneOrMany(fc.constantFrom(arn, `${arn}/index/*`, '*')),
    Condition: fc.constant({ StringEquals: { 'aws:PrincipalTag/team': ['a', 'b'] } }),
  },
  { requiredKeys: ['Effect', 'Principal', 'Action', 'Resource'] },
);

describe('a checked policy', () => {
  it('is the same when it is checked again', () => {
    fc.assert(
      fc.property(fc.array(sound, { minLength: 1, maxLength: 3 }), (Statement) => {
        const once = checkedPolicy(JSON.stringify({ Statement }), 'table', 'eu-west-1');
        expect(checkedPolicy(once, 'table', 'eu-west-1')).toBe(once);
        expect(JSON.parse(once)).toMatchObject({ Version: '2008-10-17' });
      }),
    );
  });

  it('comes of any text, or DynamoDB’s refusal does', () => {
    const names = fc.constantFrom(
      'Effect',
      'Principal',
      'Action',
      'Resource',
      'Condition',
      'Sid',
      'AWS',
      'x',
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom(null, 1, true, '*', '', 'Allow', 'arn:', arn, 'dynamodb:GetItem', 'StringEquals'),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(names, tie('value'), { maxKeys: 5 }),
      ),
    }));
    const text = fc.oneof(
      fc.string(),
      value.map((Statement) => JSON.stringify({ Statement })),
      fc
        .tuple(sound, names, value)
        .map(([one, name, other]) => JSON.stringify({ Statement: { ...one, [name]: other } })),
    );
    fc.assert(
      fc.property(text, fc.constantFrom('table' as const, 'stream' as const), (policy, kind) => {
        try {
          checkedPolicy(policy, kind, 'eu-west-1');
        } catch (error) {
          expect(error).toBeInstanceOf(ValidationException);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('has conditions that IAM can evaluate', () => {
    const statement = { Effect: 'Deny', Principal: '*', Action: 'dynamodb:*', Resource: arn };
    const check = (Condition: unknown) =>
      checkedPolicy(JSON.stringify({ Statement: { ...statement, Condition } }), 'table', 'eu-west-1');
    expect(() => check({ StringEqual: { a: 'b' } })).toThrow(
      'One or more parameter values were invalid: Invalid policy document: Invalid Condition type : StringEqual',
    );
    expect(() => check({ StringEquals: 'b' })).toThrow('Syntax error');
    for (const operator of [
      'StringNotEqualsIgnoreCase',
      'ForAnyValue:StringLike',
      'NumericLessThanEqualsIfExists',
      'NotIpAddress',
      'ArnNotLike',
      'Null',
    ]) {
      check({ [operator]: { 'aws:x': 'y' } });
    }
  });
});
