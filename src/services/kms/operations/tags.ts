/** Tags of keys. https://docs.aws.amazon.com/kms/latest/APIReference/API_TagResource.html and its neighbours. */
import { checkNotPending } from '../domain/keys.ts';
import { type Tag, withTags } from '../domain/tags.ts';
import { changeKey, findById } from '../find.ts';
import { limits } from '../limits.ts';
import type { Context } from '../room.ts';
import { type Paged, pageOf, readMarker } from './paging.ts';

export async function TagResource(ctx: Context, input: { KeyId: string; Tags: Tag[] }) {
  await changeKey(ctx, input.KeyId, 'kms:TagResource', (key) => {
    checkNotPending(key);
    return { ...key, tags: withTags(key.tags, input.Tags) };
  });
  return {};
}

export async function UntagResource(ctx: Context, input: { KeyId: string; TagKeys: string[] }) {
  const gone = new Set(input.TagKeys);
  await changeKey(ctx, input.KeyId, 'kms:UntagResource', (key) => {
    checkNotPending(key);
    const tags = Object.fromEntries(Object.entries(key.tags).filter(([name]) => !gone.has(name)));
    return { ...key, tags };
  });
  return {};
}

export async function ListResourceTags(ctx: Context, input: Paged & { KeyId: string }) {
  const key = await findById(ctx, input.KeyId);
  const last = readMarker(input.Marker) ?? '';
  const names = Object.keys(key.tags).filter((name) => name > last);
  const { shown, more } = pageOf(names.sort(), input.Limit ?? limits.pageDefault, (name) => name);
  return { Tags: shown.map((TagKey) => ({ TagKey, TagValue: key.tags[TagKey] })), ...more };
}
