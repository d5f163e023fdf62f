/** https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_SetRiskConfiguration.html and DescribeRiskConfiguration */
import { InvalidParameterException, UserPoolAddOnNotEnabledException } from '../errors.ts';
import { isRange } from '../risk/addresses.ts';
import { modeOf, type RiskConfiguration, type RiskSettings } from '../risk/settings.ts';
import { type Context, clientOf, poolOf } from '../room.ts';
import { type Pool, records } from '../store.ts';

interface Place {
  UserPoolId: string;
  ClientId?: string;
}

/** Sent without settings, it takes back what was set. */
export async function SetRiskConfiguration(ctx: Context, input: Place & RiskSettings) {
  const { pool, clientId } = await placeOf(ctx, input);
  const settings = settingsOf(input);
  check(settings);
  const configuration: RiskConfiguration = { settings, modifiedAt: ctx.now };
  await ctx.room.store.transact(async (tx) => {
    if (Object.keys(settings).length > 0) {
      records.riskConfigurations.put(tx, [pool.id, clientId], configuration);
    } else {
      records.riskConfigurations.delete(tx, pool.id, clientId);
    }
  });
  return { RiskConfiguration: describe(input, configuration) };
}

export async function DescribeRiskConfiguration(ctx: Context, input: Place) {
  const { pool, clientId } = await placeOf(ctx, input);
  const kept = await records.riskConfigurations.get(ctx.room.store, pool.id, clientId);
  return { RiskConfiguration: describe(input, kept) };
}

/** @throws UserPoolAddOnNotEnabledException */
export function checkProtected(pool: Pool): void {
  if (modeOf(pool) !== 'OFF') return;
  throw new UserPoolAddOnNotEnabledException(`Threat protection is not enabled for user pool ${pool.id}.`);
}

async function placeOf(ctx: Context, { UserPoolId, ClientId }: Place) {
  const pool = await poolOf(ctx, UserPoolId);
  if (ClientId !== undefined) await clientOf(ctx, pool, ClientId);
  checkProtected(pool);
  return { pool, clientId: ClientId ?? '' };
}

const passwordEvents = ['SIGN_IN', 'SIGN_UP', 'PASSWORD_CHANGE'] as const;

function settingsOf(input: RiskSettings): RiskSettings {
  const {
    CompromisedCredentialsRiskConfiguration: credentials,
    AccountTakeoverRiskConfiguration: takeover,
    RiskExceptionConfiguration: exceptions,
  } = input;
  return {
    ...(credentials
      ? {
          CompromisedCredentialsRiskConfiguration: {
            ...credentials,
            // "Defaults to all events", and shows them.
            EventFilter: credentials.EventFilter?.length ? credentials.EventFilter : [...passwordEvents],
          },
        }
      : {}),
    ...(takeover ? { AccountTakeoverRiskConfiguration: takeover } : {}),
    ...(exceptions ? { RiskExceptionConfiguration: exceptions } : {}),
  };
}

/** @throws InvalidParameterException */
function check({
  AccountTakeoverRiskConfiguration: takeover,
  RiskExceptionConfiguration: exceptions,
}: RiskSettings): void {
  const actions = Object.values(takeover?.Actions ?? {});
  if (actions.some(({ Notify }) => Notify) && !takeover?.NotifyConfiguration) {
    throw new InvalidParameterException('NotifyConfiguration is required when an action notifies users.');
  }
  for (const { HtmlBody, TextBody } of Object.values(takeover?.NotifyConfiguration ?? {}).filter(isEmail)) {
    if (HtmlBody === undefined && TextBody === undefined) {
      throw new InvalidParameterException('An HtmlBody or a TextBody is required.');
    }
  }
  const { BlockedIPRangeList: blocked = [], SkippedIPRangeList: skipped = [] } = exceptions ?? {};
  const wrong = [...blocked, ...skipped].find((range) => !isRange(range));
  if (wrong !== undefined) throw new InvalidParameterException(`${wrong} is not a valid CIDR range.`);
}

type Email = { HtmlBody?: string; TextBody?: string };
const isEmail = (member: unknown): member is Email => typeof member === 'object' && member !== null;

function describe({ UserPoolId, ClientId }: Place, kept: RiskConfiguration | undefined) {
  return {
    UserPoolId,
    ...(ClientId === undefined ? {} : { ClientId }),
    ...kept?.settings,
    ...(kept ? { LastModifiedDate: new Date(kept.modifiedAt) } : {}),
  };
}
