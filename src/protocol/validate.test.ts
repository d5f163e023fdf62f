import { describe, expect, it } from 'vitest';
import { AwsError } from '../kernel/index.ts';
import { createServiceProtocol, loadModel } from './index.ts';
import type { ServiceModel } from './model.ts';
import { Validator } from './validate.ts';

const shapes: ServiceModel['shapes'] = {
  Input: {
    type: 'structure',
    required: ['Name', 'Nested'],
    members: {
      Name: { shape: 'Name' },
      Size: { shape: 'Size' },
      Kind: { shape: 'Kind' },
      Nested: { shape: 'Nested' },
      Tags: { shape: 'Tags' },
      Labels: { shape: 'Labels' },
      Password: { shape: 'Password' },
      Self: { shape: 'Input' },
    },
  },
  Nested: { type: 'structure', required: ['BucketName'], members: { BucketName: { shape: 'Name' } } },
  Name: { type: 'string', min: 3, max: 5, pattern: '[a-z]+' },
  Size: { type: 'integer', min: 1, max: 10 },
  Kind: { type: 'string', enum: ['A', 'B'] },
  Tags: { type: 'list', member: { shape: 'Tag' }, max: 2 },
  Tag: { type: 'structure', required: ['Key'], members: { Key: { shape: 'Name' } } },
  Labels: { type: 'map', key: { shape: 'Name' }, value: { shape: 'Kind' } },
  Password: { type: 'string', min: 8, sensitive: true },
};

const check = new Validator(shapes).compile({ shape: 'Input' });
const valid = { Name: 'abc', Nested: { BucketName: 'abcd' } };

describe('constraints', () => {
  it('says nothing of what is right', () => {
    expect(check?.(valid)).toBeUndefined();
    expect(
      check?.({ ...valid, Size: 1, Kind: 'A', Tags: [{ Key: 'abc' }], Labels: { abc: 'B' }, Self: valid }),
    ).toBeUndefined();
  });

  it.each([
    [
      { ...valid, Name: 'ab' },
      "Value 'ab' at 'name' failed to satisfy constraint: Member must have length greater than or equal to 3",
    ],
    [
      { ...valid, Name: 'abcdef' },
      "Value 'abcdef' at 'name' failed to satisfy constraint: Member must have length less than or equal to 5",
    ],
    [
      { ...valid, Name: 'ABC' },
      "Value 'ABC' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-z]+",
    ],
    [
      { ...valid, Size: 0 },
      "Value '0' at 'size' failed to satisfy constraint: Member must have value greater than or equal to 1",
    ],
    [
      { ...valid, Kind: 'C' },
      "Value 'C' at 'kind' failed to satisfy constraint: Member must satisfy enum value set: [A, B]",
    ],
    [
      { ...valid, Nested: {} },
      "Value null at 'nested.bucketName' failed to satisfy constraint: Member must not be null",
    ],
    [
      { ...valid, Tags: [{ Key: 'abc' }, {}] },
      "Value null at 'tags.2.member.key' failed to satisfy constraint: Member must not be null",
    ],
    [
      { ...valid, Labels: { abc: 'Z' } },
      "Value '{abc=Z}' at 'labels' failed to satisfy constraint: Map value must satisfy constraint: [Member must satisfy enum value set: [A, B]]",
    ],
    [
      { ...valid, Password: 'short' },
      "Value at 'password' failed to satisfy constraint: Member must have length greater than or equal to 8",
    ],
    [
      { ...valid, Self: { ...valid, Size: 11 } },
      "Value '11' at 'self.size' failed to satisfy constraint: Member must have value less than or equal to 10",
    ],
  ])('words %j as AWS does', (input, violation) => {
    expect(check?.(input)).toBe(`1 validation error detected: ${violation}`);
  });

  it('lists several', () => {
    expect(check?.({ Name: 'ab', Nested: { BucketName: 'abcd' }, Size: 11 })).toBe(
      "2 validation errors detected: Value 'ab' at 'name' failed to satisfy constraint: Member must have length greater than or equal to 3; " +
        "Value '11' at 'size' failed to satisfy constraint: Member must have value less than or equal to 10",
    );
  });

  it('carries the code of its service', () => {
    const codes: [string, string, object, string][] = [
      ['dynamodb', 'DescribeTable', {}, 'ValidationException'],
      ['cognitoidp', 'DescribeUserPool', {}, 'InvalidParameterException'],
      ['iam', 'GetRole', {}, 'ValidationError'],
      ['logs', 'CreateLogGroup', { logGroupName: '' }, 'InvalidParameterException'],
    ];
    for (const [model, operation, input, code] of codes) {
      const compiled = createServiceProtocol(loadModel(model)).operation(operation);
      expect(() => compiled?.validate(input)).toThrow(expect.objectContaining({ code }));
    }
    expect(() => createServiceProtocol(loadModel('s3')).operation('GetObject')?.validate({})).not.toThrow(
      AwsError,
    );
  });

  it('has Lambda’s own words for an unknown runtime', () => {
    const lambda = createServiceProtocol(loadModel('lambda'));
    const input = {
      FunctionName: 'f',
      Role: 'arn:aws:iam::000000000000:role/r',
      Code: {},
      Runtime: 'cobol85',
    };
    expect(() => lambda.operation('CreateFunction')?.validate(input)).toThrow(
      expect.objectContaining({
        code: 'InvalidParameterValueException',
        message: expect.stringMatching(
          /^Value cobol85 at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: \[nodejs, .*\] or be a valid ARN$/,
        ),
      }),
    );
  });

  it('reads nearly every pattern of the models', () => {
    for (const name of [
      'dynamodb',
      'lambda',
      'iam',
      'sts',
      'cloudformation',
      'logs',
      'sqs',
      'sns',
      'apigateway',
    ]) {
      const model = loadModel(name);
      const validator = new Validator(model.shapes);
      for (const [shape, described] of Object.entries(model.shapes)) {
        if (described.type !== 'string' || described.pattern === undefined) continue;
        expect(validator.compile({ shape }), `${name} ${shape} ${described.pattern}`).toBeDefined();
      }
    }
  });
});
