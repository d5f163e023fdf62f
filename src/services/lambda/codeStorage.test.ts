import { expect, it } from 'vitest';
import { CodeStorage } from './codeStorage.ts';

const scope = { account: '000000000000', region: 'us-east-1' };

function open(bytesMax: number, used: number) {
  const state = { used, counted: 0 };
  const store = {
    codeUsage: async () => {
      state.counted++;
      return { bytes: state.used, functions: 1 };
    },
  };
  return { storage: new CodeStorage(store, bytesMax), state };
}

it('code is taken until the quota is reached, to the byte', async () => {
  const { storage, state } = open(100, 40);
  await storage.take(scope, 30);
  state.used += 30;
  await storage.take(scope, 30);
  state.used += 30;
  await expect(storage.take(scope, 1)).rejects.toMatchObject({
    code: 'CodeStorageExceededException',
    message: 'Code storage limit exceeded.',
    status: 400,
  });
  await storage.take({ ...scope, region: 'eu-west-1' }, 0);
});

it('what is deleted makes room, and nothing is counted while there is room anyway', async () => {
  const { storage, state } = open(100, 0);
  for (let n = 0; n < 10; n++) await storage.take(scope, 10);
  expect(state.counted).toBe(1);
  state.used = 50;
  await storage.take(scope, 10);
  expect(state.counted).toBe(2);
});

it('what comes at the same time is counted together', async () => {
  const { storage } = open(100, 70);
  const outcomes = await Promise.allSettled([storage.take(scope, 20), storage.take(scope, 20)]);
  expect(outcomes.map(({ status }) => status)).toContain('rejected');
  await storage.take(scope, 0);
});
