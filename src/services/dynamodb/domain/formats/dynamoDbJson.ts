/** DynamoDB JSON: an object a line. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataImport.Format.html */
import { limits } from '../../limits.ts';
import { type AttributeValue, type Item, setAttribute } from '../attributeValues.ts';
import { linesOf } from './lines.ts';
import { type Chunks, Malformed, type SourceRecord } from './source.ts';

/** @throws Malformed at the first line that isn't an object with an `Item` of attribute values. */
export async function* readDynamoDbJson(chunks: Chunks): AsyncGenerator<SourceRecord> {
  for await (const line of linesOf(chunks)) yield { item: itemOfLine(line) };
}

function itemOfLine(line: string): Item {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    throw new Malformed('Unexpected token');
  }
  const item = isObject(parsed) && Object.hasOwn(parsed, 'Item') ? parsed.Item : undefined;
  if (!isObject(item)) throw new Malformed("Expected 'Item' top level container");
  return itemOf(item, 1);
}

function itemOf(members: Record<string, unknown>, depth: number): Item {
  const item: Item = {};
  for (const [name, value] of Object.entries(members)) setAttribute(item, name, attributeValue(value, depth));
  return item;
}

/** Only the form; what DynamoDB asks of values is checked with all items alike. */
function attributeValue(value: unknown, depth: number): AttributeValue {
  // One level more than allowed may pass, so that the item is told what is wrong with it.
  if (depth > limits.nestingMax + 2) throw new Malformed('Nesting Levels have exceeded supported limits');
  const [entry, ...others] = isObject(value) ? Object.entries(value) : [];
  if (!entry || others.length > 0) {
    throw new Malformed('Expected an attribute value with exactly one of the supported datatypes');
  }
  const [type, content] = entry;
  switch (type) {
    case 'S':
    case 'N':
      if (typeof content === 'string') return { [type]: content };
      break;
    case 'BOOL':
    case 'NULL':
      if (typeof content === 'boolean') return { [type]: content };
      break;
    case 'B':
      return { B: bytesOf(content) };
    case 'SS':
    case 'NS':
      if (Array.isArray(content) && content.every((member) => typeof member === 'string')) {
        return { [type]: content };
      }
      break;
    case 'BS':
      if (Array.isArray(content)) return { BS: content.map(bytesOf) };
      break;
    case 'L':
      if (Array.isArray(content)) return { L: content.map((element) => attributeValue(element, depth + 1)) };
      break;
    case 'M':
      if (isObject(content)) return { M: itemOf(content, depth + 1) };
      break;
  }
  throw new Malformed(`Unexpected value of an attribute of type ${type.slice(0, 20)}`);
}

function bytesOf(text: unknown): Uint8Array {
  if (typeof text === 'string' && text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)) {
    return Buffer.from(text, 'base64');
  }
  throw new Malformed('A binary value is not valid Base64');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
