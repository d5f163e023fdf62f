/** Permissions boundaries of users: https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPermissionsBoundary.html */
import type {
  DeleteUserPermissionsBoundaryRequest,
  PutUserPermissionsBoundaryRequest,
} from '@aws-sdk/client-iam';
import { attachablePolicy, type IamContext, userNamed } from '../room.ts';
import { users } from '../store.ts';

export async function PutUserPermissionsBoundary(ctx: IamContext, input: PutUserPermissionsBoundaryRequest) {
  const wanted = input.PermissionsBoundary as string;
  const { arn } = await attachablePolicy(ctx, wanted, ctx.room.store.reader, 'Scope ARN: ');
  return await change(ctx, input.UserName as string, arn);
}

export async function DeleteUserPermissionsBoundary(
  ctx: IamContext,
  input: DeleteUserPermissionsBoundaryRequest,
) {
  return await change(ctx, input.UserName as string, undefined);
}

async function change(ctx: IamContext, name: string, boundary: string | undefined): Promise<object> {
  await ctx.room.store.transact(async (tx) => {
    const user = await userNamed(ctx, name, tx);
    users.put(tx, [ctx.account, user.name], { ...user, boundary });
  });
  return {};
}
