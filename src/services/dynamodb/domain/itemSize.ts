/** Item size as DynamoDB counts it. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html */
import type { AttributeValue, Item } from './attributeValues.ts';
import { numberBytes } from './numbers.ts';

/** Bytes of a checked item: names and values in UTF-8, 3 bytes for each map or list and 1 for each element. */
export function itemBytes(item: Item): number {
  let bytes = 0;
  for (const name in item) bytes += textBytes(name) + valueBytes(item[name] as AttributeValue);
  return bytes;
}

export function valueBytes(value: AttributeValue): number {
  if (value.S !== undefined) return textBytes(value.S);
  if (value.N !== undefined) return numberBytes(value.N);
  if (value.B !== undefined) return value.B.byteLength;
  if (value.M !== undefined) return 3 + Object.keys(value.M).length + itemBytes(value.M);
  if (value.L !== undefined) return value.L.reduce((sum, element) => sum + 1 + valueBytes(element), 3);
  if (value.SS !== undefined) return value.SS.reduce((sum, member) => sum + textBytes(member), 0);
  if (value.NS !== undefined) return value.NS.reduce((sum, member) => sum + numberBytes(member), 0);
  if (value.BS !== undefined) return value.BS.reduce((sum, member) => sum + member.byteLength, 0);
  return 1;
}

function textBytes(text: string): number {
  return Buffer.byteLength(text, 'utf8');
}
