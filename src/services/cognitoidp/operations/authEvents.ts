/** https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminListUserAuthEvents.html, AdminUpdateAuthEventFeedback, UpdateAuthEventFeedback */
import { InvalidParameterException, NotAuthorizedException, ResourceNotFoundException } from '../errors.ts';
import { limits } from '../limits.ts';
import { type AuthEvent, eventsOf, putEvent } from '../risk/events.ts';
import { isFeedbackToken } from '../risk/feedback.ts';
import { type Context, poolById, poolOf, unknownPool } from '../room.ts';
import { type Pool, records, type User } from '../store.ts';
import { userKey, userOf } from '../users.ts';
import { readPlace, writePlace } from './paging.ts';
import { checkProtected } from './riskConfiguration.ts';

interface Named {
  UserPoolId: string;
  Username: string;
}

/** Newest first. */
export async function AdminListUserAuthEvents(
  ctx: Context,
  input: Named & { MaxResults?: number; NextToken?: string },
) {
  const pool = await poolOf(ctx, input.UserPoolId);
  checkProtected(pool);
  const user = await userOf(ctx.room.store, pool, input.Username);
  const size = input.MaxResults || limits.pageMax;
  const last = readPlace(input.NextToken);
  const key = userKey(pool, user.username);
  const found = await records.authEvents.values(ctx.room.store, {
    under: [pool.id, key],
    ...(last ? { gt: [pool.id, key, ...placeOf(last)] } : {}),
    limit: size + 1,
  });
  const page = found.slice(0, size);
  const end = page.at(-1);
  return {
    AuthEvents: page.map(describe),
    ...(found.length > size && end ? { NextToken: writePlace(`${end.at} ${end.id}`) } : {}),
  };
}

/** @throws InvalidParameterException */
function placeOf(place: string): [number, string] {
  const [at, id = ''] = place.split(' ');
  const time = Number(at);
  if (!Number.isSafeInteger(time)) throw new InvalidParameterException('Invalid pagination token');
  return [-time, id];
}

interface Feedback extends Named {
  EventId: string;
  FeedbackValue: 'Valid' | 'Invalid';
}

export async function AdminUpdateAuthEventFeedback(ctx: Context, input: Feedback) {
  const pool = await poolOf(ctx, input.UserPoolId);
  checkProtected(pool);
  await keep(ctx, pool, await userOf(ctx.room.store, pool, input.Username), input, 'Admin');
  return {};
}

/** By the token of a notification, which knows its user and its event. */
export async function UpdateAuthEventFeedback(ctx: Context, input: Feedback & { FeedbackToken: string }) {
  const pool = await poolById(ctx.room, input.UserPoolId);
  if (!pool) throw unknownPool(input.UserPoolId);
  checkProtected(pool);
  const user = await userOf(ctx.room.store, pool, input.Username);
  if (!isFeedbackToken(ctx.room, pool, user, input.EventId, input.FeedbackToken)) {
    throw new NotAuthorizedException('Invalid feedback token.');
  }
  await keep(ctx, pool, user, input, 'User');
  return {};
}

async function keep(
  ctx: Context,
  pool: Pool,
  user: User,
  { EventId, FeedbackValue: value }: Feedback,
  provider: string,
): Promise<void> {
  await ctx.room.store.transact(async (tx) => {
    const events = await eventsOf(tx, pool, user, limits.authEventsMax);
    const event = events.find(({ id }) => id === EventId);
    if (!event) throw new ResourceNotFoundException(`Event ${EventId} does not exist.`);
    await putEvent(tx, pool, user, { ...event, feedback: { value, provider, at: ctx.now } });
  });
}

function describe(event: AuthEvent) {
  const { address, device, feedback } = event;
  return {
    EventId: event.id,
    EventType: event.type,
    CreationDate: new Date(event.at),
    EventResponse: event.response,
    EventRisk: {
      RiskDecision: event.decision,
      ...(event.level ? { RiskLevel: event.level } : {}),
      CompromisedCredentialsDetected: event.compromised ?? false,
    },
    ChallengeResponses: event.challenges,
    EventContextData: {
      ...(address === undefined ? {} : { IpAddress: address }),
      ...(device?.name ? { DeviceName: device.name } : {}),
      ...(device?.timezone ? { Timezone: device.timezone } : {}),
    },
    ...(feedback
      ? {
          EventFeedback: {
            FeedbackValue: feedback.value,
            Provider: feedback.provider,
            FeedbackDate: new Date(feedback.at),
          },
        }
      : {}),
  };
}
