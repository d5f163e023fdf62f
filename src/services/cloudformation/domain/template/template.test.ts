import { describe, expect, it } from 'vitest';
import { parseTemplate } from './parse.ts';
import { readTemplate } from './read.ts';
import { validateTemplate } from './validate.ts';

const check = (text: string) => validateTemplate(readTemplate(parseTemplate(text).tree));

describe('parseTemplate', () => {
  it('writes short forms long and keeps texts that only look like numbers', () => {
    const { tree } = parseTemplate(`
AWSTemplateFormatVersion: 2010-09-09
A: !Ref X
B: !GetAtt X.Outputs.Url
C: !Sub ["\${x}", {x: !Join ["", [a]]}]
D: !If [Cond, !Ref AWS::NoValue, 5]
E: [012345678901, 1.10, 1.5, -3, yes, "yes", 2024-01-01]
F: !Transform {Name: AWS::Include}
G: !Condition Q
H: |
  text
`);
    expect(tree).toEqual({
      AWSTemplateFormatVersion: '2010-09-09',
      A: { Ref: 'X' },
      B: { 'Fn::GetAtt': ['X', 'Outputs.Url'] },
      C: { 'Fn::Sub': ['${x}', { x: { 'Fn::Join': ['', ['a']] } }] },
      D: { 'Fn::If': ['Cond', { Ref: 'AWS::NoValue' }, 5] },
      E: ['012345678901', '1.10', 1.5, -3, true, 'yes', '2024-01-01'],
      F: { 'Fn::Transform': { Name: 'AWS::Include' } },
      G: { Condition: 'Q' },
      H: 'text\n',
    });
  });

  it('knows the line of every node, in YAML and in JSON', () => {
    const yaml = parseTemplate(
      'Resources:\n  A:\n    Type: T\n    Properties:\n      X: !Sub\n        - a\n        - {b: 1}\n',
    );
    expect(yaml.lines.lineOf(['Resources', 'A', 'Properties', 'X'])).toBe(5);
    expect(yaml.lines.lineOf(['Resources', 'A', 'Properties', 'Unwritten', 'Deep'])).toBe(4);
    expect(yaml.lines.lineOf(['Resources', 'Unwritten'])).toBeUndefined();
    const json = parseTemplate('{\n "Resources": {\n  "A": {"Type": "T",\n   "Properties": {}}}}');
    expect(json.lines.lineOf(['Resources', 'A', 'Properties'])).toBe(4);
  });

  it.each([
    ['A: [1', 'Template format error: YAML not well-formed. (line 1, column '],
    ['A: 1\nA: 2', 'Template format error: YAML not well-formed. (line 2, column 1)'],
    ['just text', 'Template format error: unsupported structure.'],
    ['A: &x 1\nB: *x', 'Template error: YAML aliases are not allowed in CloudFormation templates'],
    [
      'Resources:\n  A:\n    Type: T\n    Properties:',
      "Template format error: [/Resources/A/Properties] 'null' values are not allowed in templates",
    ],
    ['{"A": null}', "Template format error: [/A] 'null' values are not allowed in templates"],
    ['__proto__: {a: 1}', 'Template format error'],
    [`A: ${'['.repeat(30_000)}`, 'Template format error'],
  ])('refuses %.40j', (text, message) => {
    expect(() => parseTemplate(text)).toThrow(message);
  });
});

describe('validateTemplate', () => {
  it.each([
    ['Resources: {A: {Type: T}}\nResorces: {}', 'Invalid template property or properties [Resorces]'],
    ['Description: x', 'Template format error: At least one Resources member must be defined.'],
    ['Resources: {A-b: {Type: T}}', 'Template format error: Resource name A-b is non alphanumeric.'],
    [
      'Resources: {A: {Properties: {}}}',
      'Template format error: [/Resources/A] Every Resources object must contain a Type member.',
    ],
    ['Resources: {A: {Type: T, Propertys: {}}}', "Invalid template resource property 'Propertys'"],
    [
      'Resources: {A: {Type: T, Properties: {X: !Ref B, Y: !Sub "${C}"}}}',
      'Template format error: Unresolved resource dependencies [B, C] in the Resources block of the template',
    ],
    [
      'Resources: {A: {Type: T, DependsOn: [B]}}',
      'Template format error: Unresolved resource dependencies [B] in the Resources block of the template',
    ],
    [
      'Resources: {A: {Type: T, Properties: {X: !GetAtt B.Arn}}}',
      'Template error: instance of Fn::GetAtt references undefined resource B',
    ],
    [
      'Resources: {A: {Type: T}}\nOutputs: {O: {Value: !Ref B}}',
      'Template format error: Unresolved resource dependencies [B] in the Outputs block of the template',
    ],
    [
      'Resources: {A: {Type: T}}\nOutputs: {O: {Description: x}}',
      'Template format error: Every Outputs member must contain a Value object',
    ],
    [
      'Resources: {A: {Type: T, DependsOn: B}, B: {Type: T, Properties: {X: !Ref C}}, C: {Type: T, Properties: {X: !GetAtt A.Arn}}, D: {Type: T, DependsOn: A}}',
      'Circular dependency between resources: [A, B, C]',
    ],
    [
      'Resources: {A: {Type: T, Condition: Nope}}',
      'Template format error: Unresolved condition dependency Nope in the Resources block of the template',
    ],
    [
      'Conditions: {C: !Equals [!Ref A, b]}\nResources: {A: {Type: T}}',
      'Template format error: Unresolved dependencies [A]. Cannot reference resources in the Conditions block of the template',
    ],
    [
      'Resources: {A: {Type: T, DeletionPolicy: Keep}}',
      'Template format error: Unrecognized DeletionPolicy Keep for resource A',
    ],
    [
      'Parameters: {P: {Default: 1}}\nResources: {A: {Type: T}}',
      'Template format error: Every Parameters object must contain a Type member.',
    ],
  ])('refuses %.60j', (text, message) => {
    expect(() => check(text)).toThrow(message);
  });

  it('lets stand what is whole', () => {
    expect(() =>
      check(
        'Conditions: {C: !Equals [a, b]}\nResources: {A: {Type: T, Condition: C, Properties: {P: {Condition: {X: y}}}}, B: {Type: T, DependsOn: A}}',
      ),
    ).not.toThrow();
  });
});
