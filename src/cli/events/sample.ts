/** What a sample event is made from. */

export interface Sample {
  readonly about: string;
  /** What each is when not given, by name without the dashes; every sample has `region`, `account-id` and `time` too. */
  readonly flags: Readonly<Record<string, string>>;
  make(values: Readonly<Record<string, string>>, common: Common): unknown;
}

/** What every sample has. */
export interface Common {
  readonly region: string;
  readonly account: string;
  /** Milliseconds since the epoch: when it happened. */
  readonly time: number;
  /** Differs from sample to sample. */
  uuid(): string;
}

/** A kind of event of a service, with the names of its flags held together with their use. */
export function sample<Flags extends { readonly [name: string]: string }>(
  about: string,
  flags: Flags,
  make: (values: { readonly [Name in keyof Flags]: string }, common: Common) => unknown,
): Sample {
  return { about, flags, make: make as Sample['make'] };
}

/** A flag that takes JSON; what isn't JSON is taken as the text it is. */
export function jsonOrText(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/** `2026-01-31T09:30:00Z`, as most services write times. */
export function seconds(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}

export function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** ARNs of the sample's account and region. */
export function arn({ region, account }: Common, service: string, resource: string): string {
  return `arn:aws:${service}:${region}:${account}:${resource}`;
}
