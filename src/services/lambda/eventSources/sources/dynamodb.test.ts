import { expect, it } from 'vitest';
import type { AwsCaller } from '../../../../platform/index.ts';
import { dynamoDbStreams } from './dynamodb.ts';

it('a record of a table is written in JSON, its bytes in base64, and says who deleted', async () => {
  const aws = {
    call: async () => ({
      Records: [
        {
          eventID: '1',
          eventName: 'REMOVE',
          eventVersion: '1.1',
          eventSource: 'aws:dynamodb',
          awsRegion: 'us-east-1',
          dynamodb: {
            ApproximateCreationDateTime: new Date(1_700_000_000_000),
            Keys: { id: { B: new Uint8Array([1]) } },
            OldImage: {
              id: { B: new Uint8Array([1]) },
              set: { BS: [new Uint8Array([2]), new Uint8Array([3])] },
              map: { M: { list: { L: [{ B: new Uint8Array([4]) }, { NULL: true }] } } },
            },
            SequenceNumber: '5',
            SizeBytes: 9,
            StreamViewType: 'OLD_IMAGE',
          },
          userIdentity: { PrincipalId: 'dynamodb.amazonaws.com', Type: 'Service' },
        },
      ],
    }),
  } as unknown as AwsCaller;
  const { records } = await dynamoDbStreams.open(aws, 'arn:stream', 'role').records('s', 'i', 10);
  expect(records[0]?.event).toEqual({
    eventID: '1',
    eventName: 'REMOVE',
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: 'us-east-1',
    dynamodb: {
      ApproximateCreationDateTime: 1_700_000_000,
      Keys: { id: { B: 'AQ==' } },
      OldImage: {
        id: { B: 'AQ==' },
        set: { BS: ['Ag==', 'Aw=='] },
        map: { M: { list: { L: [{ B: 'BA==' }, { NULL: true }] } } },
      },
      SequenceNumber: '5',
      SizeBytes: 9,
      StreamViewType: 'OLD_IMAGE',
    },
    userIdentity: { type: 'Service', principalId: 'dynamodb.amazonaws.com' },
    eventSourceARN: 'arn:stream',
  });
});
