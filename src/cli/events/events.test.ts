import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type Common, samples } from './index.ts';

let made = 0;
const common: Common = {
  region: 'eu-west-1',
  account: '123456789012',
  time: Date.UTC(2030, 0, 31, 9, 30),
  uuid: () => `00000000-0000-4000-8000-${String(made++).padStart(12, '0')}`,
};

// biome-ignore lint/suspicious/noExplicitAny: the samples have as many shapes as there are services
function event(service: string, kind: string, given: Record<string, string> = {}): any {
  const found = samples.get(service)?.get(kind);
  if (!found) throw new Error(`no ${service} ${kind}`);
  return JSON.parse(JSON.stringify(found.make({ ...found.flags, ...given }, common)));
}

const all = [...samples].flatMap(([service, kinds]) =>
  [...kinds].map(([kind, one]) => [service, kind, one] as const),
);

describe('sample events', () => {
  it.each(all)('%s %s is an object that heeds each of its flags', (service, kind, { flags }) => {
    const usual = JSON.stringify(event(service, kind));
    expect(usual).toMatch(/^\{.+\}$/);
    expect(usual).not.toContain('undefined');
    made = 0;
    const before = JSON.stringify(event(service, kind));
    for (const [name, value] of Object.entries(flags)) {
      made = 0;
      const other = /^\d+$/.test(value) ? String(Number(value) + 1) : '/other';
      expect(JSON.stringify(event(service, kind, { [name]: other })), `--${name}`).not.toBe(before);
    }
  });

  it('S3 encodes keys as in a query, and a removal has no size', () => {
    const { object, bucket } = event('s3', 'put', { bucket: 'b', key: 'a b/é+.jpg' }).Records[0].s3;
    expect([bucket.arn, object.key, object.size]).toEqual(['arn:aws:s3:::b', 'a+b/%C3%A9%2B.jpg', 1024]);
    const removed = event('s3', 'delete').Records[0];
    expect(removed.eventName).toBe('ObjectRemoved:Delete');
    expect(removed.s3.object).not.toHaveProperty('size');
  });

  it('SQS: as many messages as asked for, with the digest of the body and, in a FIFO queue, the group', () => {
    const { Records } = event('sqs', 'receive-message', { body: 'hi', count: '3', 'group-id': 'g' });
    expect(new Set(Records.map((one: { messageId: string }) => one.messageId)).size).toBe(3);
    expect(Records[0]).toMatchObject({
      md5OfBody: '49f68a5c8493ec2c0bf489821c21fc3b',
      eventSourceARN: 'arn:aws:sqs:eu-west-1:123456789012:MyQueue',
      attributes: { MessageGroupId: 'g', SentTimestamp: String(common.time) },
    });
    expect(event('sqs', 'receive-message').Records[0].attributes).not.toHaveProperty('MessageGroupId');
  });

  it('what AWS encodes is encoded', () => {
    const { data } = event('kinesis', 'get-records', { data: 'päckchen' }).Records[0].kinesis;
    expect(Buffer.from(data, 'base64').toString()).toBe('päckchen');
    const packed = event('cloudwatch', 'logs', { message: 'late' }).awslogs.data;
    expect(JSON.parse(gunzipSync(Buffer.from(packed, 'base64')).toString()).logEvents[0].message).toBe(
      'late',
    );
  });

  it('the proxies show path, query and time in their own ways', () => {
    const rest = event('apigateway', 'aws-proxy', { path: '/a/b', query: 'x=1&x=2', body: '' });
    expect(rest).toMatchObject({
      pathParameters: { proxy: 'a/b' },
      queryStringParameters: { x: '2' },
      multiValueQueryStringParameters: { x: ['1', '2'] },
      body: null,
      requestContext: { path: '/prod/a/b', requestTime: '31/Jan/2030:09:30:00 +0000' },
    });
    const version2 = event('apigateway', 'http-api-proxy', { query: 'x=1&x=2', body: '' });
    expect(version2.queryStringParameters).toEqual({ x: '1,2' });
    expect(version2).not.toHaveProperty('body');
    expect(event('function-url', 'request', { query: '' })).not.toHaveProperty('queryStringParameters');
  });

  it('DynamoDB: insert, modify, remove, in the order of their sequence numbers', () => {
    const { Records } = event('dynamodb', 'update', { table: 'T', id: '7' });
    const numbers = Records.map(
      (one: { dynamodb: { SequenceNumber: string } }) => one.dynamodb.SequenceNumber,
    );
    expect(numbers).toEqual([...numbers].sort());
    expect(numbers[0]).toMatch(/^\d+$/);
    expect(Records.map((one: { eventName: string }) => one.eventName)).toEqual([
      'INSERT',
      'MODIFY',
      'REMOVE',
    ]);
  });
});
