/** Events of S3 that reach functions: set by the API and by SAM, delivered with what changed. */
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
  waitUntilStackCreateComplete,
  waitUntilStackUpdateComplete,
} from '@aws-sdk/client-cloudformation';
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  LambdaClient,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  DeleteObjectTaggingCommand,
  GetBucketNotificationConfigurationCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListObjectsV2Command,
  type NotificationConfiguration,
  PutBucketNotificationConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';
import { zipped } from '../../src/services/lambda/code/zipped.ts';

let cloud: Cloud;
let s3: S3Client;
let lambda: LambdaClient;
let cloudFormation: CloudFormationClient;

beforeAll(async () => {
  cloud = await startCloud({ iam: 'enforce' });
  const config = { ...cloud.clientConfig, maxAttempts: 1 };
  s3 = new S3Client({ ...config, forcePathStyle: true });
  lambda = new LambdaClient(config);
  cloudFormation = new CloudFormationClient(config);
});
afterAll(() => cloud.close());

interface EventRecord {
  eventVersion: string;
  eventName: string;
  awsRegion: string;
  userIdentity: { principalId: string };
  requestParameters: { sourceIPAddress: string };
  responseElements: Record<string, string>;
  s3: {
    configurationId: string;
    bucket: { name: string; arn: string };
    object: { key: string; size?: number; eTag?: string; versionId?: string; sequencer?: string };
  };
}

/** Keeps each event as an object of the bucket `journal`. */
const keeper = `
const { S3Client, PutObjectCommand } = require('@aws-sdk/client-s3');
const s3 = new S3Client({ forcePathStyle: true });
exports.handler = async (event, { awsRequestId }) => {
  await s3.send(new PutObjectCommand({ Bucket: 'journal', Key: awsRequestId, Body: JSON.stringify(event) }));
};`;

async function journal(): Promise<EventRecord[]> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: 'journal' }));
  const texts = await Promise.all(
    Contents.map(async ({ Key }) => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'journal', Key }));
      return (await Body?.transformToString()) ?? '';
    }),
  );
  const records = texts.flatMap((text) => (JSON.parse(text) as { Records: EventRecord[] }).Records);
  return records;
}

async function deploy(StackName: string, TemplateBody: string): Promise<Record<string, string>> {
  const Capabilities = ['CAPABILITY_IAM', 'CAPABILITY_AUTO_EXPAND'] as const;
  await cloudFormation.send(
    new CreateStackCommand({ StackName, TemplateBody, Capabilities: [...Capabilities] }),
  );
  await waitUntilStackCreateComplete(
    { client: cloudFormation, maxWaitTime: 60, minDelay: 0.1 },
    { StackName },
  );
  const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
  return Object.fromEntries(
    (Stacks?.[0]?.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
  );
}

describe('a bucket that notifies a function', () => {
  const Bucket = 'watched';
  let LambdaFunctionArn: string;
  const put = (NotificationConfiguration: NotificationConfiguration, SkipDestinationValidation?: boolean) =>
    s3.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket,
        NotificationConfiguration,
        ...(SkipDestinationValidation === undefined ? {} : { SkipDestinationValidation }),
      }),
    );

  beforeAll(async () => {
    for (const name of [Bucket, 'journal']) await s3.send(new CreateBucketCommand({ Bucket: name }));
    const outputs = await deploy(
      'keeper',
      `
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{ Effect: Allow, Action: 'sts:AssumeRole', Principal: { Service: lambda.amazonaws.com } }]
      Policies:
        - PolicyName: all
          PolicyDocument:
            Statement: [{ Effect: Allow, Action: ['s3:*', 'logs:*'], Resource: '*' }]
Outputs:
  Role: { Value: !GetAtt Role.Arn }`,
    );
    const { FunctionArn = '' } = await lambda.send(
      new CreateFunctionCommand({
        FunctionName: 'keeper',
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Role: outputs.Role,
        Timeout: 30,
        Code: { ZipFile: await zipped({ 'index.js': keeper }) },
      }),
    );
    LambdaFunctionArn = FunctionArn;
    await waitUntilFunctionActiveV2(
      { client: lambda, maxWaitTime: 60, minDelay: 0.05 },
      { FunctionName: 'keeper' },
    );
  });

  it('has no configuration at first', async () => {
    const { $metadata: _, ...rest } = await s3.send(
      new GetBucketNotificationConfigurationCommand({ Bucket }),
    );
    expect(rest).toEqual({});
  });

  it('is refused while the function does not let S3 in, or is not there', async () => {
    const configuration = { LambdaFunctionArn, Events: ['s3:ObjectCreated:*' as const] };
    await expect(put({ LambdaFunctionConfigurations: [configuration] })).rejects.toMatchObject({
      name: 'InvalidArgument',
      message: 'Unable to validate the following destination configurations',
      ArgumentValue: `Not authorized to invoke function [${LambdaFunctionArn}]`,
    });
    await lambda.send(
      new AddPermissionCommand({
        FunctionName: 'keeper',
        StatementId: 'another-bucket',
        Action: 'lambda:InvokeFunction',
        Principal: 's3.amazonaws.com',
        SourceArn: 'arn:aws:s3:::other',
      }),
    );
    await expect(put({ LambdaFunctionConfigurations: [configuration] })).rejects.toMatchObject({
      name: 'InvalidArgument',
    });
    const missing = { ...configuration, LambdaFunctionArn: `${LambdaFunctionArn}-gone` };
    await expect(put({ LambdaFunctionConfigurations: [missing] })).rejects.toMatchObject({
      name: 'InvalidArgument',
      message: 'Unable to validate the following destination configurations',
    });
    await put({ LambdaFunctionConfigurations: [missing] }, true);
    await put({});
  });

  it('is refused where nothing could arrive', async () => {
    const QueueArn = LambdaFunctionArn.replace(':lambda:', ':nothing:');
    await expect(
      put({ QueueConfigurations: [{ QueueArn, Events: ['s3:ObjectCreated:*'] }] }),
    ).rejects.toMatchObject({ name: 'InvalidArgument', ArgumentName: 'QueueArn', ArgumentValue: QueueArn });
    const missing = LambdaFunctionArn.replace(/:lambda:.*/, ':sqs:us-east-1:000000000000:gone');
    await expect(
      put({ QueueConfigurations: [{ QueueArn: missing, Events: ['s3:ObjectCreated:*'] }] }),
    ).rejects.toThrow();
    await expect(put({ EventBridgeConfiguration: {} })).rejects.toMatchObject({ name: 'NotImplemented' });
  });

  it('tells of every change that was asked for, and of no other', async () => {
    await lambda.send(
      new AddPermissionCommand({
        FunctionName: 'keeper',
        StatementId: 'bucket',
        Action: 'lambda:InvokeFunction',
        Principal: 's3.amazonaws.com',
        SourceArn: `arn:aws:s3:::${Bucket}`,
        SourceAccount: '000000000000',
      }),
    );
    await put({
      LambdaFunctionConfigurations: [
        {
          Id: 'all',
          LambdaFunctionArn,
          Events: ['s3:ObjectCreated:*', 's3:ObjectRemoved:*', 's3:ObjectTagging:*'],
          Filter: { Key: { FilterRules: [{ Name: 'prefix', Value: 'in/' }] } },
        },
      ],
    });
    expect(await s3.send(new GetBucketNotificationConfigurationCommand({ Bucket }))).toMatchObject({
      LambdaFunctionConfigurations: [
        { Id: 'all', Filter: { Key: { FilterRules: [{ Name: 'Prefix', Value: 'in/' }] } } },
      ],
    });
    const Key = 'in/red flower.jpg';
    const { ETag } = await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'abc' }));
    await s3.send(new PutObjectCommand({ Bucket, Key: 'out/1', Body: 'not asked for' }));
    await s3.send(new CopyObjectCommand({ Bucket, Key: 'in/copy', CopySource: `${Bucket}/out/1` }));
    const Tagging = { TagSet: [{ Key: 'a', Value: 'b' }] };
    await s3.send(new PutObjectTaggingCommand({ Bucket, Key, Tagging }));
    await s3.send(new DeleteObjectTaggingCommand({ Bucket, Key }));
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'in/parts' }));
    const part = await s3.send(
      new UploadPartCommand({ Bucket, Key: 'in/parts', UploadId, PartNumber: 1, Body: 'part' }),
    );
    await s3.send(
      new CompleteMultipartUploadCommand({
        Bucket,
        Key: 'in/parts',
        UploadId,
        MultipartUpload: { Parts: [{ PartNumber: 1, ETag: part.ETag }] },
      }),
    );
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'in/nothing' }));
    await s3.send(new DeleteObjectCommand({ Bucket, Key }));
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
    const { VersionId } = await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'abcd' }));
    const marker = await s3.send(new DeleteObjectCommand({ Bucket, Key }));
    await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key, VersionId }] } }));

    const expected = [
      ['ObjectCreated:CompleteMultipartUpload', 'in/parts'],
      ['ObjectCreated:Copy', 'in/copy'],
      ['ObjectCreated:Put', 'in/red+flower.jpg'],
      ['ObjectCreated:Put', 'in/red+flower.jpg'],
      ['ObjectRemoved:Delete', 'in/red+flower.jpg'],
      ['ObjectRemoved:Delete', 'in/red+flower.jpg'],
      ['ObjectRemoved:DeleteMarkerCreated', 'in/red+flower.jpg'],
      ['ObjectTagging:Delete', 'in/red+flower.jpg'],
      ['ObjectTagging:Put', 'in/red+flower.jpg'],
    ];
    const told = (records: EventRecord[]) =>
      records.map(({ eventName, s3: { object } }) => [eventName, object.key]).sort();
    await expect.poll(async () => told(await journal())).toEqual(expected);

    // By the sequencer, whatever the order in which they arrived.
    const records = (await journal())
      .filter(({ s3: { object } }) => object.sequencer !== undefined)
      .sort((a, b) => ((a.s3.object.sequencer ?? '') < (b.s3.object.sequencer ?? '') ? -1 : 1));
    const ofFlower = records.filter(({ s3: { object } }) => object.key === 'in/red+flower.jpg');
    expect(
      ofFlower.map(({ eventName, s3: { object } }) => [eventName, object.size, object.versionId]),
    ).toEqual([
      ['ObjectCreated:Put', 3, undefined],
      ['ObjectRemoved:Delete', undefined, undefined],
      ['ObjectCreated:Put', 4, VersionId],
      ['ObjectRemoved:DeleteMarkerCreated', undefined, marker.VersionId],
      ['ObjectRemoved:Delete', undefined, VersionId],
    ]);
    expect(ofFlower[0]).toMatchObject({
      eventVersion: '2.1',
      awsRegion: 'us-east-1',
      requestParameters: { sourceIPAddress: '127.0.0.1' },
      s3: {
        configurationId: 'all',
        bucket: { name: Bucket, arn: `arn:aws:s3:::${Bucket}` },
        object: { eTag: ETag?.replaceAll('"', '') },
      },
    });
  });
});

describe('a thumbnail on upload, by SAM', () => {
  const template = (prefix: string) => `
Transform: AWS::Serverless-2016-10-31
Resources:
  Photos:
    Type: AWS::S3::Bucket
    Properties: { BucketName: photos }
  Thumbnail:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: nodejs24.x
      Handler: index.handler
      Timeout: 30
      Policies: [{ S3CrudPolicy: { BucketName: photos } }]
      InlineCode: |
        const { S3Client, CopyObjectCommand } = require('@aws-sdk/client-s3');
        const s3 = new S3Client({ forcePathStyle: true });
        exports.handler = async ({ Records }) => {
          for (const { s3: { bucket, object } } of Records) {
            const key = decodeURIComponent(object.key.replaceAll('+', ' '));
            const Key = key.replace(/^[^/]*/, 'thumbnails');
            await s3.send(new CopyObjectCommand({ Bucket: bucket.name, Key, CopySource: encodeURI(bucket.name + '/' + key) }));
          }
        };
      Events:
        Upload:
          Type: S3
          Properties:
            Bucket: !Ref Photos
            Events: ['s3:ObjectCreated:Put', 's3:ObjectCreated:CompleteMultipartUpload']
            Filter: { S3Key: { Rules: [{ Name: prefix, Value: ${prefix} }, { Name: suffix, Value: .jpg }] } }
`;
  const keys = async () => {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: 'photos' }));
    return Contents.map(({ Key }) => Key);
  };

  it('is deployed whole, and works', async () => {
    await deploy('photos', template('uploads/'));
    await s3.send(new PutObjectCommand({ Bucket: 'photos', Key: 'uploads/my cat.jpg', Body: 'cat' }));
    await s3.send(new PutObjectCommand({ Bucket: 'photos', Key: 'uploads/notes.txt', Body: 'text' }));
    await expect.poll(keys).toEqual(['thumbnails/my cat.jpg', 'uploads/my cat.jpg', 'uploads/notes.txt']);
  });

  it('follows its template', async () => {
    await cloudFormation.send(
      new UpdateStackCommand({
        StackName: 'photos',
        TemplateBody: template('incoming/'),
        Capabilities: ['CAPABILITY_IAM', 'CAPABILITY_AUTO_EXPAND'],
      }),
    );
    await waitUntilStackUpdateComplete(
      { client: cloudFormation, maxWaitTime: 60, minDelay: 0.1 },
      { StackName: 'photos' },
    );
    const { LambdaFunctionConfigurations = [] } = await s3.send(
      new GetBucketNotificationConfigurationCommand({ Bucket: 'photos' }),
    );
    expect(
      LambdaFunctionConfigurations.map(({ Events, Filter }) => [Events, Filter?.Key?.FilterRules]),
    ).toEqual(
      ['Put', 'CompleteMultipartUpload'].map((name) => [
        [`s3:ObjectCreated:${name}`],
        [
          { Name: 'Prefix', Value: 'incoming/' },
          { Name: 'Suffix', Value: '.jpg' },
        ],
      ]),
    );
  });

  it('leaves no bucket behind when its function may not be notified', async () => {
    await expect(
      deploy(
        'unasked',
        `
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: unasked
      NotificationConfiguration:
        LambdaConfigurations:
          - { Event: 's3:ObjectCreated:*', Function: 'arn:aws:lambda:us-east-1:000000000000:function:nobody' }`,
      ),
    ).rejects.toThrow();
    const { StackEvents = [] } = await cloudFormation.send(
      new DescribeStackEventsCommand({ StackName: 'unasked' }),
    );
    expect(StackEvents.map(({ ResourceStatusReason = '' }) => ResourceStatusReason).join()).toContain(
      'Unable to validate the following destination configurations',
    );
    await expect(s3.send(new HeadBucketCommand({ Bucket: 'unasked' }))).rejects.toMatchObject({
      name: 'NotFound',
    });
  });
});
