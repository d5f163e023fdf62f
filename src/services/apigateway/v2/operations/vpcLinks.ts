/** VPC links of HTTP APIs: recorded. This machine has no VPC, so they are there at once. */
import type {
  CreateVpcLinkRequest,
  DeleteVpcLinkRequest,
  GetVpcLinkRequest,
  GetVpcLinksRequest,
  UpdateVpcLinkRequest,
} from '@aws-sdk/client-apigatewayv2';
import type { HttpVpcLink } from '../../domain/recorded.ts';
import { BadRequestException, ConflictException, NotFoundException } from '../../errors.ts';
import { httpVpcLinksPerAccount } from '../../limits.ts';
import { mapOf } from '../../operations/find.ts';
import type { Context, Operations } from '../../room.ts';
import type { ApiReader } from '../../store.ts';
import { checkQuota, httpPage } from './find.ts';

function output(link: HttpVpcLink, status: 'PENDING' | 'AVAILABLE' = 'AVAILABLE') {
  return {
    ...link,
    CreatedDate: new Date(link.CreatedDate),
    VpcLinkStatus: status,
    VpcLinkStatusMessage:
      status === 'PENDING' ? 'VPC link is provisioning ENIs' : 'VPC link is ready to route traffic',
    VpcLinkVersion: 'V2',
  };
}

async function CreateVpcLink(ctx: Context, input: CreateVpcLinkRequest) {
  if (!input.Name) throw new BadRequestException('Name is required');
  if (!input.SubnetIds?.length) throw new BadRequestException('At least one subnet is required');
  const link: HttpVpcLink = {
    VpcLinkId: ctx.room.platform.ids.token(6),
    Name: input.Name,
    SecurityGroupIds: input.SecurityGroupIds ?? [],
    SubnetIds: input.SubnetIds,
    Tags: mapOf(input.Tags),
    CreatedDate: ctx.now,
  };
  await ctx.room.store.transact(async (tx) => {
    await checkQuota(tx, 'httpVpcLink', ctx, '', httpVpcLinksPerAccount, 'VPC links');
    tx.put('httpVpcLink', ctx, '', link.VpcLinkId, link);
  });
  return output(link, 'PENDING');
}

async function find(reader: ApiReader, ctx: Context, id: string | undefined): Promise<HttpVpcLink> {
  const link = await reader.get('httpVpcLink', ctx, '', id ?? '');
  if (link) return link;
  throw new NotFoundException(`Invalid VPC Link identifier specified ${id}`);
}

async function GetVpcLink(ctx: Context, input: GetVpcLinkRequest) {
  return output(await find(ctx.room.store, ctx, input.VpcLinkId));
}

async function GetVpcLinks(ctx: Context, input: GetVpcLinksRequest) {
  const { Items, NextToken } = await httpPage(ctx.room.store, 'httpVpcLink', ctx, '', input);
  return { Items: Items.map((link) => output(link)), NextToken };
}

async function UpdateVpcLink(ctx: Context, input: UpdateVpcLinkRequest) {
  return ctx.room.store.transact(async (tx) => {
    const link = await find(tx, ctx, input.VpcLinkId);
    const updated = { ...link, Name: input.Name ?? link.Name };
    tx.put('httpVpcLink', ctx, '', link.VpcLinkId, updated);
    return output(updated);
  });
}

async function DeleteVpcLink(ctx: Context, input: DeleteVpcLinkRequest) {
  await ctx.room.store.transact(async (tx) => {
    const { VpcLinkId } = await find(tx, ctx, input.VpcLinkId);
    for (const api of await tx.list('httpApi', ctx, '')) {
      const integrations = await tx.list('httpIntegration', ctx, api.ApiId);
      if (integrations.some((integration) => integration.ConnectionId === VpcLinkId)) {
        throw new ConflictException(
          `Cannot delete VPC link '${VpcLinkId}', it is used by an integration of API '${api.ApiId}'`,
        );
      }
    }
    tx.delete('httpVpcLink', ctx, '', VpcLinkId);
  });
  return {};
}

export const httpVpcLinkOperations: Operations = {
  CreateVpcLink,
  GetVpcLink,
  GetVpcLinks,
  UpdateVpcLink,
  DeleteVpcLink,
};
