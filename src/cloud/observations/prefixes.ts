/** Many resources of one kind, as the beginnings that they share. */

/** Where a name can be cut so that what is left still says something: after these characters. */
const separators = /[/:._#-]/;

/** Parts of an ARN before what names the resource itself. */
const arnColons = 5;

export interface Generalised {
  readonly resources: readonly string[];
  /** Each stands for everything that begins like it. */
  readonly prefixes: readonly string[];
}

/**
 * Resources that lie together (in a folder) and are more than `max` become the beginning that they share; when that
 * leaves more than `max`, so do those of a type. What isn't many stays as it is.
 * @param options.isCoarse in the end those of a service, too: for whoever has to forget something.
 */
export function prefixesOf(
  names: readonly string[],
  max: number,
  options: { isCoarse?: boolean } = {},
): Generalised {
  const prefixes = new Set<string>();
  const isCovered = (name: string) =>
    [...prefixes].some((prefix) => prefix !== name && name.startsWith(prefix));
  let left = [...new Set(names)];
  for (const place of options.isCoarse ? [folderOf, kindOf, serviceOf] : [folderOf, kindOf]) {
    const groups = Map.groupBy(left, place);
    for (const [floor, group] of groups)
      if (group.length > max && floor.startsWith('arn:')) prefixes.add(sharedBeginning(group, floor));
    left = left.filter((name) => !prefixes.has(name) && !isCovered(name));
    if (left.length + prefixes.size <= max) break;
  }
  return { resources: left, prefixes: [...prefixes].filter((prefix) => !isCovered(prefix)) };
}

/** Up to the last separator of names within names: `…:table/`, `…:::bucket/uploads/`. */
function folderOf(name: string): string {
  const end = Math.max(name.lastIndexOf('/', name.length - 2), name.lastIndexOf(':', name.length - 2));
  return end < 0 ? '' : name.slice(0, end + 1);
}

/** An ARN up to the type of the resource, of S3 up to the bucket: `arn:aws:dynamodb:eu-west-1:1:table/`. */
function kindOf(name: string): string {
  const start = resourceStart(name);
  const end = name.slice(start).search(/[/:]/);
  return end < 0 ? name.slice(0, start) : name.slice(0, start + end + 1);
}

function serviceOf(name: string): string {
  return name.slice(0, resourceStart(name));
}

function resourceStart(name: string): number {
  let at = 0;
  for (let colon = 0; colon < arnColons; colon++) {
    const next = name.indexOf(':', at);
    if (next < 0) return 0;
    at = next + 1;
  }
  return at;
}

/** @param floor what all of them begin with, and what is never cut further. */
function sharedBeginning(names: readonly string[], floor: string): string {
  let shared = names[0] ?? floor;
  for (const name of names) {
    let length = 0;
    while (length < shared.length && shared[length] === name[length]) length++;
    shared = shared.slice(0, length);
  }
  let end = shared.length;
  while (end > floor.length && !separators.test(shared.charAt(end - 1))) end--;
  return shared.slice(0, Math.max(end, floor.length));
}
