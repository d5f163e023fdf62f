/** How a pool wants to be protected. https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-settings-threat-protection.html */
import type { Context } from '../room.ts';
import { type Pool, records } from '../store.ts';

export type Mode = 'OFF' | 'AUDIT' | 'ENFORCED';
export type RiskLevel = 'Low' | 'Medium' | 'High';
export type EventAction = 'BLOCK' | 'MFA_IF_CONFIGURED' | 'MFA_REQUIRED' | 'NO_ACTION';
export type PasswordEvent = 'SIGN_IN' | 'PASSWORD_CHANGE' | 'SIGN_UP';

export interface Action {
  Notify: boolean;
  EventAction: EventAction;
}

export interface NotifyEmail {
  Subject: string;
  HtmlBody?: string;
  TextBody?: string;
}

export interface NotifyConfiguration {
  SourceArn: string;
  From?: string;
  ReplyTo?: string;
  BlockEmail?: NotifyEmail;
  NoActionEmail?: NotifyEmail;
  MfaEmail?: NotifyEmail;
}

/** SetRiskConfiguration's members, as they were sent. */
export interface RiskSettings {
  CompromisedCredentialsRiskConfiguration?: {
    EventFilter?: PasswordEvent[];
    Actions: { EventAction: 'BLOCK' | 'NO_ACTION' };
  };
  AccountTakeoverRiskConfiguration?: {
    NotifyConfiguration?: NotifyConfiguration;
    Actions: { LowAction?: Action; MediumAction?: Action; HighAction?: Action };
  };
  RiskExceptionConfiguration?: { BlockedIPRangeList?: string[]; SkippedIPRangeList?: string[] };
}

export interface RiskConfiguration {
  settings: RiskSettings;
  modifiedAt: number;
}

/** @param flow of the sign-in: custom authentication is protected where the pool says so. */
export function modeOf({ settings }: Pool, flow?: string): Mode {
  const { AdvancedSecurityMode: mode = 'OFF', AdvancedSecurityAdditionalFlows: more } =
    settings.UserPoolAddOns ?? {};
  if (flow === 'CUSTOM_AUTH') return mode === 'OFF' ? 'OFF' : (more?.CustomAuthMode ?? 'OFF');
  return mode;
}

/** The settings of a client, or those of its pool. A store read: only where the mode isn't OFF. */
export async function riskSettingsOf(ctx: Context, pool: Pool, clientId?: string): Promise<RiskSettings> {
  const { store } = ctx.room;
  const own = clientId && (await records.riskConfigurations.get(store, pool.id, clientId));
  const kept = own || (await records.riskConfigurations.get(store, pool.id, ''));
  return kept?.settings ?? {};
}
