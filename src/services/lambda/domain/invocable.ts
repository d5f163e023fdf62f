/** Whether a version may be invoked as it is asked to. */
import { InvalidParameterValueException } from '../errors.ts';
import type { Configuration } from '../records.ts';
import { isPending, pending } from './states.ts';

/**
 * @param tenantId https://docs.aws.amazon.com/lambda/latest/dg/tenant-isolation-troubleshooting.html: named when the
 * function keeps tenants apart, and only then.
 * @param now milliseconds since the epoch.
 * @throws ResourceConflictException while the function is Pending.
 * @throws InvalidParameterValueException
 */
export function checkInvocable(
  configuration: Configuration,
  tenantId: string | undefined,
  now: number,
): void {
  const { pendingUntil, snapshot } = configuration;
  if ((pendingUntil ?? snapshot) !== undefined && isPending(configuration, now)) throw pending();
  if (snapshot?.status === 'Failed') throw pending('Failed');
  if ((tenantId === undefined) === (configuration.tenancy === undefined)) return;
  throw new InvalidParameterValueException(
    tenantId === undefined
      ? 'The invoked function is enabled with tenancy configuration. Add a valid tenant ID in your request and try again.'
      : 'The invoked function is not enabled with tenancy configuration. Remove the tenant ID from your request and try again.',
  );
}

/**
 * https://docs.aws.amazon.com/lambda/latest/dg/tenant-isolation.html, “Supported features and limitations”: function URLs,
 * provisioned concurrency and SnapStart don't go with tenant isolation. The page doesn't tell the message.
 * @throws InvalidParameterValueException
 */
export function checkWithoutTenants({ tenancy }: Pick<Configuration, 'tenancy'>, what: string): void {
  if (tenancy === undefined) return;
  throw new InvalidParameterValueException(
    `${what} is not supported for functions that are enabled with tenancy configuration.`,
  );
}
