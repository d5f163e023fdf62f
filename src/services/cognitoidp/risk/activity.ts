/** Events as a pool's log of its users' activity tells them. https://docs.aws.amazon.com/cognito/latest/developerguide/exporting-quotas-and-usage.html */
import type { Context, Door } from '../room.ts';
import type { User } from '../store.ts';
import type { AuthEvent } from './events.ts';

export function activityOf({ requestId }: Context, { pool, client }: Door, user: User, event: AuthEvent) {
  return {
    version: '1',
    eventId: event.id,
    eventType: event.type,
    userSub: user.sub,
    userName: user.username,
    userPoolId: pool.id,
    clientId: client.id,
    creationDate: dateOf(event.at),
    eventResponse: event.response,
    riskLevel: event.level ?? '',
    riskDecision: event.decision === 'NoRisk' ? 'PASS' : event.decision,
    challenges: event.challenges.map(
      ({ ChallengeName, ChallengeResponse }) => `${ChallengeName}:${ChallengeResponse}`,
    ),
    deviceName: event.device?.name ?? '',
    ipAddress: event.address ?? '',
    requestId,
    idpName: '',
    compromisedCredentialDetected: String(event.compromised ?? false),
    city: '',
    country: '',
    eventFeedbackValue: '',
    eventFeedbackDate: '',
    eventFeedbackProvider: '',
    hasContextData: String(event.address !== undefined || event.device !== undefined),
  };
}

/** `Wed Jul 17 17:25:55 UTC 2024` */
function dateOf(at: number): string {
  const [day, date, month, year, time] = new Date(at).toUTCString().replace(',', '').split(' ');
  return `${day} ${month} ${date} ${time} UTC ${year}`;
}
