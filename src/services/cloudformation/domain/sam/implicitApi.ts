import { combineConditions } from './conditions.ts';
import { InvalidEvent, InvalidResource, type SamError, SamTransformError } from './errors.ts';
import { eventProperty, expectMap, expectPresent, expectString } from './expect.ts';
import type { ApiDocument } from './openapi/document.ts';
import { byCodePoint } from './python/json.ts';
import { deepCopy, entriesOf, markKeys, py, str, update } from './python/py27.ts';
import { samResources } from './samTypes.ts';
import { asMap, type Dict, isEmpty, isMap, isPresent, text } from './values.ts';

/** What differs between the implicit REST API and the implicit HTTP API. */
export interface ImplicitApiKind {
  readonly eventType: string;
  readonly resourceType: string;
  readonly section: 'Api' | 'HttpApi';
  readonly apiId: string;
  readonly idProperty: 'RestApiId' | 'ApiId';
  readonly make: () => Dict;
  readonly isDefinition: (body: unknown) => boolean;
  readonly edit: (body: unknown) => ApiDocument;
  readonly finish: (document: ApiDocument) => Dict;
  /** Completes an event's properties; undefined skips the event. */
  readonly prepare: (properties: unknown) => unknown;
  /** Takes what else an event says of its API. */
  readonly settle?: (eventId: string, properties: Dict, apiId: string, api: Dict, condition: unknown) => void;
}

interface Method {
  readonly path: string;
  readonly method: string;
  readonly condition: string | undefined;
}

/**
 * Events of functions and state machines that name no API share one, made here; those that name one are
 * added to its definition. An API, and each of its paths, exists only when something behind it does.
 */
export function addImplicitApi(template: Dict, kind: ImplicitApiKind): void {
  const resources = asMap(template.Resources);
  const existing = deepCopy(resources[kind.apiId]);
  resources[kind.apiId] = kind.make();
  const methods = new Map<string, Method[]>();
  const owners: Dict[] = [];
  const errors: SamError[] = [];
  for (const [logicalId, owner] of samResources(
    template,
    'AWS::Serverless::Function',
    'AWS::Serverless::StateMachine',
  )) {
    try {
      if (addEvents(template, owner, kind, methods)) owners.push(owner);
    } catch (error) {
      if (!(error instanceof InvalidEvent)) throw error;
      errors.push(new InvalidResource(logicalId, error.message));
    }
  }
  inheritAttributes(template, kind, methods.get(kind.apiId) ?? [], owners);
  addPathConditions(template, kind, methods);
  const implicit = asMap(resources[kind.apiId]);
  if (isEmpty(asMap(asMap(asMap(implicit.Properties).DefinitionBody).paths))) {
    if (existing === undefined) delete resources[kind.apiId];
    else resources[kind.apiId] = existing;
  }
  if (errors.length > 0) throw new SamTransformError(errors);
}

/** Adds the owner's events to their APIs; true when one of them went to the implicit one. */
function addEvents(
  template: Dict,
  owner: Dict,
  kind: ImplicitApiKind,
  methods: Map<string, Method[]>,
): boolean {
  const events = asMap(owner.Properties).Events;
  if (!isMap(events)) return false;
  let implicit = false;
  // The API's events, collected in a dictionary of their own: its order is what counts for the definition.
  const own: Dict = {};
  for (const [eventId, event] of entriesOf(events)) {
    if (isMap(event) && text(event.Type) === kind.eventType) own[eventId] = event;
  }
  if (isEmpty(own)) return false;
  markKeys(own);
  for (const [eventId, item] of entriesOf(own)) {
    const event = item as Dict;
    const properties = kind.prepare(event.Properties ?? {});
    if (properties === undefined) continue;
    const given = expectMap(properties, eventProperty(eventId, ''), 'Properties should be a map.');
    event.Properties = given;
    if (!(kind.idProperty in given)) {
      passTags(template, owner, kind);
      given[kind.idProperty] = py({ Ref: str(kind.apiId) });
    }
    const { apiId, path, method } = checkEvent(eventId, given, kind);
    const condition = isPresent(owner.Condition) ? text(owner.Condition) : undefined;
    methods.set(apiId, [...(methods.get(apiId) ?? []), { path, method, condition }]);
    implicit ||= apiId === kind.apiId;
    addMethod(template, eventId, apiId, given, kind);
    kind.settle?.(eventId, given, apiId, asMap(asMap(template.Resources)[apiId]), owner.Condition);
  }
  // Writing the events back may reorder a 2.7 dictionary.
  update(events, own);
  return implicit;
}

function checkEvent(
  eventId: string,
  properties: Dict,
  kind: ImplicitApiKind,
): { apiId: string } & Omit<Method, 'condition'> {
  const place = (name: string) => eventProperty(eventId, name);
  expectPresent(properties.Path, place('Path'));
  expectPresent(properties.Method, place('Method'));
  const reference = properties[kind.idProperty];
  const apiId = isMap(reference) && 'Ref' in reference ? reference.Ref : reference;
  return {
    apiId: text(expectString(apiId, place(kind.idProperty))),
    path: text(expectString(properties.Path, place('Path'))),
    method: text(expectString(properties.Method, place('Method'))),
  };
}

function addMethod(template: Dict, eventId: string, apiId: string, event: Dict, kind: ImplicitApiKind): void {
  const resource = asMap(template.Resources)[apiId];
  const isHttp = isMap(resource) && text(resource.Type) === 'AWS::Serverless::HttpApi';
  if (!isMap(resource) || (isHttp && kind.section !== 'HttpApi')) {
    throw new InvalidEvent(
      eventId,
      `${kind.idProperty} must be a valid reference to an '${kind.resourceType}' resource in same template.`,
    );
  }
  const properties = asMap(resource.Properties);
  if (!kind.isDefinition(properties.DefinitionBody) || isEmpty(properties.__MANAGE_SWAGGER)) return;
  const document = kind.edit(properties.DefinitionBody);
  document.addPath(event.Path as string, event.Method as string);
  properties.DefinitionBody = kind.finish(document);
}

/** A function that propagates its tags propagates them to the implicit API too. */
function passTags(template: Dict, owner: Dict, kind: ImplicitApiKind): void {
  const section = text(owner.Type).replace('AWS::Serverless::', '');
  const globals = asMap(asMap(template.Globals)[section]);
  const own = asMap(owner.Properties);
  const tags = isPresent(own.Tags) ? own.Tags : globals.Tags;
  const propagate = isPresent(own.PropagateTags) ? own.PropagateTags : globals.PropagateTags;
  const api = asMap(template.Resources)[kind.apiId];
  if (!isMap(api) || isEmpty(tags) || isEmpty(propagate)) return;
  const properties = api.Properties as Dict;
  properties.Tags = { ...asMap(properties.Tags), ...asMap(tags) };
  properties.PropagateTags = true;
}

function inheritAttributes(
  template: Dict,
  kind: ImplicitApiKind,
  methods: readonly Method[],
  owners: readonly Dict[],
): void {
  const implicit = asMap(template.Resources)[kind.apiId] as Dict;
  const conditions = distinct(lastConditions(methods));
  if (conditions.length > 0 && !conditions.includes(undefined)) {
    const names = conditions as string[];
    implicit.Condition = names.length === 1 ? names[0] : `${kind.apiId}Condition`;
    if (names.length > 1) addCombined(template, names, `${kind.apiId}Condition`);
  }
  const strictest = (name: string, order: readonly string[]) => {
    const given = new Set(owners.map((owner) => text(owner[name])));
    return order.find((policy) => given.has(policy));
  };
  const deletion = strictest('DeletionPolicy', ['Retain', 'Delete']);
  if (deletion) implicit.DeletionPolicy = deletion;
  const replacement = strictest('UpdateReplacePolicy', ['Retain', 'Snapshot', 'Delete']);
  if (replacement) implicit.UpdateReplacePolicy = replacement;
}

function addPathConditions(
  template: Dict,
  kind: ImplicitApiKind,
  methods: ReadonlyMap<string, Method[]>,
): void {
  for (const [apiId, api] of samResources(template, kind.resourceType)) {
    const properties = asMap(api.Properties);
    if (isEmpty(properties.__MANAGE_SWAGGER)) continue;
    const document = kind.edit(properties.DefinitionBody);
    for (const path of document.pathNames()) {
      const behind = (methods.get(apiId) ?? []).filter((method) => method.path === path);
      const conditions = distinct(lastConditions(behind));
      if (conditions.length === 0 || conditions.includes(undefined)) continue;
      const names = conditions as string[];
      const combined = `${apiId}${path.replaceAll('/', 'SLASH').replaceAll('{', 'OB').replaceAll('}', 'CB')}PathCondition`;
      if (names.length > 1) addCombined(template, names, combined);
      document.makePathConditional(path, names.length === 1 ? names[0] : str(combined));
    }
    properties.DefinitionBody = kind.finish(document);
    api.Properties = properties;
  }
}

/** The condition of each method; when two events share one, the later counts. */
function lastConditions(methods: readonly Method[]): (string | undefined)[] {
  return [
    ...new Map(methods.map(({ path, method, condition }) => [`${path} ${method}`, condition])).values(),
  ];
}

function distinct<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}

function addCombined(template: Dict, names: readonly string[], name: string): void {
  template.Conditions ??= {};
  Object.assign(template.Conditions as Dict, combineConditions([...names].sort(byCodePoint), name));
}
