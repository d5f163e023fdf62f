/** What storage, queues, topics and streams send. */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { arn, base64, type Common, jsonOrText, type Sample, sample, seconds } from './sample.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html */
function s3(about: string, eventName: string): Sample {
  const removed = eventName.startsWith('ObjectRemoved');
  const flags = {
    bucket: 'example-bucket',
    key: 'folder/my photo.jpg',
    ...(removed ? {} : { size: '1024' }),
  };
  return sample(about, flags, ({ bucket, key, size }, common) => ({
    Records: [
      {
        eventVersion: '2.1',
        eventSource: 'aws:s3',
        awsRegion: common.region,
        eventTime: new Date(common.time).toISOString(),
        eventName,
        userIdentity: { principalId: 'AIDAEXAMPLE' },
        requestParameters: { sourceIPAddress: '203.0.113.7' },
        responseElements: { 'x-amz-request-id': 'C3D13FE58DE4C810', 'x-amz-id-2': base64(common.uuid()) },
        s3: {
          s3SchemaVersion: '1.0',
          configurationId: 'notifications',
          bucket: {
            name: bucket,
            ownerIdentity: { principalId: 'A3NL1KOZZKExample' },
            arn: `arn:aws:s3:::${bucket}`,
          },
          object: {
            // “The s3 key provides information about the bucket and object; the object key name value is URL encoded.”
            key: encodeURIComponent(key).replaceAll('%2F', '/').replaceAll('%20', '+'),
            ...(removed ? {} : { size: Number(size), eTag: createHash('md5').update(key).digest('hex') }),
            sequencer: '0055AED6DCD90281E5',
          },
        },
      },
    ],
  }));
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-invoke-lambda.html */
const s3Batch = sample(
  'a task of S3 Batch Operations',
  { bucket: 'example-bucket', key: 'folder/my photo.jpg' },
  ({ bucket, key }, common) => ({
    invocationSchemaVersion: '1.0',
    invocationId: base64(common.uuid()),
    job: { id: common.uuid() },
    tasks: [
      {
        taskId: base64(key).slice(0, 24),
        s3Key: encodeURIComponent(key).replaceAll('%2F', '/'),
        s3VersionId: null,
        s3BucketArn: `arn:aws:s3:::${bucket}`,
      },
    ],
  }),
);

/** https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
const sqs = sample(
  'messages of a queue',
  { body: 'Hello from SQS', 'queue-name': 'MyQueue', 'group-id': '', count: '1' },
  (values, common) => ({
    Records: Array.from({ length: batchSize(values.count) }, () => ({
      messageId: common.uuid(),
      receiptHandle: base64(common.uuid()),
      body: values.body,
      attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: String(common.time),
        SenderId: 'AIDAEXAMPLE',
        ApproximateFirstReceiveTimestamp: String(common.time + 1),
        ...(values['group-id']
          ? {
              SequenceNumber: '18849496460467696128',
              MessageGroupId: values['group-id'],
              MessageDeduplicationId: createHash('sha256').update(values.body).digest('hex'),
            }
          : {}),
      },
      messageAttributes: {},
      md5OfBody: createHash('md5').update(values.body).digest('hex'),
      eventSource: 'aws:sqs',
      eventSourceARN: arn(common, 'sqs', values['queue-name']),
      awsRegion: common.region,
    })),
  }),
);

/** “The default is 10”, and at most 10,000. */
function batchSize(count: string): number {
  return Math.min(10_000, Math.max(1, Math.trunc(Number(count)) || 1));
}

/** https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html */
const sns = sample(
  'a notification of a topic',
  { message: 'Hello from SNS', subject: 'TestInvoke', topic: 'MyTopic' },
  ({ message, subject, topic }, common) => {
    const topicArn = arn(common, 'sns', topic);
    return {
      Records: [
        {
          EventSource: 'aws:sns',
          EventVersion: '1.0',
          EventSubscriptionArn: `${topicArn}:${common.uuid()}`,
          Sns: {
            Type: 'Notification',
            MessageId: common.uuid(),
            TopicArn: topicArn,
            Subject: subject || null,
            Message: message,
            Timestamp: new Date(common.time).toISOString(),
            SignatureVersion: '1',
            Signature: base64('example'),
            SigningCertUrl: `https://sns.${common.region}.amazonaws.com/SimpleNotificationService-example.pem`,
            UnsubscribeUrl: `https://sns.${common.region}.amazonaws.com/?Action=Unsubscribe&SubscriptionArn=${topicArn}`,
            MessageAttributes: {},
          },
        },
      ],
    };
  },
);

/** https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html */
const dynamodb = sample(
  'changes of a table: an item put, changed and deleted',
  { table: 'ExampleTable', id: '101' },
  ({ table, id }, common) => {
    const Keys = { Id: { N: id } };
    const first = { ...Keys, Message: { S: 'New item!' } };
    const second = { ...Keys, Message: { S: 'This item has changed' } };
    const record = (number: number, eventName: string, images: object) => ({
      eventID: createHash('md5').update(`${table}${number}`).digest('hex'),
      eventName,
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: common.region,
      dynamodb: {
        ApproximateCreationDateTime: Math.floor(common.time / 1000),
        Keys,
        ...images,
        SequenceNumber: String(4421584500000000017450439090n + BigInt(number)),
        SizeBytes: 26 + number,
        StreamViewType: 'NEW_AND_OLD_IMAGES',
      },
      eventSourceARN: arn(common, 'dynamodb', `table/${table}/stream/${streamLabel(common)}`),
    });
    return {
      Records: [
        record(1, 'INSERT', { NewImage: first }),
        record(2, 'MODIFY', { NewImage: second, OldImage: first }),
        record(3, 'REMOVE', { OldImage: second }),
      ],
    };
  },
);

function streamLabel({ time }: Common): string {
  return new Date(time).toISOString().replace('Z', '');
}

const sequence = '49590338271490256608559692538361571095921575989136588898';

/** https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html */
const kinesis = sample(
  'records of a data stream',
  {
    data: 'Hello, this is a test.',
    'partition-key': 'partitionKey-03',
    stream: 'my-stream',
    'sequence-number': sequence,
  },
  (values, common) => ({
    Records: [
      {
        kinesis: {
          kinesisSchemaVersion: '1.0',
          partitionKey: values['partition-key'],
          sequenceNumber: values['sequence-number'],
          data: base64(values.data),
          approximateArrivalTimestamp: common.time / 1000,
        },
        eventSource: 'aws:kinesis',
        eventVersion: '1.0',
        eventID: `shardId-000000000000:${values['sequence-number']}`,
        eventName: 'aws:kinesis:record',
        invokeIdentityArn: `arn:aws:iam::${common.account}:role/lambda-role`,
        awsRegion: common.region,
        eventSourceARN: arn(common, 'kinesis', `stream/${values.stream}`),
      },
    ],
  }),
);

/** https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html */
const firehose = sample(
  'records that a delivery stream has transformed',
  { data: 'Hello, this is a test.', stream: 'my-stream' },
  ({ data, stream }, common) => ({
    invocationId: common.uuid(),
    deliveryStreamArn: arn(common, 'firehose', `deliverystream/${stream}`),
    region: common.region,
    records: [{ recordId: sequence, approximateArrivalTimestamp: common.time, data: base64(data) }],
  }),
);

/** https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html */
const kafka = sample(
  'records of a topic of Amazon MSK',
  { topic: 'mytopic', value: 'Hello, this is a test.', key: 'key', cluster: 'my-cluster' },
  ({ topic, value, key, cluster }, common) => ({
    eventSource: 'aws:kafka',
    eventSourceArn: arn(common, 'kafka', `cluster/${cluster}/751d2973-a626-431c-9d4e-d7975eb44dd7-2`),
    bootstrapServers: `b-1.${cluster}.a1b2c3.c2.kafka.${common.region}.amazonaws.com:9092`,
    records: {
      [`${topic}-0`]: [
        {
          topic,
          partition: 0,
          offset: 15,
          timestamp: common.time,
          timestampType: 'CREATE_TIME',
          key: base64(key),
          value: base64(value),
          headers: [{ headerKey: [...Buffer.from('headerValue')] }],
        },
      ],
    },
  }),
);

/** https://docs.aws.amazon.com/lambda/latest/dg/process-mq-messages-with-lambda.html */
const activemq = sample(
  'messages of an ActiveMQ broker',
  { data: 'Hello, this is a test.', queue: 'testQueue' },
  ({ data, queue }, common) => ({
    eventSource: 'aws:mq',
    eventSourceArn: arn(common, 'mq', 'broker:test:b-9bcfa592-423a-4942-879d-eb284b418fc8'),
    messages: [
      {
        messageID: `ID:b-9bcfa592-423a-4942-879d-eb284b418fc8-1.mq.${common.region}.amazonaws.com-37557-1`,
        messageType: 'jms/text-message',
        deliveryMode: 1,
        replyTo: null,
        type: null,
        expiration: '60000',
        priority: 1,
        correlationId: 'myJMSCoID',
        redelivered: false,
        destination: { physicalName: queue },
        data: base64(data),
        timestamp: common.time,
        brokerInTime: common.time,
        brokerOutTime: common.time + 1,
        properties: {},
      },
    ],
  }),
);

const rabbitmq = sample(
  'messages of a RabbitMQ broker',
  { data: 'Hello, this is a test.', queue: 'testQueue' },
  ({ data, queue }, common) => ({
    eventSource: 'aws:rmq',
    eventSourceArn: arn(common, 'mq', 'broker:test:b-9bcfa592-423a-4942-879d-eb284b418fc8'),
    rmqMessagesByQueue: {
      [`${queue}::/`]: [
        {
          basicProperties: {
            contentType: 'text/plain',
            contentEncoding: null,
            headers: {},
            deliveryMode: 1,
            priority: 34,
            correlationId: null,
            replyTo: null,
            expiration: '60000',
            messageId: null,
            timestamp: new Date(common.time).toUTCString(),
            type: null,
            userId: 'AIDACKCEVSQ6C2EXAMPLE',
            appId: null,
            clusterId: null,
            bodySize: Buffer.byteLength(data),
          },
          redelivered: false,
          data: base64(data),
        },
      ],
    },
  }),
);

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html */
const logs = sample(
  'log events of a subscription filter (gzip in base64)',
  { message: '[ERROR] First test message', 'log-group': 'testLogGroup', 'log-stream': 'testLogStream' },
  (values, common) => ({
    awslogs: {
      data: gzipSync(
        JSON.stringify({
          messageType: 'DATA_MESSAGE',
          owner: common.account,
          logGroup: values['log-group'],
          logStream: values['log-stream'],
          subscriptionFilters: ['testFilter'],
          logEvents: [{ id: 'eventId1', timestamp: common.time, message: values.message }],
        }),
      ).toString('base64'),
    },
  }),
);

/** https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html */
function bridged(common: Common, source: string, detailType: string, resources: string[], detail: unknown) {
  return {
    version: '0',
    id: common.uuid(),
    'detail-type': detailType,
    source,
    account: common.account,
    time: seconds(common.time),
    region: common.region,
    resources,
    detail,
  };
}

const scheduled = sample('a rule with a schedule', { rule: 'ExampleRule' }, ({ rule }, common) =>
  bridged(common, 'aws.events', 'Scheduled Event', [arn(common, 'events', `rule/${rule}`)], {}),
);

const event = sample(
  'an event of a bus',
  { source: 'my.application', 'detail-type': 'Order placed', detail: '{"orderId":"42"}' },
  (values, common) => bridged(common, values.source, values['detail-type'], [], jsonOrText(values.detail)),
);

export const data = {
  s3: {
    put: s3('an object was written', 'ObjectCreated:Put'),
    delete: s3('an object was deleted', 'ObjectRemoved:Delete'),
    'batch-invocation': s3Batch,
  },
  sqs: { 'receive-message': sqs },
  sns: { notification: sns },
  dynamodb: { update: dynamodb },
  kinesis: { 'get-records': kinesis, firehose },
  kafka: { records: kafka },
  mq: { activemq, rabbitmq },
  cloudwatch: { 'scheduled-event': scheduled, logs },
  eventbridge: { event, 'scheduled-event': scheduled },
} satisfies Record<string, Record<string, Sample>>;
