/**
 * What becomes of a batch of a stream after an invocation: pure.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-errors.html and services-ddb-batchfailurereporting.html
 */

/** A batch, or what is left of one. */
export interface Piece<Item> {
  items: readonly Item[];
  /** Invocations that count against MaximumRetryAttempts. */
  attempts: number;
  /** Invocations in all. */
  invocations: number;
}

export interface Verdict<Item> {
  /** Of the head of the piece: done with. */
  done: readonly Item[];
  /** What is tried next, in order. */
  next: readonly Piece<Item>[];
  /** Given up: its attempts are used up. */
  lost: Piece<Item> | undefined;
}

/**
 * @param failedAt which item failed first; undefined when none did.
 * @param rules.maximumRetryAttempts -1: no end.
 */
export function judge<Item>(
  piece: Piece<Item>,
  failedAt: number | undefined,
  rules: { bisect: boolean; maximumRetryAttempts: number },
): Verdict<Item> {
  const { items } = piece;
  const invocations = piece.invocations + 1;
  if (failedAt === undefined) return { done: items, next: [], lost: undefined };
  const done = items.slice(0, failedAt);
  const rest = items.slice(failedAt);
  // “Splitting a batch does not count toward the retry quota.”
  if (rules.bisect && failedAt > 0) {
    return { done, next: [{ items: rest, attempts: piece.attempts, invocations }], lost: undefined };
  }
  if (rules.bisect && rest.length > 1) {
    const half = Math.ceil(rest.length / 2);
    const halves = [rest.slice(0, half), rest.slice(half)];
    return {
      done,
      next: halves.map((part) => ({ items: part, attempts: piece.attempts, invocations })),
      lost: undefined,
    };
  }
  // What the checkpoint has moved past were attempts of another batch.
  const attempts = failedAt > 0 ? 1 : piece.attempts + 1;
  const failed = { items: rest, attempts, invocations };
  const used = rules.maximumRetryAttempts >= 0 && attempts > rules.maximumRetryAttempts;
  return used ? { done, next: [], lost: failed } : { done, next: [failed], lost: undefined };
}

/**
 * The first of the identifiers that a function reports as failed. “Lambda treats a batch as a complete failure” when
 * the answer can't be read, or names what isn't in the batch.
 * @param answer parsed JSON. @returns its place in `identifiers`; undefined when all succeeded.
 */
export function firstFailure(answer: unknown, identifiers: readonly string[]): number | undefined {
  const failed = reportedFailures(answer);
  if (failed === undefined) return 0;
  const places = failed.map((identifier) => identifiers.indexOf(identifier));
  if (places.length === 0) return undefined;
  return Math.max(0, Math.min(...places));
}

/**
 * `batchItemFailures` of an answer: empty for a complete success (also when the list is empty or null, or the answer
 * is empty or null). @returns undefined when the answer is malformed, a complete failure.
 */
export function reportedFailures(answer: unknown): string[] | undefined {
  if (answer === null || answer === undefined || answer === '') return [];
  if (typeof answer !== 'object') return undefined;
  const { batchItemFailures: failures } = answer as { batchItemFailures?: unknown };
  if (failures === undefined || failures === null) return [];
  if (!Array.isArray(failures)) return undefined;
  const identifiers = failures.map((one: unknown) =>
    typeof one === 'object' && one !== null
      ? (one as { itemIdentifier?: unknown }).itemIdentifier
      : undefined,
  );
  return identifiers.every((identifier) => typeof identifier === 'string' && identifier !== '')
    ? (identifiers as string[])
    : undefined;
}
