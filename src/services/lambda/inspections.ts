/**
 * Functions that a debugger may stop: `POST /_brume/services/lambda/inspect?function=ARN&port=9229`. An inspection is
 * a lease in memory: whoever wants it asks again before it ends, so that none is left behind by a session that died.
 */
import { AwsError, type Clock } from '../../kernel/index.ts';
import type { ControlAction } from '../../platform/index.ts';
import { parseFunctionName } from './domain/names.ts';
import type { LambdaRoom } from './room.ts';
import type { Place } from './store.ts';

/** Ours: an inspection ends this long after it was last asked for. Milliseconds. */
const leaseMs = 30_000;
/** Ours: debuggers in all. */
const inspectionsMax = 100;

interface Inspection {
  readonly port: number;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

export class Inspections {
  readonly #clock: Clock;
  readonly #inspected = new Map<string, Inspection>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The port at which a function's next environment waits for a debugger. */
  portOf(place: Place): number | undefined {
    if (this.#inspected.size === 0) return undefined;
    const found = this.#inspected.get(nameOf(place));
    if (!found || found.until > this.#clock.now()) return found?.port;
    this.#inspected.delete(nameOf(place));
    return undefined;
  }

  begin(place: Place, port: number): void {
    const name = nameOf(place);
    if (this.#inspected.size >= inspectionsMax && !this.#inspected.has(name)) {
      this.#inspected.delete(this.#inspected.keys().next().value as string);
    }
    this.#inspected.set(name, { port, until: this.#clock.now() + leaseMs });
  }

  end(place: Place): void {
    this.#inspected.delete(nameOf(place));
  }
}

/** Query: `function`, a name or ARN, and `port`; without the port the inspection ends. */
export const inspect: ControlAction<LambdaRoom> = async (room, query) => {
  const { defaultAccount, defaultRegion } = room.platform.config;
  const place = parseFunctionName(query.get('function') ?? '', undefined, {
    account: defaultAccount,
    region: query.get('region') ?? defaultRegion,
  });
  const record = await room.store.function(place);
  if (!record) throw badRequest(`There is no function ${place.name} in ${place.region}.`);
  if (!record.latest.runtime.startsWith('nodejs')) {
    throw badRequest(
      `A debugger attaches to functions in Node.js; ${place.name} is in ${record.latest.runtime}.`,
    );
  }
  const port = query.get('port');
  if (port === null) {
    room.inspections.end(place);
    await room.executor.retire(place, record.latest);
    return { status: 'ended' };
  }
  const number = Number(port);
  if (!Number.isInteger(number) || number < 1 || number > 65_535) throw badRequest('A port is 1 to 65535.');
  room.inspections.begin(place, number);
  return { status: 'inspected', port: number, leaseMs };
};

function nameOf({ account, region, name }: Place): string {
  return `${account}:${region}:${name}`;
}

function badRequest(message: string): AwsError {
  return new AwsError('BadRequest', message, { status: 400 });
}
