/**
 * The notification configuration of a bucket: what it says, what it may say, which events it is about.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html
 */
import { parseArn } from '../../../kernel/index.ts';
import { InvalidArgument, malformedXml } from '../errors.ts';
import { filterValueBytesMax, notificationsMax } from '../limits.ts';

/** UserGuide/notification-how-to-event-types-and-destinations. */
const groups: Readonly<Record<string, readonly string[]>> = {
  ObjectCreated: ['Put', 'Post', 'Copy', 'CompleteMultipartUpload'],
  ObjectRemoved: ['Delete', 'DeleteMarkerCreated'],
  ObjectRestore: ['Post', 'Completed', 'Delete'],
  Replication: [
    'OperationFailedReplication',
    'OperationNotTracked',
    'OperationMissedThreshold',
    'OperationReplicatedAfterThreshold',
  ],
  LifecycleExpiration: ['Delete', 'DeleteMarkerCreated'],
  ObjectTagging: ['Put', 'Delete'],
};

const eventTypes: ReadonlySet<string> = new Set([
  ...Object.entries(groups).flatMap(([group, names]) => ['*', ...names].map((name) => `s3:${group}:${name}`)),
  's3:ReducedRedundancyLostObject',
  's3:ObjectAcl:Put',
  's3:LifecycleTransition',
  's3:IntelligentTiering',
]);

/** Where each kind of configuration stands in the API, and what its destination is called there. */
export const kinds = {
  topic: { list: 'TopicConfigurations', arn: 'TopicArn', service: 'sns' },
  queue: { list: 'QueueConfigurations', arn: 'QueueArn', service: 'sqs' },
  function: { list: 'LambdaFunctionConfigurations', arn: 'LambdaFunctionArn', service: 'lambda' },
} as const;

export type Kind = keyof typeof kinds;

export interface FilterRule {
  Name: 'Prefix' | 'Suffix';
  Value: string;
}

/** One configuration, as the bucket keeps it. */
export interface Notification {
  kind: Kind;
  id: string;
  arn: string;
  /** `s3:ObjectCreated:*`. */
  events: string[];
  /** In the order given; absent when there was no filter. */
  rules?: FilterRule[];
}

interface GivenConfiguration {
  Id?: string;
  Events?: string[];
  Filter?: { Key?: { FilterRules?: { Name?: string; Value?: string }[] } };
}

/** The API's structure. */
export type GivenNotifications = Readonly<Record<string, unknown>>;

/**
 * Reads and checks what PutBucketNotificationConfiguration was given, except that its destinations are there.
 * @param newId of a configuration that has none. @param region of the bucket: destinations are in the same.
 * @throws AwsError MalformedXML, InvalidArgument in S3's words.
 */
export function readNotifications(
  given: GivenNotifications,
  region: string,
  newId: () => string,
): Notification[] {
  const read: Notification[] = [];
  for (const kind of Object.keys(kinds) as Kind[]) {
    const list = (given[kinds[kind].list] ?? []) as GivenConfiguration[];
    for (const one of list) read.push(readOne(kind, one, region, newId));
  }
  if (read.length > notificationsMax) {
    throw new InvalidArgument(
      `The notification configuration must not have more than ${notificationsMax} configurations`,
    );
  }
  if (new Set(read.map(({ id }) => id)).size < read.length) {
    throw new InvalidArgument('Same ID used for multiple configurations. IDs must be unique');
  }
  read.forEach((one, index) => {
    for (const other of read.slice(0, index)) refuseOverlap(other, one);
  });
  return read;
}

/** The API's structure again. */
export function showNotifications(notifications: readonly Notification[]): Record<string, unknown> {
  const shown: Record<string, unknown[]> = {};
  for (const { kind, id, arn, events, rules } of notifications) {
    const { list, arn: arnMember } = kinds[kind];
    shown[list] ??= [];
    shown[list].push({
      Id: id,
      [arnMember]: arn,
      Events: events,
      ...(rules ? { Filter: { Key: { FilterRules: rules } } } : {}),
    });
  }
  return shown;
}

/** @param event `s3:ObjectCreated:Put`. @param key the object's, not encoded. */
export function concerns({ events, rules }: Notification, event: string, key: string): boolean {
  const group = `${event.slice(0, event.lastIndexOf(':'))}:*`;
  if (!events.some((name) => name === event || name === group)) return false;
  return (rules ?? []).every(({ Name, Value }) =>
    Name === 'Prefix' ? key.startsWith(decoded(Value)) : key.endsWith(decoded(Value)),
  );
}

function readOne(kind: Kind, given: GivenConfiguration, region: string, newId: () => string): Notification {
  const { arn: arnMember, service } = kinds[kind];
  const arn = (given as Record<string, unknown>)[arnMember];
  if (typeof arn !== 'string' || !given.Events || given.Events.length === 0) throw malformedXml();
  const parsed = parseArn(arn);
  if (parsed?.service !== service) {
    throw new InvalidArgument('The ARN could not be parsed', { ArgumentName: arnMember, ArgumentValue: arn });
  }
  if (parsed.region !== region) {
    throw new InvalidArgument(
      'The notification destination service region is not valid for the bucket location constraint',
      { ArgumentName: arnMember, ArgumentValue: arn },
    );
  }
  const unknown = given.Events.find((name) => !eventTypes.has(name));
  if (unknown !== undefined) {
    throw new InvalidArgument('The event is not supported for notifications', {
      ArgumentName: 'Event',
      ArgumentValue: unknown,
    });
  }
  const rules = given.Filter ? readRules(given.Filter.Key?.FilterRules ?? []) : undefined;
  const id = given.Id === undefined || given.Id === '' ? newId() : given.Id;
  return { kind, id, arn, events: [...given.Events], ...(rules ? { rules } : {}) };
}

/** S3 answers the names with a capital, however they were given. */
function readRules(given: readonly { Name?: string; Value?: string }[]): FilterRule[] {
  const rules: FilterRule[] = [];
  for (const { Name = '', Value = '' } of given) {
    const lower = Name.toLowerCase();
    if (lower !== 'prefix' && lower !== 'suffix') {
      throw refusedRule('filter rule name must be either prefix or suffix', Name, Value);
    }
    const name = lower === 'prefix' ? 'Prefix' : 'Suffix';
    if (Value === '') throw refusedRule('filter value cannot be empty', name, Value);
    if (Buffer.byteLength(Value) > filterValueBytesMax) {
      const words = `Size of filter rule value cannot exceed ${filterValueBytesMax} bytes in UTF-8 representation`;
      throw refusedRule(words, name, Value);
    }
    if (rules.some((rule) => rule.Name === name)) {
      throw refusedRule(`Cannot specify more than one ${lower} rule in a filter.`, name, Value);
    }
    rules.push({ Name: name, Value });
  }
  return rules;
}

function refusedRule(message: string, name: string, value: string): Error {
  return new InvalidArgument(message, { ArgumentName: name, ArgumentValue: value });
}

/** An object's event must be one configuration's only, whatever the kinds of the destinations. */
function refuseOverlap(one: Notification, other: Notification): void {
  const shared = one.events
    .flatMap((name) => other.events.map((otherName) => [name, otherName] as const))
    .find(([name, otherName]) => covers(name, otherName) || covers(otherName, name));
  if (!shared) return;
  const [prefix, suffix] = [ruleValue(one, 'Prefix'), ruleValue(one, 'Suffix')];
  const [otherPrefix, otherSuffix] = [ruleValue(other, 'Prefix'), ruleValue(other, 'Suffix')];
  const prefixesOverlap = prefix.startsWith(otherPrefix) || otherPrefix.startsWith(prefix);
  const suffixesOverlap = suffix.endsWith(otherSuffix) || otherSuffix.endsWith(suffix);
  if (!prefixesOverlap || !suffixesOverlap) return;
  if (prefix + suffix + otherPrefix + otherSuffix !== '') {
    throw new InvalidArgument(
      'Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are overlapping for the same event type.',
    );
  }
  throw new InvalidArgument(
    'Configurations overlap. Configurations on the same bucket cannot share a common event type.',
    { ArgumentName: 'Event', ArgumentValue: shared.join(', ') },
  );
}

function covers(name: string, other: string): boolean {
  return name === other || (name.endsWith(':*') && other.startsWith(name.slice(0, -1)));
}

function ruleValue({ rules }: Notification, name: FilterRule['Name']): string {
  return rules?.find((rule) => rule.Name === name)?.Value ?? '';
}

/** Filters are written as keys stand in events: URL-encoded, `+` for a space. */
function decoded(value: string): string {
  try {
    return decodeURIComponent(value.replaceAll('+', ' '));
  } catch {
    return value;
  }
}
