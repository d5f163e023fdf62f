/** Sessions of MFA_SETUP: operations that name no client are sent them, so that they say whose they are. */
import { NotAuthorizedException } from '../errors.ts';
import { type Context, type Door, doorOf } from '../room.ts';
import type { Attempt, Progress } from './attempt.ts';
import { type OpenedSession, openSession, sealSession } from './sessions.ts';

/** The setup of an authenticator app before the first sign-in by it. */
export interface SetupState extends Progress {
  sub: string;
  /** When the setup must be done: each step hands out a session of its own, none of them lasts longer. */
  until: number;
  /** In Base32, once it was handed out. */
  secret?: string;
  /** The app has shown that it has the secret, by the code of this step. */
  verifiedStep?: number;
  name?: string;
}

export interface OpenedSetup {
  door: Door;
  session: OpenedSession<SetupState>;
}

const clientIdLength = 26;

/** @returns the client's id, then the session. */
export function sealSetup(ctx: Context, door: Door, state: SetupState): string {
  const session = sealSession(ctx, door, 'MFA_SETUP', state).toString('base64url');
  return `${door.client.id.padEnd(clientIdLength, '.')}${session}`;
}

/** @param via where the sign-in must have begun. @throws NotAuthorizedException */
export async function openSetup(ctx: Context, via: Attempt['via'], sent: string): Promise<OpenedSetup> {
  const clientId = sent.slice(0, clientIdLength).replace(/\.+$/, '');
  const door = await doorOf(ctx, clientId).catch(() => undefined);
  if (!door) throw invalid();
  const bytes = Buffer.from(sent.slice(clientIdLength), 'base64url');
  const session = openSession<SetupState>(ctx, door, 'MFA_SETUP', bytes);
  if ((session.state.via === 'page') !== (via === 'page')) throw invalid();
  if (session.state.until <= ctx.now) {
    throw new NotAuthorizedException('Invalid session for the user, session is expired.');
  }
  return { door, session };
}

const invalid = () => new NotAuthorizedException('Invalid session for the user.');
