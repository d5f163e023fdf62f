/** A challenge as its page knows it. Parts of it come back with the form, where their own browser may have changed them. */

export interface Asked {
  name: string;
  session: string;
  username: string;
  /** ChallengeParameters, and what showing the page added to them. */
  parameters: Readonly<Record<string, string>>;
}

/** A parameter that is a JSON list of texts; empty when it is anything else. */
export function listOf({ parameters }: Asked, name: string): string[] {
  try {
    const list: unknown = JSON.parse(parameters[name] ?? '[]');
    return Array.isArray(list) ? list.map(String) : [];
  } catch {
    return [];
  }
}
