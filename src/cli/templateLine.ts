/** The line of a template at which a resource begins, for messages that a person can follow. */
import { readFile } from 'node:fs/promises';
import { isMap, isScalar, LineCounter, parseDocument } from 'yaml';

/** @returns undefined when the resource isn't in the file (a transform made it) or the file can't be parsed. */
export async function templateLine(file: string, logicalId: string): Promise<number | undefined> {
  const lines = new LineCounter();
  const document = parseDocument(await readFile(file, 'utf8'), { lineCounter: lines, logLevel: 'silent' });
  const resources = document.get('Resources');
  if (!isMap(resources)) return undefined;
  // SAM names what it makes after the resource it makes it from: FunctionRole, ApiDeployment1a2b…
  const candidates = resources.items
    .flatMap(({ key }) =>
      isScalar(key) && typeof key.value === 'string' && key.range
        ? [{ name: key.value, at: key.range[0] }]
        : [],
    )
    .filter(({ name }) => logicalId.startsWith(name))
    .sort((a, b) => b.name.length - a.name.length);
  const [best] = candidates;
  return best && lines.linePos(best.at).line;
}
