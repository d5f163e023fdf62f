/**
 * SAM's errors, in SAM's words. A transform collects what is wrong with every resource and answers once,
 * with a {@link SamTransformError} that holds all of it.
 */

/** Something is wrong with one resource; the transform goes on with the others. */
export class SamError extends Error {
  readonly logicalId: string | undefined;

  constructor(message: string, logicalId?: string) {
    super(message);
    this.logicalId = logicalId;
  }
}

export class InvalidResource extends SamError {
  constructor(logicalId: string, detail: string) {
    super(`Resource with id [${logicalId}] is invalid. ${detail}`, logicalId);
  }
}

/** Something is wrong with an event of a resource; the resource's own error quotes it. */
export class InvalidEvent extends SamError {
  constructor(eventId: string, detail: string) {
    super(`Event with id [${eventId}] is invalid. ${detail}`);
  }
}

export class InvalidTemplate extends SamError {
  constructor(detail: string) {
    super(`Structure of the SAM template is invalid. ${detail}`);
  }
}

export class InvalidGlobals extends SamError {
  constructor(detail: string) {
    super(`'Globals' section is invalid. ${detail}`, 'Globals');
  }
}

export class DuplicateLogicalId extends SamError {
  constructor(logicalId: string, duplicateId: string, type: string) {
    super(
      `Transforming resource with id [${logicalId}] attempts to create a new resource with id [${duplicateId}] and type "${type}". A resource with that id already exists within this template. Please use a different id for that resource.`,
      logicalId,
    );
  }
}

/** The whole document is refused: the message AWS shows, and each error by itself. */
export class SamTransformError extends Error {
  readonly errors: readonly SamError[];

  constructor(errors: readonly SamError[]) {
    const distinct = [...new Map(errors.map((error) => [error.message, error])).values()];
    const sorted = distinct.sort((left, right) =>
      compare(left.logicalId ?? left.message, right.logicalId ?? right.message),
    );
    const summary = `Invalid Serverless Application Specification document. Number of errors found: ${sorted.length}.`;
    super([summary, ...sorted.map((error) => error.message)].join(' '));
    this.name = 'SamTransformError';
    this.errors = sorted;
  }
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Refuses the document at once, because nothing after this point would make sense. */
export function refuseDocument(detail: string): never {
  throw new SamTransformError([new InvalidTemplate(detail)]);
}
