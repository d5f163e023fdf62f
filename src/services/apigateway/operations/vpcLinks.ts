/** VPC links of REST APIs: recorded. This machine has no VPC, so they are there at once. */
import type {
  CreateVpcLinkRequest,
  DeleteVpcLinkRequest,
  GetVpcLinkRequest,
  GetVpcLinksRequest,
  UpdateVpcLinkRequest,
} from '@aws-sdk/client-api-gateway';
import { type PatchRules, patched, rule } from '../domain/patch.ts';
import type { VpcLink } from '../domain/recorded.ts';
import {
  BadRequestException,
  ConflictException,
  LimitExceededException,
  NotFoundException,
} from '../errors.ts';
import { vpcLinksPerAccount } from '../limits.ts';
import type { Context, Operations } from '../room.ts';
import type { ApiReader } from '../store.ts';
import { mapOf, pageOf } from './find.ts';

function check(link: VpcLink): void {
  if (link.name === '') throw new BadRequestException('VPC link name cannot be blank');
  // "Currently, only one network load balancer is supported."
  if (link.targetArns.length !== 1) {
    throw new BadRequestException('Invalid target ARNs: exactly one network load balancer is supported');
  }
  for (const arn of link.targetArns) {
    if (!/^arn:[^:]+:elasticloadbalancing:[^:]+:\d{12}:loadbalancer\/net\/.+$/.test(arn)) {
      throw new BadRequestException(`Invalid target ARN: ${arn}`);
    }
  }
}

async function CreateVpcLink(ctx: Context, input: CreateVpcLinkRequest) {
  const link: VpcLink = {
    id: ctx.room.platform.ids.token(6),
    name: input.name ?? '',
    description: input.description,
    targetArns: input.targetArns ?? [],
    tags: mapOf(input.tags),
  };
  check(link);
  await ctx.room.store.transact(async (tx) => {
    if ((await tx.list('vpcLink', ctx, '')).length >= vpcLinksPerAccount) {
      throw new LimitExceededException('Maximum number of VPC links has been reached');
    }
    tx.put('vpcLink', ctx, '', link.id, link);
  });
  return { ...link, status: 'PENDING' };
}

const output = (link: VpcLink) => ({
  ...link,
  status: 'AVAILABLE',
  statusMessage: 'Your vpc link is ready for use',
});

async function find(reader: ApiReader, ctx: Context, id: string | undefined): Promise<VpcLink> {
  const link = await reader.get('vpcLink', ctx, '', id ?? '');
  if (link) return link;
  throw new NotFoundException('Invalid Vpc Link identifier specified');
}

async function GetVpcLink(ctx: Context, input: GetVpcLinkRequest) {
  return output(await find(ctx.room.store, ctx, input.vpcLinkId));
}

async function GetVpcLinks(ctx: Context, input: GetVpcLinksRequest) {
  const { items, position } = await pageOf(ctx.room.store, 'vpcLink', ctx, '', input);
  return { items: items.map(output), position };
}

const patchRules: PatchRules<VpcLink> = {
  '/name': rule.text('name'),
  '/description': rule.text('description'),
};

async function UpdateVpcLink(ctx: Context, input: UpdateVpcLinkRequest) {
  return ctx.room.store.transact(async (tx) => {
    const link = await find(tx, ctx, input.vpcLinkId);
    const updated = patched(link, input.patchOperations, patchRules);
    check(updated);
    tx.put('vpcLink', ctx, '', link.id, updated);
    return output(updated);
  });
}

async function DeleteVpcLink(ctx: Context, input: DeleteVpcLinkRequest) {
  await ctx.room.store.transact(async (tx) => {
    const link = await find(tx, ctx, input.vpcLinkId);
    for (const api of await tx.list('api', ctx, '')) {
      for (const resource of await tx.list('resource', ctx, api.id)) {
        const used = Object.values(resource.resourceMethods).some(
          ({ methodIntegration }) => methodIntegration?.connectionId === link.id,
        );
        if (used) {
          throw new ConflictException(
            `Cannot delete vpc link. Vpc link '${link.id}', is referenced in [Method ${api.id}:${resource.path}]`,
          );
        }
      }
    }
    tx.delete('vpcLink', ctx, '', link.id);
  });
}

export const vpcLinkOperations: Operations = {
  CreateVpcLink,
  GetVpcLink,
  GetVpcLinks,
  UpdateVpcLink,
  DeleteVpcLink,
};
