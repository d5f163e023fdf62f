/** `{"error": "invalid_grant"}`: errors of the endpoints that speak OAuth. https://www.rfc-editor.org/rfc/rfc6749#section-5.2 */
import { AwsError, type HttpResponse } from '../../../kernel/index.ts';
import { json } from './answers.ts';
import type { Route } from './visit.ts';

export type OAuthCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'invalid_scope'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'unsupported_token_type';

export class OAuthError extends Error {
  readonly code: OAuthCode;
  readonly description: string | undefined;
  readonly status: number;

  constructor(code: OAuthCode, description?: string, status = 400) {
    super(description ?? code);
    this.code = code;
    this.description = description;
    this.status = status;
  }
}

/** Answers errors of OAuth and of AWS's vocabulary as JSON. Any other throw is a bug of ours and goes on. */
export function speakingOAuth(route: Route): Route {
  return async (visit) => {
    try {
      return await route(visit);
    } catch (error) {
      return answerOf(error);
    }
  };
}

function answerOf(error: unknown): HttpResponse {
  if (error instanceof OAuthError) {
    const { status, code, description } = error;
    return json(status, {
      error: code,
      ...(description === undefined ? {} : { error_description: description }),
    });
  }
  if (!(error instanceof AwsError) || error.status >= 500) throw error;
  // What a trigger said, a user who was disabled: the grant is worth nothing.
  const code = error.status === 413 || error.status === 415 ? 'invalid_request' : 'invalid_grant';
  return json(400, { error: code, error_description: error.message });
}
