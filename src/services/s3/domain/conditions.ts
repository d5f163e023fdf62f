/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html */

export interface Conditions {
  ifMatch?: string | undefined;
  ifNoneMatch?: string | undefined;
  ifModifiedSince?: Date | undefined;
  ifUnmodifiedSince?: Date | undefined;
}

interface Version {
  etag: string;
  modifiedAt: number;
}

/**
 * The order of RFC 9110: If-Match decides over If-Unmodified-Since, If-None-Match over If-Modified-Since.
 * @returns the condition that failed, or `not-modified`.
 */
export function check(
  conditions: Conditions,
  version: Version,
): { failed: string } | 'not-modified' | undefined {
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = conditions;
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, version.etag)) return { failed: 'If-Match' };
  } else if (ifUnmodifiedSince && seconds(version.modifiedAt) > seconds(ifUnmodifiedSince.getTime())) {
    return { failed: 'If-Unmodified-Since' };
  }
  if (ifNoneMatch !== undefined) return matches(ifNoneMatch, version.etag) ? 'not-modified' : undefined;
  if (ifModifiedSince && seconds(version.modifiedAt) <= seconds(ifModifiedSince.getTime())) {
    return 'not-modified';
  }
  return undefined;
}

/** @param condition a list of entity tags, quoted or not, or `*`. */
export function matches(condition: string, etag: string): boolean {
  return condition
    .split(',')
    .map((each) =>
      each
        .trim()
        .replace(/^W\//, '')
        .replace(/^"(.*)"$/, '$1'),
    )
    .some((each) => each === '*' || each === etag);
}

/** HTTP dates have no fraction. */
function seconds(time: number): number {
  return Math.floor(time / 1000);
}
