import { InvalidEvent, InvalidResource } from './errors.ts';
import { type Dict, isMap, isText } from './values.ts';

/** Where a value stands in the template, for the error that may have to name it. */
export interface Place {
  readonly id: string;
  readonly path: string;
  readonly kind: 'property' | 'attribute' | 'event';
}

export const property = (id: string, path: string): Place => ({ id, path, kind: 'property' });
export const attribute = (id: string, path: string): Place => ({ id, path, kind: 'attribute' });
export const eventProperty = (id: string, path: string): Place => ({ id, path, kind: 'event' });

export function fail(place: Place, message: string): never {
  throw place.kind === 'event' ? new InvalidEvent(place.id, message) : new InvalidResource(place.id, message);
}

function wrongType(place: Place, expected: string, message?: string): never {
  const word = place.kind === 'attribute' ? 'Attribute' : 'Property';
  fail(place, message ?? `${word} '${place.path}' should be a ${expected}.`);
}

export function expectMap(value: unknown, place: Place, message?: string): Dict {
  return isMap(value) ? value : wrongType(place, 'map', message);
}

export function expectList(value: unknown, place: Place): unknown[] {
  return Array.isArray(value) ? value : wrongType(place, 'list');
}

export function expectString(value: unknown, place: Place, message?: string): string {
  return isText(value) ? value : wrongType(place, 'string', message);
}

export function expectBoolean(value: unknown, place: Place): boolean {
  return typeof value === 'boolean' ? value : wrongType(place, 'boolean');
}

export function expectPresent(value: unknown, place: Place, message?: string): unknown {
  return value ?? fail(place, message ?? `Property '${place.path}' is required.`);
}
