/** Tags of APIs, stages, API keys and usage plans, by ARN. */
import type { GetTagsRequest, TagResourceRequest, UntagResourceRequest } from '@aws-sdk/client-api-gateway';
import { BadRequestException, NotFoundException } from '../errors.ts';
import type { Context, Operations } from '../room.ts';
import type { ApiReader, ApiWriter } from '../store.ts';

interface Tagged {
  tags?: Record<string, string> | undefined;
}

interface Found {
  record: Tagged;
  write(tx: ApiWriter, record: Tagged): void;
}

/** `arn:aws:apigateway:region::/restapis/id`, `…/stages/name`, `/apikeys/id`, `/usageplans/id`. */
async function find(reader: ApiReader, ctx: Context, arn: string | undefined): Promise<Found> {
  const path = /^arn:[^:]+:apigateway:[^:]*:[^:]*:(\/.+)$/.exec(decodeURIComponent(arn ?? ''))?.[1];
  if (!path) throw new BadRequestException(`Invalid ARN specified in the request: ${arn}`);
  const [, collection, id = '', sub, subId = ''] = path.split('/');
  if (collection === 'restapis' && sub === 'stages') {
    const record = await reader.get('stage', ctx, id, subId);
    if (record) {
      return { record, write: (tx, changed) => tx.put('stage', ctx, id, subId, { ...record, ...changed }) };
    }
  } else if (collection === 'restapis' && sub === undefined) {
    const record = await reader.get('api', ctx, '', id);
    if (record)
      return { record, write: (tx, changed) => tx.put('api', ctx, '', id, { ...record, ...changed }) };
  } else if (collection === 'apikeys') {
    const record = await reader.get('apiKey', ctx, '', id);
    if (record) {
      return { record, write: (tx, changed) => tx.put('apiKey', ctx, '', id, { ...record, ...changed }) };
    }
  } else if (collection === 'usageplans') {
    const record = await reader.get('usagePlan', ctx, '', id);
    if (record) {
      return { record, write: (tx, changed) => tx.put('usagePlan', ctx, '', id, { ...record, ...changed }) };
    }
  }
  const kind =
    collection === 'vpclinks'
      ? 'vpcLink'
      : collection === 'clientcertificates'
        ? 'clientCertificate'
        : undefined;
  const record = kind && (await reader.get(kind, ctx, '', id));
  if (record) {
    return { record, write: (tx, changed) => tx.put(kind, ctx, '', id, { ...record, ...changed } as never) };
  }
  if (collection === 'domainnames') {
    const domain = await reader.get('domain', ctx, '', id.toLowerCase());
    if (domain) {
      const write = (tx: ApiWriter, changed: Tagged) =>
        tx.put('domain', ctx, '', id.toLowerCase(), { ...domain, ...changed });
      return { record: domain, write };
    }
  }
  throw new NotFoundException('Invalid API identifier specified');
}

async function GetTags(ctx: Context, input: GetTagsRequest) {
  const { record } = await find(ctx.room.store, ctx, input.resourceArn);
  return { tags: record.tags ?? {} };
}

async function TagResource(ctx: Context, input: TagResourceRequest) {
  await ctx.room.store.transact(async (tx) => {
    const { record, write } = await find(tx, ctx, input.resourceArn);
    write(tx, { tags: { ...record.tags, ...input.tags } });
  });
}

async function UntagResource(ctx: Context, input: UntagResourceRequest) {
  await ctx.room.store.transact(async (tx) => {
    const { record, write } = await find(tx, ctx, input.resourceArn);
    const kept = Object.entries(record.tags ?? {}).filter(([name]) => !input.tagKeys?.includes(name));
    write(tx, { tags: Object.fromEntries(kept) });
  });
}

export const tagOperations: Operations = { GetTags, TagResource, UntagResource };
