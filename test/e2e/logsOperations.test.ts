/** Log groups and streams through the official SDK: retention, tags by the older operations, and streams that are deleted. */
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogStreamCommand,
  DeleteRetentionPolicyCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
  ListTagsForResourceCommand,
  ListTagsLogGroupCommand,
  PutLogEventsCommand,
  PutRetentionPolicyCommand,
  TagLogGroupCommand,
  UntagLogGroupCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';

const logGroupName = '/app/web';
let cloud: Cloud;
let logs: CloudWatchLogsClient;
beforeAll(async () => {
  cloud = await startCloud();
  logs = new CloudWatchLogsClient(cloud.clientConfig);
});
afterAll(async () => {
  logs.destroy();
  await cloud.close();
});
beforeEach(async () => {
  await cloud.reset();
  await logs.send(new CreateLogGroupCommand({ logGroupName }));
});

const missing = (message: string) => ({ name: 'ResourceNotFoundException', message });
const noGroup = missing('The specified log group does not exist.');

it('What is kept for days is kept for good once the policy is deleted', async () => {
  const retention = async () =>
    (await logs.send(new DescribeLogGroupsCommand({}))).logGroups?.map((group) => group.retentionInDays);
  await logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 7 }));
  expect(await retention()).toEqual([7]);
  await logs.send(new CreateLogGroupCommand({ logGroupName: 'brief' }));
  await logs.send(new PutRetentionPolicyCommand({ logGroupName: 'brief', retentionInDays: 7 }));
  for (const group of [logGroupName, 'brief']) {
    const stream = { logGroupName: group, logStreamName: 'one' };
    await logs.send(new CreateLogStreamCommand(stream));
    const logEvents = [{ timestamp: cloud.clock.now(), message: 'kept' }];
    await logs.send(new PutLogEventsCommand({ ...stream, logEvents }));
  }
  await logs.send(new DeleteRetentionPolicyCommand({ logGroupName }));
  expect(await retention()).toEqual([undefined, 7]);
  await cloud.clock.advance(30 * 24 * 60 * 60_000);
  await cloud.settled();
  const messages = async (group: string) =>
    (await logs.send(new FilterLogEventsCommand({ logGroupName: group }))).events?.map(
      ({ message }) => message,
    );
  expect(await messages(logGroupName)).toEqual(['kept']);
  expect(await messages('brief')).toEqual([]);
  // None to delete is no error; no group is.
  await logs.send(new DeleteRetentionPolicyCommand({ logGroupName }));
  await expect(
    logs.send(new DeleteRetentionPolicyCommand({ logGroupName: 'nowhere' })),
  ).rejects.toMatchObject(noGroup);
});

it('Groups are tagged by name, and their tags told by ARN', async () => {
  const shown = async () => (await logs.send(new ListTagsLogGroupCommand({ logGroupName }))).tags;
  expect(await shown()).toEqual({});
  await logs.send(new TagLogGroupCommand({ logGroupName, tags: { team: 'red', cost: '7' } }));
  await logs.send(new TagLogGroupCommand({ logGroupName, tags: { team: 'blue' } }));
  expect(await shown()).toEqual({ team: 'blue', cost: '7' });
  await logs.send(new UntagLogGroupCommand({ logGroupName, tags: ['cost', 'none'] }));
  expect(await shown()).toEqual({ team: 'blue' });
  const { logGroups } = await logs.send(new DescribeLogGroupsCommand({}));
  const resourceArn = logGroups?.[0]?.logGroupArn;
  const { tags } = await logs.send(new ListTagsForResourceCommand({ resourceArn }));
  expect(tags).toEqual({ team: 'blue' });
  for (const send of [
    () => logs.send(new ListTagsLogGroupCommand({ logGroupName: 'nowhere' })),
    () => logs.send(new TagLogGroupCommand({ logGroupName: 'nowhere', tags: { a: '1' } })),
    () => logs.send(new UntagLogGroupCommand({ logGroupName: 'nowhere', tags: ['a'] })),
  ]) {
    await expect(send()).rejects.toMatchObject(noGroup);
  }
});

it('A stream goes with its events, and its name is free again', async () => {
  const put = async (logStreamName: string) => {
    await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
    const logEvents = [{ timestamp: cloud.clock.now(), message: logStreamName }];
    await logs.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
  };
  const messages = async () =>
    (await logs.send(new FilterLogEventsCommand({ logGroupName }))).events?.map(({ message }) => message);
  await put('one');
  await put('two');
  expect((await messages())?.sort()).toEqual(['one', 'two']);
  const one = { logGroupName, logStreamName: 'one' };
  await logs.send(new DeleteLogStreamCommand(one));
  expect(await messages()).toEqual(['two']);
  const { logStreams } = await logs.send(new DescribeLogStreamsCommand({ logGroupName }));
  expect(logStreams?.map(({ logStreamName }) => logStreamName)).toEqual(['two']);
  const noStream = missing('The specified log stream does not exist.');
  await expect(logs.send(new GetLogEventsCommand(one))).rejects.toMatchObject(noStream);
  await expect(logs.send(new DeleteLogStreamCommand(one))).rejects.toMatchObject(noStream);
  await expect(
    logs.send(new DeleteLogStreamCommand({ ...one, logGroupName: 'nowhere' })),
  ).rejects.toMatchObject(noGroup);
  await logs.send(new CreateLogStreamCommand(one));
  expect((await logs.send(new GetLogEventsCommand(one))).events).toEqual([]);
});
