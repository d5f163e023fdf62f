import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SamTransformError, transformSam } from './index.ts';

type Tree = Record<string, unknown>;
interface Resource {
  Type: string;
  DependsOn?: unknown;
  Properties: Tree;
}
type Resources = Record<string, Resource>;

const options = { region: 'eu-west-1' };

function transform(resources: Tree, rest: Tree = {}): Resources {
  return transformSam({ ...rest, Resources: resources }, options).template.Resources as Resources;
}

const code = { Runtime: 'nodejs24.x', Handler: 'index.handler', CodeUri: 's3://bucket/key' };
const aFunction = (properties: Tree = {}) => ({
  Type: 'AWS::Serverless::Function',
  Properties: { ...code, ...properties },
});
const get = { Type: 'Api', Properties: { Path: '/', Method: 'get' } };

describe('transformSam', () => {
  it('leaves its input and what is not SAM as they are', () => {
    const template = {
      Transform: 'AWS::Serverless-2016-10-31',
      Resources: { Topic: { Type: 'AWS::SNS::Topic' }, F: aFunction({ Events: { Get: get } }) },
    };
    const before = structuredClone(template);
    const { template: result } = transformSam(template, options);
    expect(template).toEqual(before);
    expect(result.Transform).toBeUndefined();
    expect((result.Resources as Tree).Topic).toEqual({ Type: 'AWS::SNS::Topic' });
  });

  it('names managed policies by their path, in the partition of the region', () => {
    const policies = [
      'AmazonDynamoDBReadOnlyAccess',
      'AWSLambdaVPCAccessExecutionRole',
      'arn:aws:iam::1:policy/own',
    ];
    const { FRole } = transform({ F: aFunction({ Policies: policies }) });
    expect(FRole?.Properties.ManagedPolicyArns).toEqual([
      'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole',
      'arn:aws:iam::aws:policy/AmazonDynamoDBReadOnlyAccess',
      'arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole',
      'arn:aws:iam::1:policy/own',
    ]);
    const china = transformSam({ Resources: { F: aFunction() } }, { region: 'cn-north-1' });
    expect(JSON.stringify(china)).toContain(
      'arn:aws-cn:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole',
    );
  });

  it('makes a new deployment when the API changes, and none when it does not', () => {
    const deployment = (path: string) => {
      const event = { Type: 'Api', Properties: { Path: path, Method: 'get' } };
      const ids = Object.keys(transform({ F: aFunction({ Events: { Get: event } }) }));
      return ids.find((id) => id.startsWith('ServerlessRestApiDeployment'));
    };
    expect(deployment('/a')).toBe(deployment('/a'));
    expect(deployment('/a')).not.toBe(deployment('/b'));
  });

  it('deploys always when asked, by the time it is given', () => {
    const api = { Type: 'AWS::Serverless::Api', Properties: { StageName: 'v1', AlwaysDeploy: true } };
    const at = (now: number) =>
      Object.keys(
        transformSam({ Resources: { Api: api } }, { ...options, now: () => now }).template.Resources as Tree,
      );
    expect(at(1_000)).toEqual(at(1_999));
    expect(at(1_000)).not.toEqual(at(2_000));
  });

  it('resolves references to what it made: stages, aliases, versions and layers', () => {
    const resources = transform({
      F: aFunction({ AutoPublishAlias: 'live' }),
      Api: { Type: 'AWS::Serverless::Api', Properties: { StageName: 'v1' } },
      Layer: { Type: 'AWS::Serverless::LayerVersion', Properties: { ContentUri: 's3://bucket/layer' } },
      User: {
        Type: 'Custom::User',
        DependsOn: 'Layer',
        Properties: {
          stage: { Ref: 'Api.Stage' },
          alias: { 'Fn::Sub': '${F.Alias}' },
          layer: { Ref: 'Layer' },
        },
      },
    });
    const layer = Object.keys(resources).find((id) => /^Layer[0-9a-f]{10}$/.test(id));
    expect(layer).toBeDefined();
    expect(resources.User).toMatchObject({
      DependsOn: layer,
      Properties: {
        stage: { Ref: 'Apiv1Stage' },
        alias: { 'Fn::Sub': '${FAliaslive}' },
        layer: { Ref: layer },
      },
    });
  });

  it('says everything that is wrong at once', () => {
    const attempt = () => transform({ A: aFunction({ Nonsense: 1 }), B: aFunction({ Handler: undefined }) });
    expect(attempt).toThrow(SamTransformError);
    expect(attempt).toThrow(
      'Invalid Serverless Application Specification document. Number of errors found: 2. ' +
        'Resource with id [A] is invalid. property Nonsense not defined for resource of type AWS::Serverless::Function ' +
        'Resource with id [B] is invalid. Runtime and Handler needs to be present when PackageType is of type `Zip`',
    );
  });
});

/** A template with something of everything, to be spoilt. */
const rich = (): Tree => ({
  Globals: { Function: { Timeout: 3, Environment: { Variables: { A: 'b' } } }, Api: { Cors: "'*'" } },
  Parameters: { Stage: { Type: 'String', Default: 'v1' } },
  Conditions: { On: { 'Fn::Equals': ['a', 'a'] } },
  Resources: {
    Api: {
      Type: 'AWS::Serverless::Api',
      Properties: {
        StageName: { Ref: 'Stage' },
        Auth: {
          DefaultAuthorizer: 'Own',
          Authorizers: { Own: { FunctionArn: 'arn', Identity: { Headers: ['h'] } } },
        },
        Domain: { DomainName: 'a.example', CertificateArn: 'arn', Route53: { HostedZoneId: 'Z' } },
        Models: { Item: { type: 'object' } },
      },
    },
    F: aFunction({
      AutoPublishAlias: 'live',
      DeploymentPreference: { Type: 'AllAtOnce', Alarms: [{ Ref: 'Alarm' }] },
      Policies: [{ S3ReadPolicy: { BucketName: 'b' } }, { Statement: [] }, 'AWSLambdaRole'],
      EventInvokeConfig: { DestinationConfig: { OnFailure: { Type: 'SQS' } } },
      Events: {
        Get: {
          Type: 'Api',
          Properties: {
            RestApiId: { Ref: 'Api' },
            Path: '/{id}',
            Method: 'get',
            RequestModel: { Model: 'Item' },
          },
        },
        Any: { Type: 'HttpApi', Properties: { Path: '/x', Method: 'any' } },
        Put: { Type: 'S3', Properties: { Bucket: { Ref: 'Bucket' }, Events: 's3:ObjectCreated:*' } },
        Queue: { Type: 'SQS', Properties: { Queue: 'arn', BatchSize: 2 } },
        Topic: { Type: 'SNS', Properties: { Topic: 'arn', SqsSubscription: true } },
      },
    }),
    Bucket: {
      Type: 'AWS::S3::Bucket',
      Connectors: { C: { Properties: { Destination: { Id: 'F' }, Permissions: ['Write'] } } },
    },
    Machine: {
      Type: 'AWS::Serverless::StateMachine',
      Properties: { Definition: { StartAt: { Ref: 'Stage' } } },
    },
    Table: {
      Type: 'AWS::Serverless::SimpleTable',
      Condition: 'On',
      Properties: { PrimaryKey: { Name: 'id', Type: 'String' } },
    },
  },
});

describe('a spoilt template', () => {
  const junk = fc.oneof(
    fc.constantFrom<unknown>(null, '', 'text', 7, true, [], {}, ['x'], { Ref: 'X' }, { 'Fn::If': 'no' }, [
      { a: null },
    ]),
    fc.jsonValue(),
  );

  it('is transformed or refused in words, never anything else', () => {
    let transformed = 0;
    let refused = 0;
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 1, maxLength: 9 }), junk, (path, value) => {
        const template = rich();
        spoil(template, path, value);
        try {
          transformSam(template, options);
          transformed += 1;
        } catch (error) {
          expect(error).toBeInstanceOf(SamTransformError);
          expect(String(error)).not.toMatch(/object Object/);
          refused += 1;
        }
      }),
      { numRuns: 400 },
    );
    expect(Math.min(transformed, refused)).toBeGreaterThan(30);
  });
});

/** Puts the value somewhere into the tree, where the path leads. */
function spoil(tree: Tree, path: readonly number[], value: unknown): void {
  let place = tree;
  for (const [index, step] of path.entries()) {
    const keys = Object.keys(place);
    const key = keys[step % keys.length] ?? 'extra';
    const next = place[key];
    if (index === path.length - 1 || typeof next !== 'object' || next === null) {
      place[key] = value;
      return;
    }
    place = next as Tree;
  }
}
