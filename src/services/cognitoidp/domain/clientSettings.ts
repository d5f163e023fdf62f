/** An app client's settings as CreateUserPoolClient fills them in. https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolClient.html */
import { InvalidParameterException } from '../errors.ts';
import { limits } from '../limits.ts';
import type { ClientSettings, Pool, TimeUnit } from '../store.ts';
import { checkTier } from './tiers.ts';

export type GivenClient = Partial<ClientSettings>;

/** @param before of a client that exists: a rotation that isn't sent any more is shown as disabled from then on. */
export function clientSettingsOf(given: GivenClient, before?: ClientSettings): ClientSettings {
  const sent = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const rotation =
    given.RefreshTokenRotation ??
    (before?.RefreshTokenRotation ? { Feature: 'DISABLED' as const } : undefined);
  return {
    ...sent,
    ...(rotation ? { RefreshTokenRotation: { RetryGracePeriodSeconds: 0, ...rotation } } : {}),
    // Zero stands for the default.
    RefreshTokenValidity: given.RefreshTokenValidity || limits.refreshDaysDefault,
    TokenValidityUnits: given.TokenValidityUnits ?? {},
    EnableTokenRevocation: given.EnableTokenRevocation ?? true,
    EnablePropagateAdditionalUserContextData: given.EnablePropagateAdditionalUserContextData ?? false,
    AllowedOAuthFlowsUserPoolClient: given.AllowedOAuthFlowsUserPoolClient ?? false,
    AuthSessionValidity: given.AuthSessionValidity ?? limits.sessionMinutesDefault,
  };
}

const unitMs: Readonly<Record<TimeUnit, number>> = {
  seconds: 1_000,
  minutes: 60_000,
  hours: 3_600_000,
  days: 86_400_000,
};

/** How long the tokens of a client last, in milliseconds. */
export function validityOf(settings: ClientSettings): { access: number; id: number; refresh: number } {
  const units = settings.TokenValidityUnits ?? {};
  const hours = limits.accessHoursDefault * unitMs.hours;
  const of = (value: number | undefined, unit: TimeUnit) => (value ? value * unitMs[unit] : hours);
  return {
    access: of(settings.AccessTokenValidity, units.AccessToken ?? 'hours'),
    id: of(settings.IdTokenValidity, units.IdToken ?? 'hours'),
    refresh: settings.RefreshTokenValidity * unitMs[units.RefreshToken ?? 'days'],
  };
}

const legacyFlows = new Set(['ADMIN_NO_SRP_AUTH', 'CUSTOM_AUTH_FLOW_ONLY', 'USER_PASSWORD_AUTH']);

/** @throws InvalidParameterException */
export function checkClient(
  settings: ClientSettings,
  pool: Pool,
  { hasSecret = false, doing = 'creating' }: { hasSecret?: boolean; doing?: 'creating' | 'updating' } = {},
): void {
  const flows = settings.ExplicitAuthFlows ?? [];
  // "You can only activate EnablePropagateAdditionalUserContextData in an app client that has a client secret."
  if (settings.EnablePropagateAdditionalUserContextData && !hasSecret) {
    throw new InvalidParameterException(
      'EnablePropagateAdditionalUserContextData can only be activated in a client that has a client secret.',
    );
  }
  if (flows.some((flow) => legacyFlows.has(flow)) && flows.some((flow) => flow.startsWith('ALLOW_'))) {
    throw new InvalidParameterException(
      'ExplicitAuthFlows: flows with and without the prefix ALLOW_ cannot be combined.',
    );
  }
  if (flows.includes('ALLOW_CLIENT_TOKEN_AUTH') && flows.length > 1) {
    throw new InvalidParameterException(
      'ExplicitAuthFlows: ALLOW_CLIENT_TOKEN_AUTH cannot be combined with other flows.',
    );
  }
  const { access, id, refresh } = validityOf(settings);
  const isShort = access < limits.tokenMsMin || id < limits.tokenMsMin || refresh < limits.refreshMsMin;
  const isLong = access > limits.tokenMsMax || id > limits.tokenMsMax || refresh > limits.refreshMsMax;
  if (isShort || isLong) throw new InvalidParameterException('Invalid range for token validity.');
  if (refresh < access || refresh < id) {
    throw new InvalidParameterException(
      'Refresh token validity must be greater than or equal to id and access token validity.',
    );
  }
  const known = new Set(pool.schema.map(({ Name }) => Name));
  const { ReadAttributes: read = [], WriteAttributes: write } = settings;
  if (read.some((name) => !known.has(name))) {
    throw new InvalidParameterException(`Invalid read attributes specified while ${doing} a client`);
  }
  // "All app clients can write user pool required attributes": a list that lacks one is refused, as seen in answers.
  const required = pool.schema.filter(({ Name, Required }) => Required && Name !== 'sub');
  if (
    write?.some((name) => !known.has(name) || neverWritten.has(name)) ||
    (write && required.some(({ Name }) => !write.includes(Name)))
  ) {
    throw new InvalidParameterException(`Invalid write attributes specified while ${doing} a client`);
  }
  if (settings.RefreshTokenRotation?.Feature === 'ENABLED') {
    checkTier(pool.settings.UserPoolTier, ['Refresh Token Rotation']);
  }
  if (flows.includes('ALLOW_USER_AUTH')) checkTier(pool.settings.UserPoolTier, ['Choice-Based Sign-In']);
  checkAnalytics(settings.AnalyticsConfiguration as Analytics | undefined);
}

/** Whatever a client is allowed: these say what Cognito itself found out. */
const neverWritten = new Set(['sub', 'email_verified', 'phone_number_verified']);

interface Analytics {
  ApplicationArn?: string;
  ApplicationId?: string;
  RoleArn?: string;
  ExternalId?: string;
}

function checkAnalytics(given: Analytics | undefined): void {
  if (!given) return;
  const byId = [given.ApplicationId, given.RoleArn, given.ExternalId];
  const count = byId.filter((part) => part !== undefined).length;
  if (given.ApplicationArn === undefined ? count === byId.length : count === 0) return;
  throw new InvalidParameterException(
    'Invalid analytics configuration given, either <application arn> or <application id, role arn, external id> are valid',
  );
}

/**
 * Whether a client lets a flow in. A client that names none has refresh, SRP and custom authentication.
 * @param flow without prefix: `USER_PASSWORD_AUTH`.
 */
export function allowsFlow({ ExplicitAuthFlows: flows }: ClientSettings, flow: string): boolean {
  if (!flows || flows.length === 0) {
    return flow === 'REFRESH_TOKEN_AUTH' || flow === 'USER_SRP_AUTH' || flow === 'CUSTOM_AUTH';
  }
  if (flows.some((name) => legacyFlows.has(name))) {
    if (flow === 'REFRESH_TOKEN_AUTH' || flow === 'USER_SRP_AUTH')
      return !flows.includes('CUSTOM_AUTH_FLOW_ONLY');
    if (flow === 'ADMIN_USER_PASSWORD_AUTH') return flows.includes('ADMIN_NO_SRP_AUTH');
    return flow === 'CUSTOM_AUTH' || flows.includes(flow);
  }
  return flows.includes(`ALLOW_${flow}`);
}
