/**
 * Names as AWS lists them in a message: in the order of a Java HashSet, which a client that compares messages with
 * recorded ones sees. https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/util/HashMap.html
 */

/** @param buckets at least 16 for a set that grew by itself; fewer for one that was made for its elements. */
export function javaSet(names: Iterable<string>, buckets = 16): string {
  const distinct = [...new Set(names)];
  let size = buckets;
  while (distinct.length > size * 0.75) size *= 2;
  const bucketOf = (name: string) => {
    const hash = hashOf(name);
    return (hash ^ (hash >>> 16)) & (size - 1);
  };
  return `[${distinct.sort((left, right) => bucketOf(left) - bucketOf(right)).join(', ')}]`;
}

/** The least set that holds all names. */
export function javaSetOfSize(names: Iterable<string>): string {
  return javaSet(names, 2);
}

function hashOf(text: string): number {
  let hash = 0;
  for (let at = 0; at < text.length; at++) hash = (Math.imul(hash, 31) + text.charCodeAt(at)) | 0;
  return hash;
}
