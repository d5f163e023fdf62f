/** Tags of HTTP APIs and their stages, by ARN. */
import type { GetTagsRequest, TagResourceRequest, UntagResourceRequest } from '@aws-sdk/client-apigatewayv2';
import { BadRequestException, NotFoundException } from '../../errors.ts';
import { findDomain } from '../../operations/customDomains.ts';
import type { Context, Operations } from '../../room.ts';
import type { ApiReader, ApiWriter } from '../../store.ts';
import { findHttpApi, findHttpPart } from './find.ts';

interface Found {
  tags: Record<string, string>;
  write(tx: ApiWriter, tags: Record<string, string>): void;
}

/** `arn:aws:apigateway:region::/apis/id` or `…/apis/id/stages/name`. */
async function find(reader: ApiReader, ctx: Context, arn: string | undefined): Promise<Found> {
  const [, collection, id = ''] =
    /^arn:[^:]+:apigateway:[^:]*:[^:]*:\/(domainnames|vpclinks)\/([^/]+)$/.exec(
      decodeURIComponent(arn ?? ''),
    ) ?? [];
  if (collection === 'domainnames') {
    const domain = await findDomain(reader, ctx, id);
    return {
      tags: domain.tags ?? {},
      write: (tx, tags) => tx.put('domain', ctx, '', domain.domainName, { ...domain, tags }),
    };
  }
  if (collection === 'vpclinks') {
    const link = await reader.get('httpVpcLink', ctx, '', id);
    if (!link) throw new NotFoundException(`Invalid VPC Link identifier specified ${id}`);
    return {
      tags: link.Tags ?? {},
      write: (tx, Tags) => tx.put('httpVpcLink', ctx, '', id, { ...link, Tags }),
    };
  }
  const match = /^arn:[^:]+:apigateway:[^:]*:[^:]*:\/apis\/([^/]+)(?:\/stages\/([^/]+))?$/.exec(
    decodeURIComponent(arn ?? ''),
  );
  if (!match) throw new BadRequestException(`Invalid resource ARN: ${arn}`);
  const [, apiId = '', stageName] = match;
  if (stageName === undefined) {
    const api = await findHttpApi(reader, ctx, apiId);
    return { tags: api.Tags ?? {}, write: (tx, Tags) => tx.put('httpApi', ctx, '', apiId, { ...api, Tags }) };
  }
  const stage = await findHttpPart(reader, 'httpStage', ctx, apiId, stageName, 'stage');
  return {
    tags: stage.Tags ?? {},
    write: (tx, Tags) => tx.put('httpStage', ctx, apiId, stageName, { ...stage, Tags }),
  };
}

async function GetTags(ctx: Context, input: GetTagsRequest) {
  return { Tags: (await find(ctx.room.store, ctx, input.ResourceArn)).tags };
}

async function TagResource(ctx: Context, input: TagResourceRequest) {
  await ctx.room.store.transact(async (tx) => {
    const { tags, write } = await find(tx, ctx, input.ResourceArn);
    write(tx, { ...tags, ...input.Tags });
  });
  return {};
}

async function UntagResource(ctx: Context, input: UntagResourceRequest) {
  await ctx.room.store.transact(async (tx) => {
    const { tags, write } = await find(tx, ctx, input.ResourceArn);
    write(tx, Object.fromEntries(Object.entries(tags).filter(([name]) => !input.TagKeys?.includes(name))));
  });
}

export const httpTagOperations: Operations = { GetTags, TagResource, UntagResource };
