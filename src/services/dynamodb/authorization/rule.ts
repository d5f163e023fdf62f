/** How an operation says what it asks IAM for. */
import { formatArn } from '../../../kernel/index.ts';
import type { AuthorizationRequest } from '../../../platform/index.ts';
import type { Context } from '../room.ts';

type Requests = AuthorizationRequest | AuthorizationRequest[];
export type Rule<Input> = (ctx: Context, input: Input) => Requests | Promise<Requests>;

export function tableArn(ctx: Context, nameOrArn: string | undefined): string {
  if (nameOrArn?.startsWith('arn:')) return nameOrArn;
  return formatArn({
    service: 'dynamodb',
    region: ctx.region,
    account: ctx.account,
    resource: `table/${nameOrArn ?? '*'}`,
  });
}
