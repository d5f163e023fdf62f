/** https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_RespondToAuthChallenge.html and AdminRespondToAuthChallenge */
import { NotImplemented } from '../../../kernel/index.ts';
import { type Attributes, checkAttributes } from '../domain/attributes.ts';
import { checkPassword } from '../domain/passwords.ts';
import { isProofRight } from '../domain/srp.ts';
import { InvalidParameterException } from '../errors.ts';
import { type Context, clientOf, type Door, doorOf, poolOf } from '../room.ts';
import { openSession } from '../sessions.ts';
import {
  type AuthAnswer,
  checkLock,
  checkSecretHash,
  checkStatus,
  finish,
  goOn,
  type NewPasswordState,
  recordFailure,
  wrongPassword,
} from '../signIn.ts';
import {
  changeUser,
  checkHistory,
  findUser,
  openVerifier,
  sealPassword,
  srpPool,
  userOf,
  withPassword,
} from '../users.ts';
import { needed, type SrpState } from './initiateAuth.ts';

interface ChallengeInput {
  ChallengeName: string;
  ChallengeResponses?: Record<string, string>;
  Session?: string;
}

type Responses = Record<string, string>;

export async function RespondToAuthChallenge(ctx: Context, input: ChallengeInput & { ClientId: string }) {
  return answer(ctx, await doorOf(ctx, input.ClientId), input);
}

export async function AdminRespondToAuthChallenge(
  ctx: Context,
  input: ChallengeInput & { UserPoolId: string; ClientId: string },
) {
  const pool = await poolOf(ctx, input.UserPoolId);
  return answer(ctx, { pool, client: await clientOf(ctx, pool, input.ClientId) }, input);
}

function answer(ctx: Context, door: Door, input: ChallengeInput): Promise<AuthAnswer> {
  const responses = input.ChallengeResponses ?? {};
  switch (input.ChallengeName) {
    case 'PASSWORD_VERIFIER':
      return passwordVerifier(ctx, door, responses);
    case 'NEW_PASSWORD_REQUIRED':
      return newPassword(ctx, door, responses, input.Session);
    default:
      throw new NotImplemented(`The challenge ${input.ChallengeName} of Cognito user pools`);
  }
}

async function passwordVerifier(ctx: Context, door: Door, responses: Responses): Promise<AuthAnswer> {
  const username = needed(responses, 'USERNAME');
  const secretBlock = Buffer.from(needed(responses, 'PASSWORD_CLAIM_SECRET_BLOCK'), 'base64');
  const signature = needed(responses, 'PASSWORD_CLAIM_SIGNATURE');
  const timestamp = needed(responses, 'TIMESTAMP');
  checkSecretHash(ctx, door, responses.SECRET_HASH, [username]);
  const { pool } = door;
  const session = openSession<SrpState>(ctx, door, 'PASSWORD_VERIFIER', secretBlock);
  const { sub, userId, clientNumber, secret } = session.state;
  const user = await findUser(ctx.room.store, pool, userId);
  if (!user?.password || user.sub !== sub) throw wrongPassword();
  await checkLock(ctx, pool, user);
  const isRight = isProofRight({
    pool: srpPool(pool),
    userId,
    kept: openVerifier(ctx.room, pool, user.sub, user.password),
    clientNumber,
    secret: Buffer.from(secret, 'hex'),
    secretBlock,
    timestamp,
    signature,
  });
  if (!isRight) {
    await recordFailure(ctx, pool, user);
    throw wrongPassword();
  }
  return goOn(ctx, door, user, session);
}

const attributePrefix = 'userAttributes.';

async function newPassword(
  ctx: Context,
  door: Door,
  responses: Responses,
  sent: string | undefined,
): Promise<AuthAnswer> {
  const username = needed(responses, 'USERNAME');
  const password = needed(responses, 'NEW_PASSWORD');
  checkSecretHash(ctx, door, responses.SECRET_HASH, [username]);
  if (sent === undefined) throw new InvalidParameterException('Missing required parameter Session');
  const { pool, client } = door;
  const { room } = ctx;
  const session = openSession<NewPasswordState>(
    ctx,
    door,
    'NEW_PASSWORD_REQUIRED',
    Buffer.from(sent, 'base64url'),
  );
  const user = await userOf(room.store, pool, session.state.username);
  const given: Attributes = Object.fromEntries(
    Object.entries(responses)
      .filter(([name]) => name.startsWith(attributePrefix))
      .map(([name, value]) => [name.slice(attributePrefix.length), value]),
  );
  checkAttributes(given, { pool, client, existing: user.attributes });
  checkPassword(password, pool.settings.Policies.PasswordPolicy);
  await checkHistory(pool, user, password);
  const sealed = await sealPassword(room, pool, user, password);
  const changed = await changeUser(ctx, pool, user.username, async (current, tx) => {
    checkStatus(current);
    await session.use(tx);
    const attributes = { ...current.attributes, ...given };
    return { ...withPassword(pool, current, sealed), status: 'CONFIRMED', attributes };
  });
  return finish(ctx, door, changed, undefined);
}
