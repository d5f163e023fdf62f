import { expect, it } from 'vitest';
import type { AuthorizationRequest } from '../../platform/index.ts';
import { authorize } from './authorize.ts';

const ctx = { account: '111122223333', region: 'eu-west-1' };
const resourceOf = async (operation: string, input: object) => {
  const asked = (await authorize[operation]?.(ctx as never, input as never)) as AuthorizationRequest;
  expect(asked.resources).toHaveLength(1);
  return asked.resources[0]?.replace('arn:aws:logs:eu-west-1:111122223333:log-group:', '');
};
const group = '/aws/lambda/f';

it.each<[operation: string, input: object, resource: string]>([
  ['DescribeLogGroups', {}, ':log-stream:'],
  ['CreateLogGroup', { logGroupName: group }, `${group}:log-stream:`],
  ['PutRetentionPolicy', { logGroupName: group }, `${group}:log-stream:`],
  ['DescribeLogStreams', { logGroupName: group }, `${group}:log-stream:`],
  ['FilterLogEvents', { logGroupName: group }, `${group}:log-stream:`],
  ['CreateLogStream', { logGroupName: group, logStreamName: 's' }, `${group}:log-stream:s`],
  ['PutLogEvents', { logGroupName: group, logStreamName: 's' }, `${group}:log-stream:s`],
  ['GetLogEvents', { logGroupName: group, logStreamName: 's' }, `${group}:log-stream:s`],
])('%s of %j is about %s', async (operation, input, resource) => {
  expect(await resourceOf(operation, input)).toBe(resource);
});
