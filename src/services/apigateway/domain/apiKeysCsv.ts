/** The file that ImportApiKeys takes. https://docs.aws.amazon.com/apigateway/latest/developerguide/api-key-file-format.html */
import { BadRequestException } from '../errors.ts';

export interface ImportedKey {
  name: string;
  key: string;
  description: string | undefined;
  enabled: boolean;
  usagePlanIds: string[];
}

export function readKeysCsv(text: string): ImportedKey[] {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const columns = cells(lines[0] ?? '').map((name) => name.trim().toLowerCase());
  const column = (name: string) => columns.indexOf(name);
  if (column('name') < 0 || column('key') < 0) {
    throw new BadRequestException('Could not parse the API key file: the columns name and key are required');
  }
  return lines.slice(1).map((line) => {
    const row = cells(line);
    const value = (name: string) => row[column(name)]?.trim() ?? '';
    return {
      name: value('name'),
      key: value('key'),
      description: value('description') || undefined,
      enabled: value('enabled').toLowerCase() === 'true',
      usagePlanIds: value('usageplanids').split(',').filter(Boolean),
    };
  });
}

/** Cells of a line; quotes keep commas together and double quotes stand for one. */
function cells(line: string): string[] {
  const found = line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g);
  return [...found].map((cell) => cell[1]?.replaceAll('""', '"') ?? cell[2] ?? '');
}
