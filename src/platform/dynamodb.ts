/** How the DynamoDB of a cloud behaves where AWS's own differs from what is pleasant on a developer's machine. */

/** What takes time on AWS and nothing here, unless somebody wants to see the states in between. Milliseconds. */
export interface DynamoDbDurations {
  /** CREATING of a new table. */
  readonly tableCreate: number;
  /** UPDATING of a table whose settings change. */
  readonly tableUpdate: number;
  /** DELETING of a table. */
  readonly tableDelete: number;
  /** CREATING of a global secondary index, before its backfill begins. */
  readonly indexCreate: number;
  /** DELETING of a global secondary index. */
  readonly indexDelete: number;
}

export interface DynamoDbConfig {
  /** Whether requests beyond provisioned (or configured on-demand) throughput are refused. */
  readonly throughput: 'enforce' | 'off';
  readonly durations: DynamoDbDurations;
}

const instantly: DynamoDbDurations = {
  tableCreate: 0,
  tableUpdate: 0,
  tableDelete: 0,
  indexCreate: 0,
  indexDelete: 0,
};

export const durationNames = Object.keys(instantly) as readonly (keyof DynamoDbDurations)[];

/** What a cloud can be started with; what is left out is off, and instant. */
export interface DynamoDbOptions {
  throughput?: DynamoDbConfig['throughput'];
  durations?: Partial<DynamoDbDurations>;
}

export function dynamoDbConfig({ throughput = 'off', durations }: DynamoDbOptions = {}): DynamoDbConfig {
  return { throughput, durations: { ...instantly, ...durations } };
}
