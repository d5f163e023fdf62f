/** How the Lambda of a cloud behaves where AWS's own differs from what is pleasant on a developer's machine. */

/** What takes time on AWS and nothing here, unless somebody wants to see the states in between. Milliseconds. */
export interface LambdaDurations {
  /** Pending of a new function. */
  readonly functionCreate: number;
  /** InProgress of an update. */
  readonly functionUpdate: number;
}

export interface LambdaConfig {
  readonly durations: LambdaDurations;
}

const instantly: LambdaDurations = { functionCreate: 0, functionUpdate: 0 };

export const lambdaDurationNames = Object.keys(instantly) as readonly (keyof LambdaDurations)[];

/** What a cloud can be started with; what is left out is instant. */
export interface LambdaOptions {
  durations?: Partial<LambdaDurations>;
}

export function lambdaConfig({ durations }: LambdaOptions = {}): LambdaConfig {
  return { durations: { ...instantly, ...durations } };
}
