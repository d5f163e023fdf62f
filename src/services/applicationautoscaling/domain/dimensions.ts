/** What can be scaled here: the provisioned units of DynamoDB tables and global secondary indexes. */
import { ValidationException } from '../errors.ts';

export interface TargetInput {
  ServiceNamespace: string;
  ResourceId: string;
  ScalableDimension: string;
}

/** A scalable dimension of a table or index. */
export interface Dimension {
  table: string;
  index: string | undefined;
  kind: 'read' | 'write';
}

const dimensions: Record<string, { index: boolean; kind: Dimension['kind'] }> = {
  'dynamodb:table:ReadCapacityUnits': { index: false, kind: 'read' },
  'dynamodb:table:WriteCapacityUnits': { index: false, kind: 'write' },
  'dynamodb:index:ReadCapacityUnits': { index: true, kind: 'read' },
  'dynamodb:index:WriteCapacityUnits': { index: true, kind: 'write' },
};

const resources = /^table\/([a-zA-Z0-9_.-]{3,255})(?:\/index\/([a-zA-Z0-9_.-]{3,255}))?$/;

/** @throws ValidationException for everything that nobody here would scale. */
export function dimensionOf(input: TargetInput): Dimension {
  const dimension = dimensions[input.ScalableDimension];
  const [, table, index] = resources.exec(input.ResourceId) ?? [];
  if (
    input.ServiceNamespace !== 'dynamodb' ||
    !dimension ||
    !table ||
    dimension.index !== (index !== undefined)
  ) {
    throw new ValidationException('Unsupported service namespace, resource type or scalable dimension');
  }
  return { table, index, kind: dimension.kind };
}

/** `read capacity units`, as activities call what they set. */
export function unitsOf({ kind }: Dimension): string {
  return `${kind} capacity units`;
}

export function metricOf({ kind }: Dimension): string {
  return kind === 'read' ? 'DynamoDBReadCapacityUtilization' : 'DynamoDBWriteCapacityUtilization';
}

/** How errors name a target. */
export function targetWords({ ServiceNamespace, ResourceId, ScalableDimension }: TargetInput): string {
  return `service namespace: ${ServiceNamespace}, resource ID: ${ResourceId}, scalable dimension: ${ScalableDimension}`;
}
