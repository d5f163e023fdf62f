import { describe, expect, it } from 'vitest';
import { deploy, stackOf } from './testing/asking.ts';
import { openWorkbench } from './testing/workbench.ts';

const expand = { Capabilities: ['CAPABILITY_AUTO_EXPAND'] };

describe('AWS::Include', () => {
  it('puts a fragment of a bucket in its place, at any depth', async () => {
    const bench = await openWorkbench();
    bench.objects.set('parts-prod/label.yaml', 'Label: !Sub "from ${AWS::Region}"\nSize: 4\n');
    const template = `
Parameters: {Env: {Type: String, Default: prod}}
Resources:
  A:
    Type: Toy::Thing
    Properties:
      Size: 5
      Fn::Transform: {Name: AWS::Include, Parameters: {Location: !Sub "s3://parts-\${Env}/label.yaml"}}
`;
    await expect(deploy(bench, 'CreateStack', template)).rejects.toThrow(
      'Requires capabilities : [CAPABILITY_AUTO_EXPAND]',
    );
    expect(await deploy(bench, 'CreateStack', template, expand)).toBe('CREATE_COMPLETE');
    expect([...bench.box.toys.values()][0]?.properties).toEqual({ Label: 'from eu-west-1', Size: 5 });
  });
});

describe('AWS::LanguageExtensions', () => {
  it('repeats, and computes policies', async () => {
    const bench = await openWorkbench();
    const template = `
Transform: AWS::LanguageExtensions
Parameters:
  Names: {Type: CommaDelimitedList, Default: "a.x,b.y"}
  Keep: {Type: String, Default: Retain}
Resources:
  Fn::ForEach::Things:
    - Name
    - !Ref Names
    - Thing&{Name}:
        Type: Toy::Thing
        DeletionPolicy: !Ref Keep
        Properties: {Name: !Ref Name, Label: !Sub "\${Name} of \${AWS::StackName}", Size: !Length [1, 2]}
Outputs:
  Fn::ForEach::Outs:
    - Name
    - [a.x]
    - Out&{Name}: {Value: !GetAtt [!Sub "Thing&{Name}", Arn]}
`;
    const plain = template.replace('!GetAtt [!Sub "Thing&{Name}", Arn]', '!Ref "Thing&{Name}"');
    expect(await deploy(bench, 'CreateStack', plain, expand)).toBe('CREATE_COMPLETE');
    expect([...bench.box.toys.values()].map(({ properties }) => properties)).toEqual([
      { Name: 'a.x', Label: 'a.x of s', Size: 2 },
      { Name: 'b.y', Label: 'b.y of s', Size: 2 },
    ]);
    expect((await stackOf(bench)).Outputs).toMatchObject([{ OutputKey: 'Outax', OutputValue: 'a.x' }]);
    await bench.call('DeleteStack', { StackName: 's' });
    await bench.idle();
    expect(bench.box.toys.size).toBe(2);
  });
});

describe('AWS::Serverless', () => {
  it('reports what is wrong in the status of the change set', async () => {
    const bench = await openWorkbench();
    const template = `
Transform: AWS::Serverless-2016-10-31
Resources: {F: {Type: AWS::Serverless::Function, Properties: {Runtime: nodejs24.x}}}
`;
    await bench.call('CreateChangeSet', {
      StackName: 's',
      ChangeSetName: 'c',
      ChangeSetType: 'CREATE',
      TemplateBody: template,
    });
    expect(await bench.call('DescribeChangeSet', { StackName: 's', ChangeSetName: 'c' })).toMatchObject({
      Status: 'FAILED',
      StatusReason: expect.stringContaining(
        'Transform AWS::Serverless-2016-10-31 failed with: Invalid Serverless Application Specification document. Number of errors found: 1.',
      ),
    });
    await expect(deploy(bench, 'CreateStack', template, { StackName: 't' })).rejects.toMatchObject({
      code: 'ValidationError',
      message: expect.stringContaining('Invalid Serverless Application Specification document.'),
    });
  });

  it('names the lines of what its resources became', async () => {
    const bench = await openWorkbench();
    const template = `Transform: AWS::Serverless-2016-10-31
Resources:
  T:
    Type: AWS::Serverless::SimpleTable
`;
    await expect(deploy(bench, 'CreateStack', template, expand)).rejects.toThrow(
      'line 4: Resources.T.Type: resource type AWS::DynamoDB::Table is not supported',
    );
  });

  it('refuses macros that do not exist', async () => {
    const bench = await openWorkbench();
    const template = 'Transform: [Mine]\nResources: {A: {Type: Toy::Thing}}';
    await expect(deploy(bench, 'CreateStack', template, expand)).rejects.toThrow(
      'No transform named Mine found.',
    );
  });
});

describe('Rules', () => {
  const template = `
Parameters: {Env: {Type: String}, Size: {Type: Number, Default: 1}}
Rules:
  BigInProd:
    RuleCondition: !Equals [!Ref Env, prod]
    Assertions:
      - Assert: !Not [{"Fn::Contains": [["1", "2"], !Ref Size]}]
        AssertDescription: production is big
Resources: {A: {Type: Toy::Thing}}
`;
  const given = (Env: string, Size: string) => ({
    Parameters: [
      { ParameterKey: 'Env', ParameterValue: Env },
      { ParameterKey: 'Size', ParameterValue: Size },
    ],
  });

  it('hold parameters against each other', async () => {
    const bench = await openWorkbench();
    await expect(deploy(bench, 'CreateStack', template, given('prod', '2'))).rejects.toThrow(
      'production is big',
    );
    expect(await deploy(bench, 'CreateStack', template, given('prod', '3'))).toBe('CREATE_COMPLETE');
    expect(
      await deploy(
        bench,
        'UpdateStack',
        template.replace('Toy::Thing', 'Toy::Thing, Properties: {Size: 2}'),
        given('test', '2'),
      ),
    ).toBe('UPDATE_COMPLETE');
  });
});
