import { expect, it } from 'vitest';
import { AwsError } from '../kernel/index.ts';
import type { AwsCaller } from '../platform/index.ts';
import { cloudLogSink } from './cloudLogs.ts';

/** As much of CloudWatch Logs as a sink meets, and what it was asked. */
function toyLogs(groups: string[] = []) {
  const asked: string[] = [];
  const failed: string[] = [];
  const streams = new Set<string>();
  const fail = (code: string) => {
    failed.push(code);
    return Promise.reject(new AwsError(code, code));
  };
  const operations: Record<string, (input: Record<string, string>) => unknown> = {
    DescribeLogGroups: ({ logGroupNamePrefix = '' }) => ({
      logGroups: groups
        .filter((name) => name.startsWith(logGroupNamePrefix))
        .sort()
        .slice(0, 1)
        .map((logGroupName) => ({ logGroupName })),
    }),
    CreateLogGroup: ({ logGroupName = '' }) =>
      groups.includes(logGroupName) ? fail('ResourceAlreadyExistsException') : groups.push(logGroupName),
    CreateLogStream: ({ logGroupName = '', logStreamName }) => {
      if (!groups.includes(logGroupName)) return fail('ResourceNotFoundException');
      const name = `${logGroupName} ${logStreamName}`;
      return streams.has(name) ? fail('ResourceAlreadyExistsException') : streams.add(name);
    },
    PutLogEvents: ({ logGroupName, logStreamName }) =>
      streams.has(`${logGroupName} ${logStreamName}`) ? {} : fail('ResourceNotFoundException'),
  };
  const caller = {
    call: async (_service: string, operation: string, input: Record<string, string>) => {
      asked.push(operation);
      return operations[operation]?.(input);
    },
  } as unknown as AwsCaller;
  const sink = cloudLogSink(() => caller);
  const write = (logStream: string, logGroup = '/aws/lambda/f') =>
    sink({
      account: '000000000000',
      region: 'eu-west-1',
      logGroup,
      logStream,
      events: [{ timestamp: 1, message: 'hello' }],
    });
  const forget = () => {
    groups.length = 0;
    streams.clear();
  };
  return { asked, failed, write, forget };
}

it('makes group and stream before the first events, once, and no call fails', async () => {
  const { asked, failed, write } = toyLogs(['/aws/lambda/f2']);
  await write('a');
  await write('a');
  await write('b');
  expect(asked).toEqual([
    'DescribeLogGroups',
    'CreateLogGroup',
    'CreateLogStream',
    'PutLogEvents',
    'PutLogEvents',
    'CreateLogStream',
    'PutLogEvents',
  ]);
  expect(failed).toEqual([]);
});

it('takes a group that is there already', async () => {
  const { asked, failed, write } = toyLogs(['/aws/lambda/f', '/aws/lambda/f2']);
  await write('a');
  expect(asked).toEqual(['DescribeLogGroups', 'CreateLogStream', 'PutLogEvents']);
  expect(failed).toEqual([]);
});

it('makes again what was deleted behind its back', async () => {
  const { asked, write, forget } = toyLogs();
  await write('a');
  await write('b');
  forget();
  asked.length = 0;
  await write('b');
  const again = ['DescribeLogGroups', 'CreateLogGroup', 'CreateLogStream', 'PutLogEvents'];
  expect(asked).toEqual(['PutLogEvents', ...again]);
});
