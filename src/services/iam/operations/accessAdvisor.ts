/**
 * Which services somebody may use, and when that was last done:
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_GenerateServiceLastAccessedDetails.html and its neighbours.
 */
import type {
  GenerateServiceLastAccessedDetailsRequest,
  GetServiceLastAccessedDetailsRequest,
  GetServiceLastAccessedDetailsWithEntitiesRequest,
  ServiceLastAccessed,
} from '@aws-sdk/client-iam';
import { parseArn } from '../../../kernel/index.ts';
import { namespacesOf, serviceNames } from '../domain/serviceNamespaces.ts';
import { InvalidInput, NoSuchEntity } from '../errors.ts';
import { policyHolder } from '../policySources.ts';
import { type IamContext, pageOf, policyOf } from '../room.ts';
import {
  type AccessJob,
  type AdvisedEntity,
  type AdvisedService,
  type AdvisedUse,
  accessJobs,
  putAccessJob,
} from '../store/accessJobs.ts';
import { groups, type Identity, roles, users } from '../store.ts';

/** Made at once: what was seen lies in the store. */
export async function GenerateServiceLastAccessedDetails(
  ctx: IamContext,
  { Arn, Granularity = 'SERVICE_LEVEL' }: GenerateServiceLastAccessedDetailsRequest,
) {
  const { entities, documents } = await subjectOf(ctx, Arn as string);
  const job: AccessJob = {
    by: ctx.principal.arn,
    isOfActions: Granularity === 'ACTION_LEVEL',
    createdAt: ctx.now,
    entities: entities.map(advised),
    services: await servicesOf(ctx, entities, documents),
  };
  const JobId = ctx.room.ids.uuid();
  await ctx.room.store.transactAside((tx) => putAccessJob(tx, ctx.account, JobId, job));
  return { JobId };
}

export async function GetServiceLastAccessedDetails(
  ctx: IamContext,
  input: GetServiceLastAccessedDetailsRequest,
) {
  const job = await jobOf(ctx, input.JobId);
  const { page, paging } = pageOf(job.services, input);
  return {
    ...statusOf(job),
    JobType: job.isOfActions ? ('ACTION_LEVEL' as const) : ('SERVICE_LEVEL' as const),
    ServicesLastAccessed: page.map((service) => shown(job, service)),
    ...paging,
  };
}

export async function GetServiceLastAccessedDetailsWithEntities(
  ctx: IamContext,
  input: GetServiceLastAccessedDetailsWithEntitiesRequest,
) {
  const job = await jobOf(ctx, input.JobId);
  const service = job.services.find(({ namespace }) => namespace === input.ServiceNamespace);
  if (!service) {
    throw new InvalidInput(`The service namespace ${input.ServiceNamespace} is not part of the report.`);
  }
  const all = job.entities
    .map((entity, i) => ({ entity, at: newest(service.uses.filter((use) => use.entity === i))?.at }))
    .sort((a, b) => (b.at ?? 0) - (a.at ?? 0));
  const { page, paging } = pageOf(all, input);
  return {
    ...statusOf(job),
    EntityDetailsList: page.map(({ entity: { arn, name, type, id, path }, at }) => ({
      EntityInfo: { Arn: arn, Name: name, Type: type, Id: id, Path: path },
      ...(at === undefined ? {} : { LastAuthenticated: new Date(at) }),
    })),
    ...paging,
  };
}

interface Entity {
  readonly type: 'USER' | 'ROLE';
  readonly entity: Identity;
}

/** Who may use what the ARN stands for, and the policies that say what may be used. */
async function subjectOf(ctx: IamContext, arn: string): Promise<{ entities: Entity[]; documents: string[] }> {
  if (parseArn(arn)?.resource.startsWith('policy/')) {
    const { versions, defaultVersion } = await policyOf(ctx, arn);
    const document = versions.find(({ id }) => id === defaultVersion)?.document;
    return { entities: await attachedTo(ctx, arn), documents: document === undefined ? [] : [document] };
  }
  const { kind, entity, policies } = await policyHolder(ctx, arn);
  const documents = policies.map(({ document }) => document);
  if (kind === 'group') return { entities: await membersOf(ctx, new Set([entity.name])), documents };
  return { entities: [{ type: kind === 'user' ? 'USER' : 'ROLE', entity }], documents };
}

/** Users and roles that a managed policy is attached to, users by their groups too. */
async function attachedTo(ctx: IamContext, arn: string): Promise<Entity[]> {
  const { store } = ctx.room;
  const names = new Set<string>();
  for await (const group of store.all(groups, ctx.account))
    if (group.attached.includes(arn)) names.add(group.name);
  const found = await membersOf(ctx, names, arn);
  for await (const role of store.all(roles, ctx.account))
    if (role.attached.includes(arn)) found.push({ type: 'ROLE', entity: role });
  return found;
}

async function membersOf(ctx: IamContext, names: ReadonlySet<string>, arn?: string): Promise<Entity[]> {
  const found: Entity[] = [];
  for await (const user of ctx.room.store.all(users, ctx.account)) {
    const isAttached = arn !== undefined && user.attached.includes(arn);
    if (isAttached || user.groups.some((name) => names.has(name))) found.push({ type: 'USER', entity: user });
  }
  return found;
}

async function servicesOf(
  { room, account }: IamContext,
  entities: readonly Entity[],
  documents: readonly string[],
): Promise<AdvisedService[]> {
  const uses = new Map<string, AdvisedUse[]>();
  for (const document of documents) for (const namespace of namespacesOf(document)) uses.set(namespace, []);
  for (const [i, { type, entity }] of entities.entries()) {
    const principal = `${type === 'USER' ? 'user' : 'role'}/${entity.name}`;
    for (const { action, region, lastSeen } of await room.observations.of(account, principal)) {
      const [namespace = '', name = ''] = action.split(':');
      // One of the same name that was there before is somebody else.
      if (lastSeen < entity.createdAt) continue;
      uses.get(namespace)?.push({ entity: i, action: name, region, at: lastSeen });
    }
  }
  return [...uses]
    .map(([namespace, each]) => ({ namespace, uses: each }))
    .sort((a, b) => (a.namespace < b.namespace ? -1 : 1));
}

/** @throws NoSuchEntity for jobs of others, too: only who made one may read it. */
async function jobOf(ctx: IamContext, id: string | undefined): Promise<AccessJob> {
  const job = await accessJobs.get(ctx.room.store.reader, ctx.account, id as string);
  if (job?.by !== ctx.principal.arn) throw new NoSuchEntity(`The job with id ${id} cannot be found.`);
  return job;
}

function statusOf({ createdAt }: AccessJob) {
  const at = new Date(createdAt);
  return { JobStatus: 'COMPLETED' as const, JobCreationDate: at, JobCompletionDate: at };
}

function shown(job: AccessJob, { namespace, uses }: AdvisedService): ServiceLastAccessed {
  const last = newest(uses);
  return {
    ServiceName: serviceNames[namespace] ?? namespace,
    ServiceNamespace: namespace,
    TotalAuthenticatedEntities: new Set(uses.map(({ entity }) => entity)).size,
    ...(last && {
      LastAuthenticated: new Date(last.at),
      LastAuthenticatedEntity: job.entities[last.entity]?.arn,
      LastAuthenticatedRegion: last.region,
    }),
    ...(job.isOfActions && last && { TrackedActionsLastAccessed: actionsOf(job, uses) }),
  };
}

function actionsOf(job: AccessJob, uses: readonly AdvisedUse[]) {
  return [...Map.groupBy(uses, ({ action }) => action)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([ActionName, each]) => {
      const last = newest(each) as AdvisedUse;
      return {
        ActionName,
        LastAccessedEntity: job.entities[last.entity]?.arn,
        LastAccessedTime: new Date(last.at),
        LastAccessedRegion: last.region,
      };
    });
}

function newest(uses: readonly AdvisedUse[]): AdvisedUse | undefined {
  return uses.reduce<AdvisedUse | undefined>(
    (last, use) => (last && last.at >= use.at ? last : use),
    undefined,
  );
}

function advised({ type, entity: { arn, name, id, path } }: Entity): AdvisedEntity {
  return { arn, name, id, path, type };
}
