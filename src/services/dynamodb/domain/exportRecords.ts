/**
 * Lines of the data files of exports.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
 */
import type { KeyChange } from '../store/historyReads.ts';
import type { Item } from './attributeValues.ts';
import { ionDecimal, ionStruct } from './formats/ionText.ts';
import { decodeItem, encodeItem, storedJson } from './itemCodec.ts';
import type { ExportFormat, ExportView } from './jobs.ts';

/** An item of a full export. @param stored as it lies in the store (domain/itemCodec.ts). */
export function itemLine(stored: Uint8Array, format: ExportFormat): string {
  return format === 'ION'
    ? `$ion_1_0 {Item:${ionStruct(decodeItem(stored))}}\n`
    : `{"Item":${storedJson(stored)}}\n`;
}

/**
 * A changed item of an incremental export: written anew when it was there before and after, inserted or deleted else.
 * @returns undefined for an item that came and went in between: nothing is exported of it.
 */
export function changeLine(change: KeyChange, view: ExportView, format: ExportFormat): string | undefined {
  const { key, before, after, time } = change;
  if (!before && !after) return undefined;
  const images: [name: string, image: Item | undefined][] = [
    ['Keys', key],
    ['OldImage', view === 'NEW_AND_OLD_IMAGES' ? before : undefined],
    ['NewImage', after],
  ];
  const given = images.filter((each): each is [string, Item] => each[1] !== undefined);
  // Times are kept in milliseconds.
  const micros = `${time}000`;
  if (format === 'ION') {
    const members = given.map(([name, image]) => `${name}:${ionStruct(image)}`);
    return `$ion_1_0 {Metadata:{WriteTimestampMicros:${ionDecimal(micros)}},${members.join(',')}}\n`;
  }
  const members = given.map(([name, image]) => `"${name}":${storedJson(encodeItem(image, 0))}`);
  return `{"Metadata":{"WriteTimestampMicros":{"N":"${micros}"}},${members.join(',')}}\n`;
}
