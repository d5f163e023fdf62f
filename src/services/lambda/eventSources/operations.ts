/**
 * Create, Get, List, Update and Delete of event source mappings.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html
 */
import type {
  CreateEventSourceMappingCommandInput,
  DeleteEventSourceMappingCommandInput,
  EventSourceMappingConfiguration,
  GetEventSourceMappingCommandInput,
  ListEventSourceMappingsCommandInput,
  UpdateEventSourceMappingCommandInput,
} from '@aws-sdk/client-lambda';
import { NotImplemented } from '../../../kernel/index.ts';
import type { Reader } from '../../../store/index.ts';
import { functionArn } from '../domain/names.ts';
import {
  InvalidParameterValueException,
  ResourceConflictException,
  ResourceInUseException,
  ResourceNotFoundException,
} from '../errors.ts';
import { type Context, named, pageOf, readMarker } from '../operations/context.ts';
import { checkTags } from '../operations/tags.ts';
import { resolveVersion } from '../resolve.ts';
import { checkSource } from './checkSource.ts';
import { mappingsPageMax } from './limits.ts';
import type { MappingRecord, MappingState } from './records.ts';
import {
  changeMappingSettings,
  defaultMappingSettings,
  describeMapping,
  kindOfSource,
  startingPosition,
} from './settings.ts';

export async function CreateEventSourceMapping(
  ctx: Context,
  input: CreateEventSourceMappingCommandInput,
): Promise<EventSourceMappingConfiguration> {
  const { platform, mappings, pollers } = ctx.room;
  if (input.SelfManagedEventSource) throw new NotImplemented('Lambda event source mapping of kafka');
  const arn = input.EventSourceArn;
  if (arn === undefined) throw new InvalidParameterValueException('Unrecognized event source.');
  const kind = kindOfSource(arn);
  const start = startingPosition(kind, arn, input, ctx.now);
  const source = { kind, arn };
  const settings = changeMappingSettings({ ...defaultMappingSettings(kind), ...start }, input, source);
  checkTags(input.Tags ?? {});
  const { name, configuration } = await loadTarget(ctx, input.FunctionName);
  await checkSource(ctx, { kind, arn, role: configuration.role, timeoutSeconds: configuration.timeout });
  const enabled = input.Enabled ?? true;
  const record: MappingRecord = {
    uuid: platform.ids.uuid(),
    account: ctx.account,
    region: ctx.region,
    sourceArn: arn,
    kind,
    function: name,
    state: 'Creating',
    enabled,
    revision: 1,
    started: false,
    settings,
    tags: input.Tags ?? {},
    lastResult: undefined,
    lastModified: ctx.now,
  };
  await mappings.transact(async (tx) => {
    const same = (await listOf(ctx, tx)).find(
      (other) => other.sourceArn === arn && arnOf(other) === arnOf(record),
    );
    if (same) throw alreadyExists(same);
    mappings.put(tx, record);
    await pollers.wake(tx, record);
  });
  return describeMapping(record);
}

export async function GetEventSourceMapping(
  ctx: Context,
  input: GetEventSourceMappingCommandInput,
): Promise<EventSourceMappingConfiguration> {
  return describeMapping(await loadMapping(ctx, input.UUID));
}

export async function ListEventSourceMappings(
  ctx: Context,
  input: ListEventSourceMappingsCommandInput,
): Promise<{ EventSourceMappings: EventSourceMappingConfiguration[]; NextMarker?: string }> {
  const size = Math.min(input.MaxItems ?? mappingsPageMax, mappingsPageMax);
  const after = readMarker(input.Marker);
  const name = input.FunctionName === undefined ? undefined : named(ctx, input.FunctionName);
  // Without a qualifier, the mappings of the function and not those of its versions and aliases.
  const wanted = (record: MappingRecord) =>
    (after === undefined || record.uuid > after) &&
    (input.EventSourceArn === undefined || record.sourceArn === input.EventSourceArn) &&
    (name === undefined || arnOf(record) === functionArn(name, name.qualifier));
  const found = (await listOf(ctx)).filter(wanted).slice(0, size + 1);
  const { items, nextMarker } = pageOf(found, size, ({ uuid }) => uuid);
  return {
    EventSourceMappings: items.map(describeMapping),
    ...(nextMarker === undefined ? {} : { NextMarker: nextMarker }),
  };
}

export async function UpdateEventSourceMapping(
  ctx: Context,
  input: UpdateEventSourceMappingCommandInput,
): Promise<EventSourceMappingConfiguration> {
  const { mappings, pollers } = ctx.room;
  const before = await loadMapping(ctx, input.UUID);
  const source = { kind: before.kind, arn: before.sourceArn };
  const target = input.FunctionName === undefined ? undefined : await loadTarget(ctx, input.FunctionName);
  if (target) {
    const { role, timeout: timeoutSeconds } = target.configuration;
    await checkSource(ctx, { ...source, role, timeoutSeconds });
  }
  const next = await mappings.transact(async (tx) => {
    const current = await loadMapping(ctx, input.UUID, tx);
    if (!isSettled(current.state)) {
      throw new ResourceInUseException('Cannot update the event source mapping because it is in use.');
    }
    const enabled = input.Enabled ?? current.enabled;
    const record: MappingRecord = {
      ...current,
      settings: changeMappingSettings(current.settings, input, source),
      ...(target ? { function: target.name } : {}),
      enabled,
      state: enabled === current.enabled ? 'Updating' : enabled ? 'Enabling' : 'Disabling',
      revision: current.revision + 1,
      lastModified: ctx.now,
    };
    mappings.put(tx, record);
    await pollers.wake(tx, record);
    return record;
  });
  pollers.changed(next.uuid);
  return describeMapping(next);
}

export async function DeleteEventSourceMapping(
  ctx: Context,
  input: DeleteEventSourceMappingCommandInput,
): Promise<EventSourceMappingConfiguration> {
  const { mappings, pollers } = ctx.room;
  const next = await mappings.transact(async (tx) => {
    const current = await loadMapping(ctx, input.UUID, tx);
    if (!isSettled(current.state)) {
      throw new ResourceInUseException('Cannot delete the event source mapping because it is in use.');
    }
    const revision = current.revision + 1;
    const record: MappingRecord = { ...current, state: 'Deleting', revision, lastModified: ctx.now };
    mappings.put(tx, record);
    await pollers.wake(tx, record);
    return record;
  });
  pollers.changed(next.uuid);
  return describeMapping(next);
}

/** @throws ResourceNotFoundException */
export async function loadMapping(
  ctx: Context,
  uuid: string | undefined,
  reader?: Reader,
): Promise<MappingRecord> {
  const { account, region } = ctx;
  const found = await ctx.room.mappings.get({ account, region, uuid: uuid ?? '' }, reader);
  if (!found) throw new ResourceNotFoundException('The resource you requested does not exist.');
  return found;
}

/** Mappings of a region that are looked at together. */
const mappingsMax = 100_000;

function listOf(ctx: Context, reader?: Reader): Promise<MappingRecord[]> {
  return ctx.room.mappings.list(ctx, { limit: mappingsMax }, reader);
}

async function loadTarget(ctx: Context, functionName: string | undefined) {
  const name = named(ctx, functionName);
  const resolved = await resolveVersion(ctx.room.store, name, ctx.room.platform.ids).catch(() => undefined);
  if (!resolved) throw new InvalidParameterValueException('Function does not exist');
  return { name, configuration: resolved.configuration };
}

function arnOf({ function: name }: Pick<MappingRecord, 'function'>): string {
  return functionArn(name, name.qualifier);
}

/** Nothing is on its way. */
function isSettled(state: MappingState): boolean {
  return state === 'Enabled' || state === 'Disabled';
}

function alreadyExists({ kind, sourceArn, function: { name }, uuid }: MappingRecord): Error {
  const how = `Please update or delete the existing mapping with UUID ${uuid}`;
  return new ResourceConflictException(
    kind === 'sqs'
      ? `An event source mapping with SQS arn (" ${sourceArn} ") and function (" ${name} ") already exists. ${how}`
      : `The event source arn (" ${sourceArn} ") and function (" ${name} ") provided mapping already exists. ${how}`,
  );
}
