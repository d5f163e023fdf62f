/** https://www.rfc-editor.org/rfc/rfc9110#name-range and https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html */

export interface ByteRange {
  /** Both inclusive. */
  start: number;
  end: number;
}

/**
 * @returns undefined for what S3 ignores (other units, several ranges, nonsense): the whole object is the answer;
 * `unsatisfiable` when no byte of the object is in it.
 */
export function parseRange(text: string | undefined, size: number): ByteRange | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec((text ?? '').trim());
  if (!match) return undefined;
  const [, first = '', last = ''] = match;
  if (first === '' && last === '') return undefined;
  if (first === '') {
    const length = Math.min(Number(last), size);
    return length === 0 ? 'unsatisfiable' : { start: size - length, end: size - 1 };
  }
  const start = Number(first);
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (last !== '' && Number(last) < start) return undefined;
  return start >= size ? 'unsatisfiable' : { start, end };
}

/** `bytes=first-last` of UploadPartCopy, which takes nothing else and no end past the source's. */
export function parseCopyRange(text: string, size: number): ByteRange | undefined {
  const match = /^bytes=(\d+)-(\d+)$/.exec(text);
  if (!match) return undefined;
  const [start, end] = [Number(match[1]), Number(match[2])];
  return start <= end && end < size ? { start, end } : undefined;
}
