/**
 * Inline policies, attachments and tags, the same for roles, users and groups:
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html and its neighbours.
 */
import type { Reader, RecordSet, Transaction } from '../../../store/index.ts';
import { checkDocument } from '../domain/document.ts';
import { linkedService } from '../domain/serviceLinkedRoles.ts';
import { sortedTags, withoutTags, withTags } from '../domain/tags.ts';
import { LimitExceeded, NoSuchEntity, PolicyNotAttachable } from '../errors.ts';
import {
  attachedPoliciesMax,
  groupInlineCharactersMax,
  roleInlineCharactersMax,
  userInlineCharactersMax,
} from '../limits.ts';
import {
  attachablePolicy,
  checkModifiable,
  encodeDocument,
  findPolicy,
  groupNamed,
  type IamContext,
  pageAfter,
  pageOf,
  roleNamed,
  userNamed,
} from '../room.ts';
import { groups, type Identity, roles, users } from '../store.ts';

interface Kind<T extends Identity> {
  noun: 'role' | 'user' | 'group';
  set: RecordSet<[account: string, name: string], T>;
  named(ctx: IamContext, name: string, reader?: Reader): Promise<T>;
  /** Name of the member that names the entity. */
  member: 'RoleName' | 'UserName' | 'GroupName';
  inlineMax: number;
}

interface Paged {
  Marker?: string | undefined;
  MaxItems?: number | undefined;
}

type Named<Member extends string> = Record<Member, string | undefined>;

export const ofRoles = permissionsOf<'RoleName', Identity>({
  noun: 'role',
  set: roles as unknown as Kind<Identity>['set'],
  named: roleNamed,
  member: 'RoleName',
  inlineMax: roleInlineCharactersMax,
});
export const ofUsers = permissionsOf<'UserName', Identity>({
  noun: 'user',
  set: users as unknown as Kind<Identity>['set'],
  named: userNamed,
  member: 'UserName',
  inlineMax: userInlineCharactersMax,
});
export const ofGroups = permissionsOf<'GroupName', Identity>({
  noun: 'group',
  set: groups as unknown as Kind<Identity>['set'],
  named: groupNamed,
  member: 'GroupName',
  inlineMax: groupInlineCharactersMax,
});

function permissionsOf<Member extends Kind<Identity>['member'], T extends Identity>(kind: Kind<T>) {
  const nameIn = (input: Named<Member>) => (input as Record<string, string>)[kind.member] as string;

  async function change(
    ctx: IamContext,
    input: Named<Member>,
    edit: (entity: T, reader: Reader) => T | Promise<T>,
    isOfTags = false,
  ): Promise<object> {
    const { store } = ctx.room;
    const change = async (tx: Transaction) => {
      const entity = await kind.named(ctx, nameIn(input), tx);
      if (kind.noun === 'role' && !isOfTags) checkModifiable(entity);
      kind.set.put(tx, [ctx.account, entity.name], await edit(entity, tx));
    };
    // Whoever signs with a user's key has the user's tags, which policies ask about; a role's are copied to its sessions.
    await (isOfTags && kind.noun === 'role' ? store.transactAside(change) : store.transact(change));
    return {};
  }

  return {
    async putInline(
      ctx: IamContext,
      input: Named<Member> & { PolicyName: string | undefined; PolicyDocument: string | undefined },
    ) {
      const document = input.PolicyDocument as string;
      checkDocument(document, 'identity', ctx.room.policies);
      return await change(ctx, input, (entity) => {
        const inline = { ...entity.inline, [input.PolicyName as string]: document };
        const size = Object.values(inline).reduce((sum, text) => sum + text.replace(/\s/g, '').length, 0);
        if (size > kind.inlineMax) {
          throw new LimitExceeded(
            `Maximum policy size of ${kind.inlineMax} bytes exceeded for ${kind.noun} ${entity.name}`,
          );
        }
        return { ...entity, inline };
      });
    },

    async getInline(ctx: IamContext, input: Named<Member> & { PolicyName: string | undefined }) {
      const entity = await kind.named(ctx, nameIn(input));
      const name = input.PolicyName as string;
      const document = Object.hasOwn(entity.inline, name) ? entity.inline[name] : undefined;
      if (document === undefined) throw noInline(kind.noun, input.PolicyName as string);
      return {
        [kind.member]: entity.name,
        PolicyName: input.PolicyName,
        PolicyDocument: encodeDocument(document),
      };
    },

    deleteInline(ctx: IamContext, input: Named<Member> & { PolicyName: string | undefined }) {
      return change(ctx, input, (entity) => {
        const name = input.PolicyName as string;
        if (!Object.hasOwn(entity.inline, name)) throw noInline(kind.noun, name);
        const { [name]: _removed, ...inline } = entity.inline;
        return { ...entity, inline };
      });
    },

    async listInline(ctx: IamContext, input: Named<Member> & Paged) {
      const entity = await kind.named(ctx, nameIn(input));
      const { page, paging } = pageAfter(Object.keys(entity.inline).sort(), input, (name) => name);
      return { PolicyNames: page, ...paging };
    },

    attach(ctx: IamContext, input: Named<Member> & { PolicyArn: string | undefined }) {
      return change(ctx, input, async (entity, reader) => {
        const { arn, path } = await attachablePolicy(ctx, input.PolicyArn as string, reader);
        if (linkedService(path) !== undefined) {
          throw new PolicyNotAttachable('Cannot attach a Service Role Policy to a Customer Role.');
        }
        if (entity.attached.includes(arn)) return entity;
        if (entity.attached.length >= attachedPoliciesMax) {
          throw new LimitExceeded(
            `Cannot exceed quota for PoliciesPer${kind.noun[0]?.toUpperCase()}${kind.noun.slice(1)}: ${attachedPoliciesMax}`,
          );
        }
        return { ...entity, attached: [...entity.attached, arn] };
      });
    },

    detach(ctx: IamContext, input: Named<Member> & { PolicyArn: string | undefined }) {
      return change(ctx, input, (entity) => {
        if (!entity.attached.includes(input.PolicyArn as string)) {
          throw new NoSuchEntity(`Policy ${input.PolicyArn} was not found.`);
        }
        return { ...entity, attached: entity.attached.filter((arn) => arn !== input.PolicyArn) };
      });
    },

    async listAttached(ctx: IamContext, input: Named<Member> & Paged & { PathPrefix?: string | undefined }) {
      const entity = await kind.named(ctx, nameIn(input));
      const found = await Promise.all(
        entity.attached.map((arn) => findPolicy(ctx.account, arn, ctx.room.store.reader)),
      );
      const shown = found.flatMap((policy) =>
        policy?.path.startsWith(input.PathPrefix ?? '/')
          ? [{ PolicyName: policy.name, PolicyArn: policy.arn }]
          : [],
      );
      const { page, paging } = pageOf(shown, input);
      return { AttachedPolicies: page, ...paging };
    },

    tag(
      ctx: IamContext,
      input: Named<Member> & {
        Tags: readonly { Key: string | undefined; Value: string | undefined }[] | undefined;
      },
    ) {
      return change(ctx, input, (entity) => ({ ...entity, tags: withTags(entity.tags, input.Tags) }), true);
    },

    untag(ctx: IamContext, input: Named<Member> & { TagKeys: readonly string[] | undefined }) {
      return change(
        ctx,
        input,
        (entity) => ({ ...entity, tags: withoutTags(entity.tags, input.TagKeys) }),
        true,
      );
    },

    async listTags(ctx: IamContext, input: Named<Member> & Paged) {
      const entity = await kind.named(ctx, nameIn(input));
      const { page, paging } = pageAfter(sortedTags(entity.tags), input, ({ Key }) => Key);
      return { Tags: page, ...paging };
    },
  };
}

function noInline(noun: string, policyName: string) {
  return new NoSuchEntity(`The ${noun} policy with name ${policyName} cannot be found.`);
}
