/** Attacks on USER_SRP_AUTH: what an eavesdropper, a replayer or a liar sends. The honest client is amazon-cognito-identity-js. */
import {
  CognitoIdentityProviderServiceException,
  InitiateAuthCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { AuthenticationDetails, CognitoUser, CognitoUserPool } from 'amazon-cognito-identity-js';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { prime } from '../../src/services/cognitoidp/domain/modularPower.ts';
import { password, refused, startUserPools, type UserPools } from './support/userPools.ts';

let pools: UserPools;
beforeAll(async () => {
  pools = await startUserPools();
});
afterAll(() => pools.close());

interface Answer {
  ChallengeName: 'PASSWORD_VERIFIER';
  ClientId: string;
  ChallengeResponses: Record<string, string>;
}

/** Signs in honestly. @returns what the client sent for PASSWORD_VERIFIER, as somebody on the wire sees it. */
async function overheard(pool: { UserPoolId: string; ClientId: string }, Username: string): Promise<Answer> {
  const wire = vi.spyOn(globalThis, 'fetch');
  try {
    const Pool = new CognitoUserPool({ ...pool, endpoint: pools.cloud.endpoint });
    await new Promise((resolve, reject) =>
      new CognitoUser({ Username, Pool }).authenticateUser(
        new AuthenticationDetails({ Username, Password: password }),
        { onSuccess: resolve, onFailure: reject },
      ),
    );
    const sent = wire.mock.calls.map(([, init]) => JSON.parse(String(init?.body)) as Answer);
    const answer = sent.find(({ ChallengeName }) => ChallengeName === 'PASSWORD_VERIFIER');
    if (!answer) throw new Error('the client has not answered PASSWORD_VERIFIER');
    return answer;
  } finally {
    wire.mockRestore();
  }
}

const begin = (ClientId: string, SRP_A: string, USERNAME = 'ann') =>
  pools.browser.send(
    new InitiateAuthCommand({
      AuthFlow: 'USER_SRP_AUTH',
      ClientId,
      AuthParameters: { USERNAME, SRP_A },
    }),
  );

describe('USER_SRP_AUTH', () => {
  it('refuses numbers that would make the key known whatever the password', async () => {
    const { ClientId, UserPoolId } = await pools.makePool();
    await pools.makeUser(UserPoolId, 'ann');
    for (const weak of [0n, prime, 2n * prime, 3n * prime]) {
      await expect(begin(ClientId, weak.toString(16))).rejects.toMatchObject({
        name: 'InvalidParameterException',
      });
    }
    await expect(begin(ClientId, 'no number')).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await expect(begin(ClientId, '-1')).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await expect(begin(ClientId, 'f'.repeat(100_000))).rejects.toBeInstanceOf(
      CognitoIdentityProviderServiceException,
    );
  });

  it('takes a proof once, of the pool, client, user and moment that it was made for', async () => {
    const pool = await pools.makePool();
    const other = await pools.makePool();
    for (const { UserPoolId } of [pool, other]) await pools.makeUser(UserPoolId, 'ann');
    const answer = await overheard(pool, 'ann');
    await expect(pools.respond(answer)).rejects.toMatchObject(
      refused('NotAuthorizedException', 'Invalid session for the user, session can only be used once.'),
    );
    await expect(pools.respond({ ...answer, ClientId: other.ClientId })).rejects.toMatchObject(
      refused('NotAuthorizedException', 'Invalid session for the user.'),
    );
    const { ChallengeParameters: fresh } = await begin(pool.ClientId, 'abcdef0123456789');
    const wrong = refused('NotAuthorizedException', 'Incorrect username or password.');
    // The proof of another sign-in, and a proof moved to another moment.
    await expect(
      pools.respond({
        ...answer,
        ChallengeResponses: {
          ...answer.ChallengeResponses,
          PASSWORD_CLAIM_SECRET_BLOCK: fresh?.SECRET_BLOCK ?? '',
        },
      }),
    ).rejects.toMatchObject(wrong);
    await expect(
      pools.respond({
        ...answer,
        ChallengeResponses: {
          ...answer.ChallengeResponses,
          TIMESTAMP: 'Tue Nov 10 08:12:33 UTC 2099',
        },
      }),
    ).rejects.toMatchObject(wrong);
    // A block whose last bit was turned is nobody's.
    const block = Buffer.from(fresh?.SECRET_BLOCK ?? '', 'base64');
    block[block.length - 1] = (block.at(-1) ?? 0) ^ 1;
    await expect(
      pools.respond({
        ...answer,
        ChallengeResponses: {
          ...answer.ChallengeResponses,
          PASSWORD_CLAIM_SECRET_BLOCK: block.toString('base64'),
        },
      }),
    ).rejects.toMatchObject(refused('NotAuthorizedException', 'Invalid session for the user.'));
  });

  it('reads the time as a date, and refuses what is none', async () => {
    const pool = await pools.makePool();
    await pools.makeUser(pool.UserPoolId, 'tim');
    const answer = await overheard(pool, 'tim');
    const respond = (TIMESTAMP: string) =>
      pools.respond({ ...answer, ChallengeResponses: { ...answer.ChallengeResponses, TIMESTAMP } });
    for (const wrong of ['2026-11-21T10:00:00Z', 'Lun Nov 21 10:00:00 UTC 2026', '1795255200']) {
      await expect(respond(wrong)).rejects.toMatchObject(
        refused(
          'InvalidParameterException',
          'TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.',
        ),
      );
    }
    await expect(respond('Thu Nov 5 10:00:00 UTC 2026')).rejects.toMatchObject(
      refused('NotAuthorizedException', 'Incorrect username or password.'),
    );
  });

  it('shows nobody as it shows somebody: the same members, and the same salt each time', async () => {
    const { ClientId, UserPoolId } = await pools.makePool({}, undefined, {
      PreventUserExistenceErrors: 'ENABLED',
    });
    await pools.makeUser(UserPoolId, 'somebo');
    const ask = async (name: string) => (await begin(ClientId, 'abcdef', name)).ChallengeParameters ?? {};
    const [somebody, nobody, again] = [await ask('somebo'), await ask('nobody'), await ask('nobody')];
    expect(Object.keys(nobody).sort()).toEqual(Object.keys(somebody).sort());
    expect(nobody.SALT).toBe(again.SALT);
    expect(nobody.SRP_B).not.toBe(again.SRP_B);
    // A sealed block doesn't tell by its length.
    expect(nobody.SECRET_BLOCK?.length).toBe(somebody.SECRET_BLOCK?.length);
    await expect(
      pools.respond({
        ClientId,
        ChallengeName: 'PASSWORD_VERIFIER',
        ChallengeResponses: {
          USERNAME: 'nobody',
          PASSWORD_CLAIM_SECRET_BLOCK: nobody.SECRET_BLOCK ?? '',
          PASSWORD_CLAIM_SIGNATURE: Buffer.alloc(32).toString('base64'),
          TIMESTAMP: 'Tue Nov 10 08:12:33 UTC 2026',
        },
      }),
    ).rejects.toMatchObject(refused('NotAuthorizedException', 'Incorrect username or password.'));
  });
});
