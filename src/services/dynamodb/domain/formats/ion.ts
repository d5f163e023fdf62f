/**
 * Amazon Ion as DynamoDB reads it: text, a line an item, each behind a version marker. `ionText.ts` writes it.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
 */
import { type IonType, IonTypes, makeReader, type Reader } from 'ion-js';
import { limits } from '../../limits.ts';
import { type AttributeValue, type Item, setAttribute } from '../attributeValues.ts';
import { linesOf } from './lines.ts';
import { type Chunks, Malformed, type SourceRecord } from './source.ts';

const sets = { $dynamodb_SS: 'SS', $dynamodb_NS: 'NS', $dynamodb_BS: 'BS' } as const;

/** @throws Malformed at the first line that isn't a struct with an `Item`. */
export async function* readIon(chunks: Chunks): AsyncGenerator<SourceRecord> {
  for await (const line of linesOf(chunks)) {
    for (const item of itemsOfLine(line)) yield { item };
  }
}

/** A line is one item where DynamoDB wrote it; several values in a line are read alike. */
function itemsOfLine(line: string): Item[] {
  const items: Item[] = [];
  if (hasEndlessNumber(line)) throw new Malformed('A number has too many digits');
  try {
    const reader = makeReader(line);
    for (let type = reader.next(); type; type = reader.next()) items.push(itemOf(reader, type));
  } catch (error) {
    // The reader throws plain errors for what isn't Ion; they say where.
    throw error instanceof Malformed ? error : new Malformed((error as Error).message.slice(0, 200));
  }
  return items;
}

/** Strings, quoted symbols and blobs, to be passed over; or a run of digits outside of them. */
const longTokens = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\{\{[^}]*\}\}|([0-9_]{1000})/gs;

/** The reader takes seconds for a number of millions of digits, which DynamoDB would refuse anyway. */
function hasEndlessNumber(line: string): boolean {
  if (!/[0-9_]{1000}/.test(line)) return false;
  for (const [, digits] of line.matchAll(longTokens)) if (digits !== undefined) return true;
  return false;
}

function itemOf(reader: Reader, type: IonType): Item {
  let item: Item | undefined;
  if (type === IonTypes.STRUCT && !reader.isNull()) {
    reader.stepIn();
    for (let member = reader.next(); member; member = reader.next()) {
      if (reader.fieldName() !== 'Item' || member !== IonTypes.STRUCT || reader.isNull()) continue;
      item = structOf(reader, 1);
    }
    reader.stepOut();
  }
  if (!item) throw new Malformed("Expected 'Item' top level container");
  return item;
}

function structOf(reader: Reader, depth: number): Item {
  const item: Item = {};
  reader.stepIn();
  for (let type = reader.next(); type; type = reader.next()) {
    setAttribute(item, reader.fieldName() as string, attributeValue(reader, type, depth));
  }
  reader.stepOut();
  return item;
}

function attributeValue(reader: Reader, type: IonType, depth: number): AttributeValue {
  // One level more than allowed may pass, so that the item is told what is wrong with it.
  if (depth > limits.nestingMax + 2) throw new Malformed('Nesting Levels have exceeded supported limits');
  if (reader.isNull()) return { NULL: true };
  switch (type) {
    case IonTypes.STRING:
      return { S: reader.stringValue() as string };
    case IonTypes.BOOL:
      return { BOOL: reader.booleanValue() as boolean };
    case IonTypes.DECIMAL:
    case IonTypes.INT:
      return { N: numberOf(reader, type) };
    case IonTypes.BLOB:
      return { B: Buffer.from(reader.uInt8ArrayValue() as Uint8Array) };
    case IonTypes.STRUCT:
      return { M: structOf(reader, depth + 1) };
    case IonTypes.LIST:
      return listOf(reader, depth);
    default:
      throw new Malformed(`Ion values of type ${type.name} have no counterpart in DynamoDB`);
  }
}

function numberOf(reader: Reader, type: IonType): string {
  if (type === IonTypes.INT) return String(reader.bigIntValue());
  const decimal = reader.decimalValue();
  return `${decimal?.getCoefficient()}E${decimal?.getExponent()}`;
}

function listOf(reader: Reader, depth: number): AttributeValue {
  const annotation = reader.annotations().find((each) => Object.hasOwn(sets, each));
  const elements: AttributeValue[] = [];
  reader.stepIn();
  for (let type = reader.next(); type; type = reader.next()) {
    elements.push(attributeValue(reader, type, depth + 1));
  }
  reader.stepOut();
  if (annotation === undefined) return { L: elements };
  const set = sets[annotation as keyof typeof sets];
  const members = elements.map((element) => {
    const member = element[set.charAt(0) as 'S' | 'N' | 'B'];
    if (member === undefined) throw new Malformed(`A member of a set of type ${set} has another type`);
    return member;
  });
  return { [set]: members };
}
