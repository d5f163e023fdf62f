/**
 * Tags of everything but roles and users, whose records `permissions.ts` edits:
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagPolicy.html and its neighbours.
 */
import type { Tag } from '@aws-sdk/client-iam';
import type { RecordSet, Transaction } from '../../../store/index.ts';
import { sortedTags, withoutTags, withTags } from '../domain/tags.ts';
import { NoSuchEntity } from '../errors.ts';
import { type IamContext, pageAfter, policyOf } from '../room.ts';
import { serverCertificates } from '../store/certificates.ts';
import { mfaDevices } from '../store/devices.ts';
import { oidcProviders, samlProviders } from '../store/providers.ts';
import { policies, profiles } from '../store.ts';

type Tagged = { tags: Record<string, string> };
type Member =
  | 'PolicyArn'
  | 'InstanceProfileName'
  | 'SerialNumber'
  | 'OpenIDConnectProviderArn'
  | 'SAMLProviderArn'
  | 'ServerCertificateName';

type TagInput = { [Name in Member]?: string | undefined } & {
  Tags?: Tag[] | undefined;
  TagKeys?: string[] | undefined;
  Marker?: string | undefined;
  MaxItems?: number | undefined;
};

export const ofPolicies = tagsOf(policies, 'PolicyArn', (name) => `Policy ${name} was not found.`);
export const ofProfiles = tagsOf(
  profiles,
  'InstanceProfileName',
  (name) => `Instance Profile ${name} cannot be found.`,
);
export const ofDevices = tagsOf(
  mfaDevices,
  'SerialNumber',
  (name) => `VirtualMFADevice with serial number ${name} doesn't exist.`,
);
export const ofOidcProviders = tagsOf(
  oidcProviders,
  'OpenIDConnectProviderArn',
  (name) => `OpenIDConnect Provider not found for arn ${name}`,
);
export const ofSamlProviders = tagsOf(
  samlProviders,
  'SAMLProviderArn',
  (name) => `Manifest not found for arn ${name}`,
);
export const ofServerCertificates = tagsOf(
  serverCertificates,
  'ServerCertificateName',
  (name) => `The Server Certificate with name ${name} cannot be found.`,
);

function tagsOf<T extends Tagged>(
  set: RecordSet<[account: string, name: string], T>,
  member: Member,
  missing: (name: string) => string,
) {
  async function change(
    ctx: IamContext,
    input: TagInput,
    edit: (tags: Record<string, string>) => Record<string, string>,
  ): Promise<object> {
    const name = input[member] as string;
    await ctx.room.store.transactAside(async (tx: Transaction) => {
      const entity = await set.get(tx, ctx.account, name);
      if (!entity) throw new NoSuchEntity(missing(name));
      set.put(tx, [ctx.account, name], { ...entity, tags: edit(entity.tags) });
    });
    return {};
  }

  return {
    tag: (ctx: IamContext, input: TagInput) => change(ctx, input, (tags) => withTags(tags, input.Tags)),
    untag: (ctx: IamContext, input: TagInput) =>
      change(ctx, input, (tags) => withoutTags(tags, input.TagKeys)),
    async listTags(ctx: IamContext, input: TagInput) {
      const name = input[member] as string;
      const entity: Tagged | undefined =
        member === 'PolicyArn'
          ? await policyOf(ctx, name)
          : await set.get(ctx.room.store.reader, ctx.account, name);
      if (!entity) throw new NoSuchEntity(missing(name));
      const { page, paging } = pageAfter(sortedTags(entity.tags), input, ({ Key }) => Key);
      return { Tags: page, ...paging };
    },
  };
}
