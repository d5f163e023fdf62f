/** Codes of MFA devices that a request may show. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html */
import type { OperationContext } from '../../platform/index.ts';
import { AccessDenied } from './errors.ts';
import type { StsRoom } from './room.ts';

interface ShownCode {
  SerialNumber?: string | undefined;
  TokenCode?: string | undefined;
}

/** A code counts once: the rule that asks the policies and the operation share one answer. */
const shown = new WeakMap<OperationContext<StsRoom>, Promise<boolean>>();

/**
 * Whether the request shows a code of a device of who asks.
 * @throws AccessDenied when it is a wrong one.
 */
export function showsMfa(ctx: OperationContext<StsRoom>, input: ShownCode): Promise<boolean> {
  const known = shown.get(ctx) ?? verify(ctx, input);
  shown.set(ctx, known);
  return known;
}

async function verify(
  ctx: OperationContext<StsRoom>,
  { SerialNumber, TokenCode }: ShownCode,
): Promise<boolean> {
  if (SerialNumber === undefined && TokenCode === undefined) return false;
  if (SerialNumber === undefined || TokenCode === undefined) {
    throw new AccessDenied(
      'MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.',
    );
  }
  const { room, principal, now } = ctx;
  const verdict =
    principal.type === 'user'
      ? await room.mfa.verify(SerialNumber, TokenCode, principal.arn, now)
      : 'no-device';
  if (verdict === 'valid') return true;
  throw new AccessDenied(
    verdict === 'wrong-code'
      ? 'MultiFactorAuthentication failed with invalid MFA one time pass code. '
      : 'MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.',
  );
}
