import type { SamContext } from '../context.ts';
import { InvalidEvent, InvalidResource } from '../errors.ts';
import { pythonText } from '../intrinsics.ts';
import { byCodePoint } from '../python/json.ts';
import { entriesOf } from '../python/py27.ts';
import type { CfnResource } from '../resource.ts';
import { type ReadResource, readResource, type Schema } from '../schema.ts';
import { asMap, type Dict, isMap, isText, text } from '../values.ts';

/** One entry of `Events`, read and checked, with what it is linked to. */
export interface LinkedEvent {
  /** The key in `Events`, which errors name. */
  readonly id: string;
  readonly type: string;
  /** Owner's id and event id together: the id of the resources made for it. */
  readonly logicalId: string;
  readonly properties: Dict;
  readonly source: EventSource;
  readonly link: Dict;
}

/** What an event invokes. */
export interface EventTarget {
  readonly owner: string;
  /** The function or its alias, the state machine or its alias. */
  readonly target: CfnResource;
  /** The execution role SAM made; undefined when there is none to extend. */
  readonly role: CfnResource | undefined;
  readonly context: SamContext;
  /** What bounds the roles made for events of a state machine. */
  readonly permissionsBoundary?: unknown;
}

export interface EventSource {
  readonly schema: Schema;
  /** Finds the resource of the template that the event belongs to, before anything is transformed. */
  readonly link?: (event: Omit<LinkedEvent, 'link'>, context: SamContext) => Dict;
  readonly transform: (event: LinkedEvent, to: EventTarget) => CfnResource[];
}

/** Reads and links the events of a function or state machine, in the order in which they are transformed. */
export function linkEvents(
  owner: ReadResource,
  sources: Readonly<Record<string, EventSource>>,
  context: SamContext,
  order: 'byPath' | 'declared' = 'byPath',
): LinkedEvent[] {
  const events = entriesOf(asMap(owner.properties.Events)).map(([id, event]) =>
    quotingEvents(owner.logicalId, () => linkEvent(owner.logicalId, id, event, sources, context)),
  );
  if (order === 'declared') return events;
  const path = (event: LinkedEvent): string =>
    isText(event.properties.Path) ? text(event.properties.Path) : event.id;
  return events.sort((left, right) => byCodePoint(path(left), path(right)));
}

function linkEvent(
  owner: string,
  id: string,
  event: unknown,
  sources: Readonly<Record<string, EventSource>>,
  context: SamContext,
): LinkedEvent {
  // Python's words, which reach the user when an event is left empty.
  if (!isMap(event)) throw new InvalidEvent(id, "'NoneType' object has no attribute 'get'");
  const source = isText(event.Type) ? sources[text(event.Type)] : undefined;
  if (!source) {
    throw new InvalidEvent(
      id,
      `Resource dict has missing or invalid value for key Type. Event Type is: ${pythonText(event.Type)}.`,
    );
  }
  const { logicalId, properties, type } = readResource(owner + id, text(event.Type), event, source.schema);
  const read = { id, type, logicalId, properties, source };
  return { ...read, link: source.link?.(read, context) ?? {} };
}

export function transformEvents(events: readonly LinkedEvent[], to: EventTarget): CfnResource[] {
  const work = (event: LinkedEvent) => event.source.transform(event, to);
  // Errors of a state machine's events stand by themselves, as AWS words them.
  const quotes = !to.target.type.startsWith('AWS::StepFunctions::');
  return events.flatMap((event) => (quotes ? quotingEvents(to.owner, () => work(event)) : work(event)));
}

/** An error of an event is an error of the resource that has it. */
function quotingEvents<T>(owner: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof InvalidEvent) throw new InvalidResource(owner, error.message);
    throw error;
  }
}
