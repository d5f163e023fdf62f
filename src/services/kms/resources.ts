/** AWS::KMS::Key, AWS::KMS::Alias. */
import { AwsError, ValidationException } from '../../kernel/index.ts';
import type { Properties, ResourceContext, ResourceType } from '../../platform/index.ts';
import { keyArn } from './domain/keys.ts';

interface Tag {
  Key: string;
  Value: string;
}

const call = <Output = Record<string, unknown>>(ctx: ResourceContext, operation: string, input: object) =>
  ctx.aws.call<Output>('kms', operation, input);

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kms-key.html */
const key: ResourceType = {
  name: 'AWS::KMS::Key',
  properties: {
    Description: { type: 'string' },
    Enabled: { type: 'boolean' },
    EnableKeyRotation: { type: 'boolean' },
    RotationPeriodInDays: { type: 'number' },
    KeyPolicy: { type: 'json' },
    KeySpec: { type: 'string' },
    KeyUsage: { type: 'string' },
    MultiRegion: { type: 'boolean' },
    Origin: { type: 'string' },
    PendingWindowInDays: { type: 'number' },
    BypassPolicyLockoutSafetyCheck: { type: 'boolean' },
    Tags: { type: 'tags' },
  },
  attributes: ['Arn', 'KeyId'],
  async create(ctx, properties) {
    const tags = tagsOf(ctx, properties);
    const { KeyMetadata } = await call<{ KeyMetadata: { KeyId: string } }>(ctx, 'CreateKey', {
      ...present(properties, ['Description', 'KeySpec', 'KeyUsage', 'Origin']),
      ...(isTrue(properties.MultiRegion) ? { MultiRegion: true } : {}),
      ...policyOf(properties),
      ...bypassOf(properties),
      ...(tags.length > 0 ? { Tags: tags } : {}),
    });
    await setRotation(ctx, KeyMetadata.KeyId, properties, {});
    await setEnabled(ctx, KeyMetadata.KeyId, properties);
    return stateOf(ctx, KeyMetadata.KeyId);
  },
  async update(ctx, current, properties, previous) {
    const KeyId = current.physicalId;
    checkUnchanged(properties, previous);
    // Rotation is set on keys that are enabled: before a key is disabled, after it was enabled.
    if (isEnabled(properties)) await setEnabled(ctx, KeyId, properties);
    await call(ctx, 'UpdateKeyDescription', { KeyId, Description: properties.Description ?? '' });
    if (JSON.stringify(properties.KeyPolicy) !== JSON.stringify(previous.KeyPolicy)) {
      const policy = policyOf(properties);
      if (policy.Policy !== undefined)
        await call(ctx, 'PutKeyPolicy', { KeyId, ...policy, ...bypassOf(properties) });
    }
    if (isEnabled(previous) || isEnabled(properties)) await setRotation(ctx, KeyId, properties, previous);
    await setTags(ctx, KeyId, properties, previous);
    if (!isEnabled(properties)) await setEnabled(ctx, KeyId, properties);
    return stateOf(ctx, KeyId);
  },
  async delete(ctx, current, properties) {
    await unlessGone(
      call(ctx, 'ScheduleKeyDeletion', {
        KeyId: current.physicalId,
        ...(properties.PendingWindowInDays === undefined
          ? {}
          : { PendingWindowInDays: Number(properties.PendingWindowInDays) }),
      }),
    );
  },
};

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kms-alias.html */
const alias: ResourceType = {
  name: 'AWS::KMS::Alias',
  properties: {
    AliasName: { type: 'string', required: true, createOnly: true },
    TargetKeyId: { type: 'string', required: true },
  },
  attributes: [],
  async create(ctx, properties) {
    await call(ctx, 'CreateAlias', present(properties, ['AliasName', 'TargetKeyId']));
    return { physicalId: String(properties.AliasName), attributes: {} };
  },
  async update(ctx, current, properties) {
    await call(ctx, 'UpdateAlias', present(properties, ['AliasName', 'TargetKeyId']));
    return current;
  },
  async delete(ctx, current) {
    await unlessGone(call(ctx, 'DeleteAlias', { AliasName: current.physicalId }));
  },
};

export const resources: readonly ResourceType[] = [key, alias];

const isTrue = (value: unknown): boolean => value === true || value === 'true';
const isEnabled = (properties: Properties): boolean =>
  properties.Enabled === undefined || isTrue(properties.Enabled);

/** With their defaults: whoever writes one out changes nothing. */
const fixed = {
  KeySpec: 'SYMMETRIC_DEFAULT',
  KeyUsage: 'ENCRYPT_DECRYPT',
  MultiRegion: false,
  Origin: 'AWS_KMS',
} as const;

/** What a key is stays: AWS fails such an update rather than replace the key. */
function checkUnchanged(properties: Properties, previous: Properties): void {
  for (const [name, initial] of Object.entries(fixed)) {
    if ((properties[name] ?? initial) === (previous[name] ?? initial)) continue;
    throw new ValidationException(`You cannot change the ${name} of an existing KMS key.`);
  }
}

async function setEnabled(ctx: ResourceContext, KeyId: string, properties: Properties): Promise<void> {
  await call(ctx, isEnabled(properties) ? 'EnableKey' : 'DisableKey', { KeyId });
}

async function setRotation(
  ctx: ResourceContext,
  KeyId: string,
  properties: Properties,
  previous: Properties,
): Promise<void> {
  const wanted = isTrue(properties.EnableKeyRotation);
  const period = properties.RotationPeriodInDays;
  if (wanted === isTrue(previous.EnableKeyRotation) && period === previous.RotationPeriodInDays) return;
  if (!wanted) await call(ctx, 'DisableKeyRotation', { KeyId });
  else {
    await call(ctx, 'EnableKeyRotation', {
      KeyId,
      ...(period === undefined ? {} : { RotationPeriodInDays: Number(period) }),
    });
  }
}

async function setTags(
  ctx: ResourceContext,
  KeyId: string,
  properties: Properties,
  previous: Properties,
): Promise<void> {
  const [before, after] = [tagsOf(ctx, previous), tagsOf(ctx, properties)];
  const gone = before
    .map(({ TagKey }) => TagKey)
    .filter((name) => !after.some(({ TagKey }) => TagKey === name));
  if (gone.length > 0) await call(ctx, 'UntagResource', { KeyId, TagKeys: gone });
  if (after.length > 0) await call(ctx, 'TagResource', { KeyId, Tags: after });
}

function tagsOf(ctx: ResourceContext, properties: Properties) {
  const own = (properties.Tags ?? []) as Tag[];
  const all = { ...ctx.stackTags, ...Object.fromEntries(own.map(({ Key, Value }) => [Key, Value])) };
  return Object.entries(all).map(([TagKey, TagValue]) => ({ TagKey, TagValue }));
}

function policyOf({ KeyPolicy: policy }: Properties): { Policy?: string } {
  if (policy === undefined) return {};
  return { Policy: typeof policy === 'string' ? policy : JSON.stringify(policy) };
}

const bypassOf = ({ BypassPolicyLockoutSafetyCheck: bypass }: Properties) =>
  bypass === undefined ? {} : { BypassPolicyLockoutSafetyCheck: isTrue(bypass) };

const present = (properties: Properties, names: readonly string[]) =>
  Object.fromEntries(
    names.filter((name) => properties[name] !== undefined).map((name) => [name, properties[name]]),
  );

function stateOf({ account, region }: ResourceContext, id: string) {
  return { physicalId: id, attributes: { Arn: keyArn({ account, region, id }), KeyId: id } };
}

/** A key that waits for its end already, or an alias that went with its key, is as good as gone. */
async function unlessGone(asked: Promise<unknown>): Promise<void> {
  try {
    await asked;
  } catch (error) {
    const isGone =
      error instanceof AwsError && ['NotFoundException', 'KMSInvalidStateException'].includes(error.code);
    if (!isGone) throw error;
  }
}
