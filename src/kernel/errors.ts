/**
 * Errors in AWS's vocabulary. A service throws one of these with the name and members that its model
 * knows; only the protocol room knows what it looks like in JSON, XML or CBOR. Anything else that is
 * thrown is a bug of ours and leaves as `InternalFailure`, its cause in the server log only.
 */
export type Fault = 'client' | 'server';

export interface AwsErrorOptions {
  /** HTTP status; 400 for client faults and 500 for server faults when absent. */
  status?: number;
  fault?: Fault;
  /** Members besides the message, as the error's shape names them (`CancellationReasons`, `Reason`, …). */
  members?: Record<string, unknown>;
  cause?: unknown;
}

export class AwsError extends Error {
  /** The error's name in its model, e.g. `ResourceNotFoundException`. */
  readonly code: string;
  readonly status: number;
  readonly fault: Fault;
  readonly members: Record<string, unknown>;

  constructor(code: string, message: string, options: AwsErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = code;
    this.code = code;
    this.fault = options.fault ?? ((options.status ?? 400) >= 500 ? 'server' : 'client');
    this.status = options.status ?? (this.fault === 'server' ? 500 : 400);
    this.members = options.members ?? {};
  }
}

/** The constructor that `defineError` makes: `throw new ResourceNotFoundException('Requested resource not found')`. */
export type AwsErrorClass = new (message: string, members?: Record<string, unknown>) => AwsError;

/** Declares a modelled error of a service, for its `errors.ts`. */
export function defineError(code: string, status = 400): AwsErrorClass {
  return class extends AwsError {
    constructor(message: string, members: Record<string, unknown> = {}) {
      super(code, message, { status, members });
    }
  };
}

/** The errors every service shares: https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html */
export const ValidationException = defineError('ValidationException', 400);
export const SerializationException = defineError('SerializationException', 400);
export const UnknownOperationException = defineError('UnknownOperationException', 404);
export const InternalFailure = defineError('InternalFailure', 500);

/** What isn't built answers 501 with its name, never a fake success. */
export class NotImplemented extends AwsError {
  constructor(what: string) {
    super('NotImplemented', `${what} is not implemented by Brume yet. \`brume coverage\` lists what is.`, {
      status: 501,
      fault: 'server',
    });
  }
}

/** States an invariant of ours; breaking it is a bug and carries the values that broke it. */
export function assert(
  condition: unknown,
  what: string,
  values?: Record<string, unknown>,
): asserts condition {
  if (!condition) {
    throw new Error(`Invariant broken: ${what}${values ? ` ${JSON.stringify(values)}` : ''}`);
  }
}
