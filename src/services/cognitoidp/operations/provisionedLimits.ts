/** Rates of requests that an account has bought. https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html#provisioned-quotas */
import { accountMaxFactor, adjustableRates, byManagedLogin } from '../domain/requestRates.ts';
import { InvalidParameterException, ServiceQuotaExceededException } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Context } from '../room.ts';
import { records } from '../store.ts';

interface LimitDefinition {
  LimitClass: 'API_CATEGORY';
  Attributes: Readonly<Record<string, string>>;
}

export async function GetProvisionedLimit(ctx: Context, input: { LimitDefinition: LimitDefinition }) {
  const { category, free } = rateOf(input.LimitDefinition);
  const set = await records.provisionedLimits.get(ctx.room.store, ctx.account, ctx.region, category);
  return { Limit: describe(input.LimitDefinition, set ?? free, free) };
}

/** "The value must be between the default limit and your account-level maximum limit in Service Quotas." */
export async function UpdateProvisionedLimit(
  ctx: Context,
  input: { LimitDefinition: LimitDefinition; RequestedLimitValue: number },
) {
  const { account, region, room } = ctx;
  const { category, free } = rateOf(input.LimitDefinition);
  const { RequestedLimitValue: value } = input;
  if (value < free) {
    throw new InvalidParameterException(
      `The requested limit ${value} is lower than the default limit ${free} of ${category}.`,
    );
  }
  if (value > free * accountMaxFactor) {
    throw new ServiceQuotaExceededException(
      `The requested limit ${value} exceeds the account-level maximum ${free * accountMaxFactor} of ${category}.`,
    );
  }
  await room.store.transact(async (tx) => {
    if (byManagedLogin.has(category)) {
      const domains = await records.domains.values(tx, { under: [region], limit: limits.poolsMax });
      if (domains.some((domain) => domain.account === account && domain.managedLoginVersion === 2)) {
        throw new InvalidParameterException(
          `${category} cannot be adjusted for an account whose user pools use managed login.`,
        );
      }
    }
    if (value === free) records.provisionedLimits.delete(tx, account, region, category);
    else records.provisionedLimits.put(tx, [account, region, category], value);
  });
  return { Limit: describe(input.LimitDefinition, value, free) };
}

/** @throws InvalidParameterException for what isn't adjustable */
function rateOf({ Attributes }: LimitDefinition): { category: string; free: number } {
  const { Category: category, ...others } = Attributes;
  const free =
    category !== undefined && Object.hasOwn(adjustableRates, category)
      ? adjustableRates[category]
      : undefined;
  if (category === undefined || free === undefined || Object.keys(others).length > 0) {
    throw new InvalidParameterException('The limit definition names no category that can be provisioned.');
  }
  return { category, free };
}

const describe = (
  LimitDefinition: LimitDefinition,
  ProvisionedLimitValue: number,
  FreeLimitValue: number,
) => ({
  LimitDefinition,
  ProvisionedLimitValue,
  FreeLimitValue,
});
