/** Answers of authorizers, kept for their TTL. In memory only: losing them costs one more call. */

export interface Authorization {
  /** What the policy says of this method is asked per request: one answer serves many methods. */
  policy: unknown;
  principalId: string;
  context: Record<string, unknown>;
  usageIdentifierKey?: string | undefined;
}

interface Kept {
  until: number;
  authorization: Authorization;
}

/** Ours: an attacker sends many tokens; the oldest answers make room. */
const answersMax = 10_000;

export class AuthorizationCache {
  readonly #kept = new Map<string, Kept>();

  get(key: string, now: number): Authorization | undefined {
    const kept = this.#kept.get(key);
    if (!kept) return undefined;
    if (kept.until > now) return kept.authorization;
    this.#kept.delete(key);
    return undefined;
  }

  set(key: string, until: number, authorization: Authorization): void {
    if (this.#kept.size >= answersMax) {
      const oldest = this.#kept.keys().next();
      if (!oldest.done) this.#kept.delete(oldest.value);
    }
    this.#kept.set(key, { until, authorization });
  }

  /** Keys begin with the API and the stage. */
  flush(apiId: string, stage: string): void {
    const prefix = authorizationKey(apiId, stage, '', []);
    for (const key of this.#kept.keys()) if (key.startsWith(prefix)) this.#kept.delete(key);
  }
}

export function authorizationKey(
  apiId: string,
  stage: string,
  authorizerId: string,
  identity: readonly string[],
): string {
  return [apiId, stage, ...(authorizerId === '' ? [''] : [authorizerId, ...identity])].join('\u0000');
}
