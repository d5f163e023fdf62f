/**
 * Amazon Ion as DynamoDB writes it. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
 */
import { type AttributeValue, base64, type Item } from '../attributeValues.ts';

/** A struct of attributes in Ion text: `{Id:103.,Tags:$dynamodb_SS::["a"]}`. */
export function ionStruct(item: Item): string {
  const fields = Object.entries(item).map(([name, value]) => `${fieldName(name)}:${ionValue(value)}`);
  return `{${fields.join(',')}}`;
}

function ionValue(value: AttributeValue): string {
  if (value.S !== undefined) return ionString(value.S);
  if (value.N !== undefined) return ionDecimal(value.N);
  if (value.B !== undefined) return ionBlob(value.B);
  if (value.BOOL !== undefined) return String(value.BOOL);
  if (value.M !== undefined) return ionStruct(value.M);
  if (value.L !== undefined) return `[${value.L.map(ionValue).join(',')}]`;
  if (value.SS !== undefined) return `$dynamodb_SS::[${value.SS.map(ionString).join(',')}]`;
  if (value.NS !== undefined) return `$dynamodb_NS::[${value.NS.map(ionDecimal).join(',')}]`;
  if (value.BS !== undefined) return `$dynamodb_BS::[${value.BS.map(ionBlob).join(',')}]`;
  return 'null';
}

/** Ion's strings are JSON's: the same escapes, and text is UTF-8. */
function ionString(text: string): string {
  return JSON.stringify(text);
}

function ionBlob(bytes: Uint8Array): string {
  return `{{${base64(bytes)}}}`;
}

/** As Java's BigDecimal without trailing zeros: `103.`, `6d2`, `1.5`. @param number canonical (domain/numbers.ts). */
export function ionDecimal(number: string): string {
  if (number.includes('.')) return number;
  const digits = /^-?[0-9]*[1-9]/.exec(number)?.[0];
  const zeros = number.length - (digits?.length ?? number.length);
  return zeros > 0 ? `${digits}d${zeros}` : `${number}.`;
}

const keywords = new Set(['null', 'true', 'false', 'nan']);

/** An identifier, else a string: Ion takes both for the names of fields. */
function fieldName(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !keywords.has(name) ? name : ionString(name);
}
