/** Tags of managed policies and instance profiles: https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagPolicy.html and its neighbours. */
import type { Tag } from '@aws-sdk/client-iam';
import type { RecordSet, Transaction } from '../../../store/index.ts';
import { LimitExceeded, NoSuchEntity } from '../errors.ts';
import { tagsMax } from '../limits.ts';
import { type IamContext, pageOf, policyOf, tagList, tagRecord } from '../room.ts';
import { type InstanceProfile, type ManagedPolicy, policies, profiles } from '../store.ts';

type Tagged = { tags: Record<string, string> };

interface TagInput {
  PolicyArn?: string | undefined;
  InstanceProfileName?: string | undefined;
  Tags?: Tag[] | undefined;
  TagKeys?: string[] | undefined;
  Marker?: string | undefined;
  MaxItems?: number | undefined;
}

export const ofPolicies = tagsOf<ManagedPolicy>(
  policies,
  'PolicyArn',
  (name) => `Policy ${name} was not found.`,
);
export const ofProfiles = tagsOf<InstanceProfile>(
  profiles,
  'InstanceProfileName',
  (name) => `Instance Profile ${name} cannot be found.`,
);

function tagsOf<T extends Tagged>(
  set: RecordSet<[account: string, name: string], T>,
  member: 'PolicyArn' | 'InstanceProfileName',
  missing: (name: string) => string,
) {
  async function change(
    ctx: IamContext,
    input: TagInput,
    edit: (tags: Record<string, string>) => Record<string, string>,
  ): Promise<object> {
    const name = input[member] as string;
    await ctx.room.store.transact(async (tx: Transaction) => {
      const entity = await set.get(tx, ctx.account, name);
      if (!entity) throw new NoSuchEntity(missing(name));
      const tags = edit(entity.tags);
      if (Object.keys(tags).length > tagsMax) {
        throw new LimitExceeded('The number of tags has reached the maximum limit.');
      }
      set.put(tx, [ctx.account, name], { ...entity, tags });
    });
    return {};
  }

  return {
    tag: (ctx: IamContext, input: TagInput) =>
      change(ctx, input, (tags) => ({ ...tags, ...tagRecord(input.Tags) })),
    untag: (ctx: IamContext, input: TagInput) =>
      change(ctx, input, (tags) =>
        Object.fromEntries(Object.entries(tags).filter(([key]) => !input.TagKeys?.includes(key))),
      ),
    async listTags(ctx: IamContext, input: TagInput) {
      const name = input[member] as string;
      const entity =
        member === 'PolicyArn'
          ? await policyOf(ctx, name)
          : await set.get(ctx.room.store.reader, ctx.account, name);
      if (!entity) throw new NoSuchEntity(missing(name));
      const { page, paging } = pageOf(tagList(entity.tags), input);
      return { Tags: page, ...paging };
    },
  };
}
