/** `x-amz-copy-source`: `[/]bucket/key[?versionId=…]`, percent-encoded. */
export interface CopySource {
  bucket: string;
  key: string;
  versionId: string | undefined;
}

/** @returns undefined when it names no bucket and key. */
export function parseCopySource(text: string): CopySource | undefined {
  const [encodedPath = '', query] = splitOnce(text, '?versionId=');
  let path: string;
  try {
    path = decodeURIComponent(encodedPath);
  } catch {
    return undefined;
  }
  const [bucket = '', key] = splitOnce(path.startsWith('/') ? path.slice(1) : path, '/');
  return bucket === '' || !key ? undefined : { bucket, key, versionId: query };
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}
