/** The policies of a user, group or role with where each comes from, for whoever reports on them. */
import { parseArn } from '../../kernel/index.ts';
import { InvalidInput } from './errors.ts';
import { findPolicy, groupNamed, type IamContext, roleNamed, userNamed } from './room.ts';
import { groups as groupSet, type Identity, type User } from './store.ts';

export type EntityKind = 'user' | 'group' | 'role';

export interface PolicySource {
  readonly name: string;
  /** Absent for inline policies. */
  readonly arn?: string;
  /** Whose inline policy it is, or to whom it is attached: a user's may be its groups'. */
  readonly holder: { readonly kind: EntityKind; readonly name: string };
  readonly document: string;
}

export interface PolicyHolder {
  readonly kind: EntityKind;
  readonly entity: Identity;
  readonly policies: readonly PolicySource[];
  readonly boundary?: PolicySource;
}

/**
 * @param arn of a user (whose groups' policies count), a group or a role of the caller's account.
 * @throws NoSuchEntity, InvalidInput when it is the ARN of something else.
 */
export async function policyHolder(ctx: IamContext, arn: string): Promise<PolicyHolder> {
  const parsed = parseArn(arn);
  const [kind, ...path] = parsed?.resource.split('/') ?? [];
  const name = path.at(-1);
  if (parsed?.service !== 'iam' || parsed.account !== ctx.account || name === undefined) throw invalid(arn);
  if (kind === 'user') return ofUser(ctx, await userNamed(ctx, name));
  if (kind === 'role') return withBoundary(ctx, 'role', await roleNamed(ctx, name));
  if (kind === 'group') {
    const entity = await groupNamed(ctx, name);
    return { kind, entity, policies: await policiesIn(ctx, kind, entity) };
  }
  throw invalid(arn);
}

function invalid(arn: string) {
  return new InvalidInput(`Invalid Entity Arn: ${arn} does not clearly define entity type and name.`);
}

async function ofUser(ctx: IamContext, user: User): Promise<PolicyHolder> {
  const own = await withBoundary(ctx, 'user', user);
  const theirs = await Promise.all(
    user.groups.map(async (name) => {
      const group = await groupSet.get(ctx.room.store.reader, ctx.account, name);
      return group ? policiesIn(ctx, 'group', group) : [];
    }),
  );
  return { ...own, policies: [...own.policies, ...theirs.flat()] };
}

async function withBoundary(ctx: IamContext, kind: 'user' | 'role', entity: Identity): Promise<PolicyHolder> {
  const holder = { kind, name: entity.name };
  const boundary = entity.boundary === undefined ? undefined : await managed(ctx, entity.boundary, holder);
  const policies = await policiesIn(ctx, kind, entity);
  return { kind, entity, policies, ...(boundary ? { boundary } : {}) };
}

async function policiesIn(ctx: IamContext, kind: EntityKind, entity: Identity): Promise<PolicySource[]> {
  const holder = { kind, name: entity.name };
  const inline = Object.entries(entity.inline).map(([name, document]) => ({ name, holder, document }));
  const attached = await Promise.all(entity.attached.map((arn) => managed(ctx, arn, holder)));
  return [...inline, ...attached.filter((policy) => policy !== undefined)];
}

async function managed(
  { account, room }: IamContext,
  arn: string,
  holder: PolicySource['holder'],
): Promise<PolicySource | undefined> {
  const policy = await findPolicy(account, arn, room.store.reader);
  const version = policy?.versions.find(({ id }) => id === policy.defaultVersion);
  return policy && version && { name: policy.name, arn, holder, document: version.document };
}
