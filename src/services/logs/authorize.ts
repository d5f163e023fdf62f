/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html */
import type { AuthorizationRule, OperationContext } from '../../platform/index.ts';
import { groupArn, nameOfIdentifier } from './operations/groups.ts';
import type { LogsRoom } from './store.ts';

interface NamesGroup {
  logGroupName?: string;
  logGroupIdentifier?: string;
  resourceArn?: string;
  logStreamName?: string;
}

/** A group is asked about as its stream without a name, as AWS's answers to those who may not have it show. */
const onGroup = (ctx: OperationContext<LogsRoom>, input: NamesGroup) => {
  const name = nameOfIdentifier(input.logGroupName ?? input.logGroupIdentifier ?? input.resourceArn ?? '*');
  return { resources: [`${groupArn(ctx, name)}:log-stream:`] };
};

const onStream = (ctx: OperationContext<LogsRoom>, input: NamesGroup) => {
  const name = nameOfIdentifier(input.logGroupName ?? input.logGroupIdentifier ?? '*');
  return { resources: [`${groupArn(ctx, name)}:log-stream:${input.logStreamName ?? '*'}`] };
};

export const authorize: Readonly<Record<string, AuthorizationRule<LogsRoom>>> = {
  CreateLogGroup: onGroup,
  DeleteLogGroup: onGroup,
  DescribeLogGroups: (ctx) => ({ resources: [`${groupArn(ctx, '')}:log-stream:`] }),
  PutRetentionPolicy: onGroup,
  DeleteRetentionPolicy: onGroup,
  CreateLogStream: onStream,
  DeleteLogStream: onStream,
  DescribeLogStreams: onGroup,
  PutLogEvents: onStream,
  GetLogEvents: onStream,
  FilterLogEvents: onGroup,
  TagResource: onGroup,
  UntagResource: onGroup,
  TagLogGroup: onGroup,
  UntagLogGroup: onGroup,
  ListTagsForResource: onGroup,
  ListTagsLogGroup: onGroup,
};
