/** DynamoDB Streams: the API that reads what the tables' changes wrote. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB_Streams.html */
import { defineService } from '../../../platform/index.ts';
import { DescribeStream, ListStreams, type StreamsRoom } from './DescribeStream.ts';
import { GetRecords, GetShardIterator } from './GetRecords.ts';

const onStream = (_ctx: unknown, input: { StreamArn: string }) => ({ resources: [input.StreamArn] });

export const dynamodbStreams = defineService<StreamsRoom>({
  name: 'dynamodbstreams',
  iamPrefix: 'dynamodb',
  open: ({ store, logs }) => ({ store, logs }),
  operations: { DescribeStream, GetRecords, GetShardIterator, ListStreams },
  authorize: {
    DescribeStream: onStream,
    GetShardIterator: onStream,
    // The iterator names its stream; who got one was allowed to.
    GetRecords: () => ({ resources: ['*'] }),
    ListStreams: () => ({ resources: ['*'] }),
  },
});
