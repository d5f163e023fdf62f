/** New signing keys for a pool, by `POST /_brume/services/cognitoidp/rotate-keys?pool=POOL`. AWS rotates them when it likes. */
import { AwsError } from '../../../kernel/index.ts';
import type { ControlAction } from '../../../platform/index.ts';
import { type CognitoRoom, poolById } from '../room.ts';

/** Query: `pool`. Tokens signed before stay good until they expire. @returns the ids of the keys that sign from now on. */
export const rotateKeys: ControlAction<CognitoRoom> = async (room, query) => {
  const pool = await poolById(room, query.get('pool') ?? '');
  if (!pool) {
    throw new AwsError('BadRequest', 'Say which user pool, by its id: ?pool=us-east-1_Abc123.', {
      status: 400,
    });
  }
  return { pool: pool.id, keys: await room.signers.rotate(pool.id, room.clock.now()) };
};
