import { describe, expect, it } from 'vitest';
import type { Pool } from '../store.ts';
import { deliverySource, objectKey, openedForLogs } from './logBucket.ts';

const pool = { account: '111122223333', region: 'eu-west-1', id: 'eu-west-1_Pool' } as Pool;
const bucket = 'arn:aws:s3:::logs';
const read = (policy: string | undefined) =>
  JSON.parse(policy ?? '{}') as { Version?: string; Statement: { Sid: string; Resource: string }[] };

describe('a bucket for logs', () => {
  it('lets the service that delivers logs write below its account', () => {
    const { Version, Statement } = read(openedForLogs(undefined, pool, bucket));
    expect(Version).toBe('2012-10-17');
    expect(Statement).toHaveLength(2);
    expect(Statement[0]).toEqual({
      Sid: 'AWSLogDeliveryWrite',
      Effect: 'Allow',
      Principal: { Service: 'delivery.logs.amazonaws.com' },
      Action: 's3:PutObject',
      Resource: 'arn:aws:s3:::logs/AWSLogs/111122223333/*',
      Condition: {
        StringEquals: {
          's3:x-amz-acl': 'bucket-owner-full-control',
          'aws:SourceAccount': '111122223333',
        },
        ArnLike: { 'aws:SourceArn': 'arn:aws:logs:eu-west-1:111122223333:*' },
      },
    });
  });

  it('is opened once, whatever its owner calls the statements and however they are sorted', () => {
    const opened = read(openedForLogs(undefined, pool, bucket));
    const statements = opened.Statement.map((statement, index) =>
      Object.fromEntries(Object.entries({ ...statement, Sid: `Mine${index}` }).reverse()),
    );
    expect(openedForLogs(JSON.stringify({ Statement: statements }), pool, bucket)).toBeUndefined();
  });

  it('keeps what its policy said before, under names of their own', () => {
    const before = {
      Version: '2012-10-17',
      Statement: {
        Sid: 'AWSLogDeliveryWrite',
        Effect: 'Deny',
        Principal: '*',
        Action: 's3:*',
        Resource: '*',
      },
    };
    const { Statement } = read(openedForLogs(JSON.stringify(before), pool, bucket));
    expect(Statement[0]).toEqual(before.Statement);
    expect(Statement.map(({ Sid }) => Sid)).toEqual([
      'AWSLogDeliveryWrite',
      'AWSLogDeliveryWrite1',
      'AWSLogDeliveryAclCheck',
    ]);
  });

  it('is opened for each account and region that writes', () => {
    const once = openedForLogs(undefined, pool, bucket);
    const other = { ...pool, account: '444455556666' };
    expect(read(openedForLogs(once, other, bucket)).Statement).toHaveLength(4);
  });

  it('has an object for each event, below the hour', () => {
    const at = Date.UTC(2026, 10, 3, 7, 5);
    expect(objectKey(pool, at, 'id')).toBe(
      `AWSLogs/111122223333/cognito-idp/eu-west-1/eu-west-1_Pool/2026/11/03/07/${at}_id.json`,
    );
    expect(deliverySource(pool)).toMatch(/^arn:aws:logs:eu-west-1:111122223333:/);
  });
});
