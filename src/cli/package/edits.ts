/** A stretch of the source, by character offsets, and what stands there instead. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Applies edits that don't overlap. */
export function applyEdits(source: string, edits: readonly Edit[]): string {
  let result = source;
  for (const { start, end, text } of [...edits].sort((left, right) => right.start - left.start)) {
    result = result.slice(0, start) + text + result.slice(end);
  }
  return result;
}
