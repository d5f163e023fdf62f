/** https://docs.aws.amazon.com/cognito/latest/developerguide/signing-up-users-in-your-app.html#cognito-user-pools-computing-secret-hash */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** Base 64 of HMAC-SHA256 over the username and the client's id, under the client's secret. */
export function secretHash(username: string, clientId: string, secret: string): string {
  return createHmac('sha256', secret).update(username).update(clientId).digest('base64');
}

/** Compares in constant time. */
export function isSecretHash(given: string, username: string, clientId: string, secret: string): boolean {
  return isSame(given, secretHash(username, clientId, secret));
}

/** Two texts, compared in constant time for their length. */
export function isSame(given: string, expected: string): boolean {
  const left = Buffer.from(given);
  const right = Buffer.from(expected);
  return left.length === right.length && timingSafeEqual(left, right);
}
