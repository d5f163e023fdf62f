/** Who may do what to which table. https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html */
import { formatArn } from '../../kernel/index.ts';
import type { AuthorizationRequest, AuthorizationRule } from '../../platform/index.ts';
import type { Context, Room } from './room.ts';

type Rule<Input> = (ctx: Context, input: Input) => AuthorizationRequest | AuthorizationRequest[];

function tableArn(ctx: Context, nameOrArn: string | undefined): string {
  if (nameOrArn?.startsWith('arn:')) return nameOrArn;
  return formatArn({
    service: 'dynamodb',
    region: ctx.region,
    account: ctx.account,
    resource: `table/${nameOrArn ?? '*'}`,
  });
}

const onTable: Rule<{ TableName?: string }> = (ctx, input) => ({
  resources: [tableArn(ctx, input.TableName)],
});

const onIndex: Rule<{ TableName?: string; IndexName?: string; Select?: string }> = (ctx, input) => {
  const table = tableArn(ctx, input.TableName);
  return {
    resources: [input.IndexName === undefined ? table : `${table}/index/${input.IndexName}`],
    ...(input.Select === undefined ? {} : { context: { 'dynamodb:Select': input.Select } }),
  };
};

const onArn: Rule<{ ResourceArn: string }> = (_ctx, input) => ({ resources: [input.ResourceArn] });
const onAny: Rule<unknown> = () => ({ resources: ['*'] });

const rules: Record<string, Rule<never>> = {
  CreateTable: onTable,
  DeleteItem: onTable,
  DeleteTable: onTable,
  DescribeTable: onTable,
  GetItem: onTable,
  ListTables: onAny,
  ListTagsOfResource: onArn,
  PutItem: onTable,
  Query: onIndex,
  Scan: onIndex,
  TagResource: onArn,
  UntagResource: onArn,
  UpdateItem: onTable,
};

export const authorize: Readonly<Record<string, AuthorizationRule<Room>>> = rules;
