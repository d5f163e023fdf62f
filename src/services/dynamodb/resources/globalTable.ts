/** AWS::DynamoDB::GlobalTable. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-globaltable.html */
import { AwsError } from '../../../kernel/index.ts';
import type { Properties, ResourceContext, ResourceType } from '../../../platform/index.ts';
import {
  call,
  defined,
  deleteTable,
  followInsights,
  followKinesis,
  followPolicy,
  followRecovery,
  followTags,
  followTimeToLive,
  isSame,
  type Place,
  policyText,
  settled,
  stateOf,
  tagsOf,
  updateTable,
} from './calls.ts';
import {
  type ReplicaProperties,
  read,
  regionalInput,
  replicaInput,
  replicasOf,
  scalingOf,
} from './globalTableInput.ts';
import { globalTableProperties } from './rules.ts';
import { followScaling } from './scaling.ts';
import { createInput, followSettings } from './tableChanges.ts';

export const globalTable: ResourceType = {
  name: 'AWS::DynamoDB::GlobalTable',
  properties: globalTableProperties,
  attributes: ['Arn', 'StreamArn', 'TableId'],
  async create(ctx, given) {
    const name = (given.TableName as string | undefined) ?? ctx.generateName(255);
    const own = ownReplica(ctx, given);
    const place: Place = { ctx, aws: ctx.aws, name };
    await call(
      place,
      'CreateTable',
      defined({
        ...createInput(regionalInput(given, own)),
        LocalSecondaryIndexes: given.LocalSecondaryIndexes,
        KeySchema: given.KeySchema,
        Tags: tagsOf(ctx, own.Tags),
        ResourcePolicy: policyText(own.ResourcePolicy),
      }),
    );
    await settled(place);
    await followTimeToLive(place, given, {});
    await followScalings(place, given, own, undefined, undefined);
    await addReplicas(place, given, others(ctx, given));
    for (const replica of replicasOf(given)) await followReplica(place, given, replica, undefined, undefined);
    return stateOf(name, await settled(place), globalTable.attributes);
  },
  async update(ctx, current, given, previous) {
    const name = current.physicalId;
    const place: Place = { ctx, aws: ctx.aws, name };
    const [own, before] = [ownReplica(ctx, given), ownReplica(ctx, previous)];
    await settled(place);
    const had = (region: string) => replicasOf(previous).find(({ Region }) => Region === region);
    const has = (region: string) => replicasOf(given).find(({ Region }) => Region === region);
    const gone = others(ctx, previous).filter(({ Region }) => !has(Region));
    const wasStreamed = regionalInput(previous, before).StreamSpecification;
    await followScalings(place, given, own, previous, before);
    const input = regionalInput(given, own);
    // A stream that replicas brought stays when they go: it is no setting of the template.
    const { StreamSpecification: _, ...without } = input;
    const settings =
      given.StreamSpecification || !wasStreamed ? input : { ...without, StreamSpecification: wasStreamed };
    await followSettings(place, settings, regionalInput(previous, before), given);
    await followTimeToLive(place, given, previous);
    await removeReplicas(place, previous, gone);
    for (const replica of others(ctx, given)) {
      const old = had(replica.Region);
      const wanted = replicaInput(given, replica);
      // An override can't be taken back: an update that names nothing but the region is refused.
      if (!old || isSame(wanted, replicaInput(previous, old)) || Object.keys(wanted).length === 1) continue;
      await updateTable(place, { ReplicaUpdates: [{ Update: wanted }] });
    }
    await addReplicas(
      place,
      given,
      others(ctx, given).filter(({ Region }) => !had(Region)),
    );
    for (const replica of replicasOf(given)) {
      await followReplica(place, given, replica, previous, had(replica.Region));
    }
    return stateOf(name, await settled(place), globalTable.attributes);
  },
  async delete(ctx, current, given) {
    const place: Place = { ctx, aws: ctx.aws, name: current.physicalId };
    await removeReplicas(place, given, others(ctx, given));
    await deleteTable(place);
    for (const replica of replicasOf(given)) {
      await followScalings(inRegion(place, replica.Region), {}, undefined, given, replica);
    }
  },
};

/** @throws AwsError in CloudFormation's words. */
function ownReplica(ctx: ResourceContext, given: Properties): ReplicaProperties {
  const own = replicasOf(given).find(({ Region }) => Region === ctx.region);
  if (own) return own;
  throw new AwsError(
    'InvalidRequest',
    'Invalid request provided: The Replicas section must contain an entry for the current region',
  );
}

function others(ctx: ResourceContext, given: Properties): ReplicaProperties[] {
  return replicasOf(given).filter(({ Region }) => Region !== ctx.region);
}

function inRegion(place: Place, region: string): Place {
  if (region === place.ctx.region) return place;
  return { ...place, aws: place.aws.as({ region }) };
}

/** One after another; those of strong consistency all at once, for there is no such table of two regions. */
async function addReplicas(
  place: Place,
  given: Properties,
  replicas: readonly ReplicaProperties[],
): Promise<void> {
  const creates = replicas.map((replica) => ({ Create: replicaInput(given, replica) }));
  const { MultiRegionConsistency, GlobalTableWitnesses: witnesses = [] } = read(given);
  if (MultiRegionConsistency === 'STRONG') {
    if (creates.length === 0) return;
    await updateTable(place, {
      MultiRegionConsistency,
      ReplicaUpdates: creates,
      ...(witnesses.length > 0
        ? { GlobalTableWitnessUpdates: witnesses.map(({ Region }) => ({ Create: { RegionName: Region } })) }
        : {}),
    });
    return;
  }
  for (const create of creates) await updateTable(place, { ReplicaUpdates: [create] });
}

async function removeReplicas(
  place: Place,
  given: Properties,
  replicas: readonly ReplicaProperties[],
): Promise<void> {
  if (replicas.length === 0) return;
  let here: Set<string>;
  try {
    here = new Set((await settled(place)).Replicas?.map(({ RegionName }) => RegionName));
  } catch (error) {
    if (error instanceof AwsError && error.code === 'ResourceNotFoundException') return;
    throw error;
  }
  const deletes = replicas
    .filter(({ Region }) => here.has(Region))
    .map(({ Region }) => ({ Delete: { RegionName: Region } }));
  const { MultiRegionConsistency, GlobalTableWitnesses: witnesses = [] } = read(given);
  if (MultiRegionConsistency === 'STRONG' && deletes.length > 0) {
    await updateTable(place, {
      ReplicaUpdates: deletes,
      ...(witnesses.length > 0
        ? { GlobalTableWitnessUpdates: witnesses.map(({ Region }) => ({ Delete: { RegionName: Region } })) }
        : {}),
    });
    return;
  }
  for (const remove of deletes) await updateTable(place, { ReplicaUpdates: [remove] });
}

/** What a replica has of its own and UpdateTable's ReplicaUpdates don't see to. */
async function followReplica(
  place: Place,
  given: Properties,
  replica: ReplicaProperties,
  previous: Properties | undefined,
  before: ReplicaProperties | undefined,
): Promise<void> {
  const there = inRegion(place, replica.Region);
  const isOwn = there === place;
  const table = await settled(there);
  // CreateTable has set these of a new table in the stack's region, and UpdateTable those of an old one.
  if (!isOwn) {
    await followScalings(there, given, replica, previous, before);
    const [isProtected, wasProtected] = [replica, before].map(
      (one) => one?.DeletionProtectionEnabled ?? false,
    );
    if (isProtected !== wasProtected) {
      await updateTable(there, { DeletionProtectionEnabled: isProtected });
    }
  }
  if (before || !isOwn) {
    await followTags(there, table.TableArn, replica.Tags, before?.Tags);
    await followPolicy(there, table.TableArn, replica.ResourcePolicy, before?.ResourcePolicy);
  }
  await followPolicy(
    there,
    table.LatestStreamArn,
    replica.ReplicaStreamSpecification?.ResourcePolicy,
    before?.ReplicaStreamSpecification?.ResourcePolicy,
  );
  await followRecovery(
    there,
    replica.PointInTimeRecoverySpecification,
    before?.PointInTimeRecoverySpecification,
  );
  await followKinesis(there, replica.KinesisStreamSpecification, before?.KinesisStreamSpecification);
  await followInsights(there, replica, before ?? {});
}

async function followScalings(
  place: Place,
  given: Properties,
  replica: ReplicaProperties | undefined,
  previous: Properties | undefined,
  before: ReplicaProperties | undefined,
): Promise<void> {
  const after = scalingOf(given, replica, place.name);
  const old = scalingOf(previous, before, place.name);
  for (const [id, scaled] of after)
    await followScaling(place, scaled, scaled.settings, old.get(id)?.settings);
  for (const [id, scaled] of old) {
    if (!after.has(id)) await followScaling(place, scaled, undefined, scaled.settings);
  }
}
