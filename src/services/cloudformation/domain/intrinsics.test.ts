import { describe, expect, it } from 'vitest';
import { Evaluation } from './evaluation.ts';
import { unknownYet } from './scope.ts';
import { parseTemplate } from './template/parse.ts';
import { readTemplate } from './template/read.ts';

const yaml = (expression: string) => `
Parameters:
  Env: {Type: String}
  Ports: {Type: CommaDelimitedList}
  Count: {Type: Number}
Mappings:
  RegionMap:
    us-east-1: {HVM64: ami-0ff8a91507f77f867, List: [a, b]}
    us-west-1: {HVM64: ami-0bdb828fd58c52235}
Conditions:
  IsProd: !Equals [!Ref Env, prod]
  IsTest: !Equals [!Ref Env, test]
  Either: !Or [!Condition IsProd, !Condition IsTest]
  Both: !And [!Condition IsProd, !Not [!Condition IsTest]]
Resources:
  Table: {Type: T}
  Later: {Type: T}
  Probe:
    Type: T
    Properties:
      Value: ${expression}
`;

function evaluate(expression: string, languageExtensions = false): unknown {
  const tree = parseTemplate(yaml(expression)).tree;
  const template = readTemplate(
    languageExtensions ? { ...tree, Transform: 'AWS::LanguageExtensions' } : tree,
  );
  const evaluation = new Evaluation({
    template,
    parameters: [
      { key: 'Env', value: 'test', type: 'String', noEcho: false },
      { key: 'Ports', value: '80, 443', type: 'CommaDelimitedList', noEcho: false },
      { key: 'Count', value: '3', type: 'Number', noEcho: false },
    ],
    pseudo: {
      accountId: '123456789012',
      region: 'us-east-1',
      partition: 'aws',
      urlSuffix: 'amazonaws.com',
      stackId: 'arn:stack',
      stackName: 'shop',
      notificationArns: ['arn:topic'],
    },
    exports: new Map([['net-id', 'vpc-1']]),
    resource: (id) =>
      id === 'Table'
        ? { physicalId: 'orders', attributes: { Arn: 'arn:orders', 'Stream.Arn': 'arn:stream' } }
        : id === 'Later'
          ? unknownYet
          : undefined,
  });
  return evaluation.properties('Probe').Value;
}

describe('intrinsic functions', () => {
  // Examples of the functions' reference pages, in their short forms.
  it.each<[string, unknown]>([
    ['!Base64 AWS CloudFormation', 'QVdTIENsb3VkRm9ybWF0aW9u'],
    [
      '!Cidr ["192.168.0.0/24", 6, 5]',
      [
        '192.168.0.0/27',
        '192.168.0.32/27',
        '192.168.0.64/27',
        '192.168.0.96/27',
        '192.168.0.128/27',
        '192.168.0.160/27',
      ],
    ],
    ['!Select [1, !Cidr ["2001:db8::/56", 2, 64]]', '2001:db8:0:1::/64'],
    ['!FindInMap [RegionMap, !Ref "AWS::Region", HVM64]', 'ami-0ff8a91507f77f867'],
    ['!FindInMap [RegionMap, us-east-1, List]', ['a', 'b']],
    ['!GetAZs ""', ['us-east-1a', 'us-east-1b', 'us-east-1c']],
    ['!GetAtt Table.Arn', 'arn:orders'],
    ['!GetAtt Table.Stream.Arn', 'arn:stream'],
    ['{"Fn::GetAtt": "Table.Arn"}', 'arn:orders'],
    ['!If [IsProd, big, small]', 'small'],
    ['!If [Either, yes-it-is, no]', 'yes-it-is'],
    ['!If [Both, 1, 2]', 2],
    ['!ImportValue net-id', 'vpc-1'],
    ['!ImportValue {"Fn::Sub": "${Env}-id"}', undefined],
    ['!Join [":", [a, b, c]]', 'a:b:c'],
    ['!Join [",", !Ref Ports]', '80,443'],
    ['!Ref Count', '3'],
    ['!Ref AWS::AccountId', '123456789012'],
    ['!Ref AWS::NotificationARNs', ['arn:topic']],
    ['!Select ["1", [apples, grapes, oranges]]', 'grapes'],
    ['!Split ["|", "a|b|c"]', ['a', 'b', 'c']],
    ['!Select [2, !Split [",", !Join [",", [x, y, z]]]]', 'z'],
    [
      '!Sub "arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:vpc/${Table}"',
      'arn:aws:ec2:us-east-1:123456789012:vpc/orders',
    ],
    ['!Sub ["www.${Domain}-${Env}", {Domain: !Ref Table}]', 'www.orders-test'],
    ['!Sub "${!Literal} ${Table.Arn}"', '${Literal} arn:orders'],
    ['[a, !Ref AWS::NoValue, b]', ['a', 'b']],
    ['{x: !If [IsProd, 1, !Ref AWS::NoValue], y: 2}', { y: 2 }],
    [
      '{Statement: {Condition: {StringEquals: {a: b}}}}',
      { Statement: { Condition: { StringEquals: { a: 'b' } } } },
    ],
    ['!Ref Later', unknownYet],
    ['!Sub "x-${Later.Arn}"', unknownYet],
    ['{a: [!GetAtt Later.Arn, 1]}', { a: [unknownYet, 1] }],
  ])('%s', (expression, expected) => {
    if (expected === undefined) expect(() => evaluate(expression)).toThrow('No export named test-id found.');
    else expect(evaluate(expression)).toEqual(expected);
  });

  it.each([
    ['!Length [1, 2, 3]', 3],
    ['!ToJsonString {a: !Ref Count, b: [true]}', '{"a":"3","b":[true]}'],
    ['!FindInMap [RegionMap, eu-west-1, HVM64, {DefaultValue: none}]', 'none'],
  ])('%s with AWS::LanguageExtensions', (expression, expected) => {
    expect(evaluate(expression, true)).toEqual(expected);
    expect(() => evaluate(expression)).toThrow(/Template error/);
  });

  it.each([
    [
      '!FindInMap [RegionMap, mars, HVM64]',
      'Template error: Unable to get mapping for RegionMap::mars::HVM64',
    ],
    [
      '!FindInMap [Nowhere, a, b]',
      "Template error: Mapping named 'Nowhere' is not present in the 'Mappings' section of template.",
    ],
    ['!Select [7, [a]]', 'Template error: Fn::Select cannot select nonexistent value at index 7'],
    [
      '!Select [x, [a]]',
      'Template error: Fn::Select requires a list argument with two elements: an integer index and a list',
    ],
    [
      '!GetAtt Table.Nope',
      'Template error: resource Table does not support attribute type Nope in Fn::GetAtt',
    ],
    ['!GetAtt Nothing.Arn', 'Template error: instance of Fn::GetAtt references undefined resource Nothing'],
    [
      '!Sub "${a b}"',
      'Template error: variable names in Fn::Sub syntax must contain only alphanumeric characters, underscores, periods, and colons',
    ],
    [
      '!Ref Nobody',
      'Template format error: Unresolved resource dependencies [Nobody] in the Resources block of the template',
    ],
    ['{"Fn::Nonsense": 1}', 'Template error: Encountered unsupported function: Fn::Nonsense'],
    ['!Join [1, 2, 3]', 'Template error: every Fn::Join object requires two parameters'],
    [
      '!Cidr ["10.0.0.0/30", 5, 8]',
      'Template error: Fn::Cidr cannot take 5 blocks of 8 bits out of 10.0.0.0/30',
    ],
  ])('refuses %s', (expression, message) => {
    expect(() => evaluate(expression)).toThrow(message);
  });

  it('takes no object member for a function', () => {
    expect(evaluate('{constructor: x}')).toEqual({ constructor: 'x' });
  });
});
