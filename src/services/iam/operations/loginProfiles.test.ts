import { beforeEach, describe, expect, it } from 'vitest';
import { type ToyAccount, toyAccount, userPrincipal } from '../testing/toyAccount.ts';

const first = 'Correct-horse1';
const second = 'Battery-staple2';
const third = 'Fourth-and-third3';

let toy: ToyAccount;
const ada = userPrincipal('ada');
const change = (OldPassword: string, NewPassword: string) =>
  toy.call('ChangePassword', { OldPassword, NewPassword }, ada);

beforeEach(async () => {
  toy = await toyAccount();
  await toy.call('CreateUser', { UserName: 'ada' });
});

describe('login profiles', () => {
  it('has one password of a user, whose text is nowhere in the data', async () => {
    const { LoginProfile } = await toy.call('CreateLoginProfile', {
      UserName: 'ada',
      Password: first,
      PasswordResetRequired: true,
    });
    expect(LoginProfile).toEqual({
      UserName: 'ada',
      CreateDate: new Date(toy.clock.now()),
      PasswordResetRequired: true,
    });
    await expect(toy.call('CreateLoginProfile', { UserName: 'ada', Password: first })).rejects.toMatchObject({
      code: 'EntityAlreadyExists',
      message: 'Login Profile for user ada already exists.',
    });
    const kept = await toy.store.range({ prefix: [], limit: 100 });
    expect(kept.some(({ value }) => Buffer.from(value).includes(first))).toBe(false);
    await expect(toy.call('DeleteUser', { UserName: 'ada' })).rejects.toMatchObject({
      code: 'DeleteConflict',
      message: 'Cannot delete entity, must delete login profile first.',
    });
    await toy.call('UpdateUser', { UserName: 'ada', NewUserName: 'lovelace' });
    expect(await toy.call('GetLoginProfile', { UserName: 'lovelace' })).toMatchObject({
      LoginProfile: { UserName: 'lovelace' },
    });
    await toy.call('DeleteLoginProfile', { UserName: 'lovelace' });
    await expect(toy.call('GetLoginProfile', { UserName: 'lovelace' })).rejects.toMatchObject({
      code: 'NoSuchEntity',
      message: 'Login Profile for User lovelace cannot be found.',
    });
  });

  it('asks of passwords what AWS asks where an account has no policy', async () => {
    for (const Password of ['Abcde1!', 'alllowercase1', 'ALLUPPERCASE']) {
      await expect(
        toy.call('CreateLoginProfile', { UserName: 'ada', Password }),
        Password,
      ).rejects.toMatchObject({ code: 'PasswordPolicyViolation', status: 400 });
    }
    await toy.call('CreateLoginProfile', { UserName: 'ada', Password: 'lowercase1!' });
  });

  it('asks what the account’s own policy asks', async () => {
    await toy.call('UpdateAccountPasswordPolicy', {
      MinimumPasswordLength: 10,
      RequireSymbols: true,
      RequireNumbers: true,
      RequireUppercaseCharacters: true,
      RequireLowercaseCharacters: true,
    });
    const refused: Record<string, string> = {
      'Abc1!': 'Password should have a minimum length of 10',
      'abcdefg1!x': 'Password should have at least one uppercase letter',
      'ABCDEFG1!X': 'Password should have at least one lowercase letter',
      'Abcdefgh!x': 'Password should have at least one number',
      Abcdefgh1x: 'Password should have at least one symbol',
    };
    for (const [Password, message] of Object.entries(refused)) {
      await expect(toy.call('CreateLoginProfile', { UserName: 'ada', Password })).rejects.toMatchObject({
        code: 'PasswordPolicyViolation',
        message,
      });
    }
  });

  it('lets users change theirs who know it, and nobody else', async () => {
    await toy.call('CreateLoginProfile', { UserName: 'ada', Password: first, PasswordResetRequired: true });
    await expect(change('wrong', second)).rejects.toMatchObject({
      code: 'AccessDenied',
      status: 403,
      message: 'The old password was incorrect.',
    });
    await expect(
      toy.call('ChangePassword', { OldPassword: first, NewPassword: second }),
    ).rejects.toMatchObject({ code: 'InvalidUserType' });
    await change(first, second);
    await expect(change(first, third)).rejects.toMatchObject({ code: 'AccessDenied' });
    expect(await toy.call('GetLoginProfile', { UserName: 'ada' })).toMatchObject({
      LoginProfile: { PasswordResetRequired: false },
    });
  });

  it('remembers as many passwords as the policy forbids to use again', async () => {
    await toy.call('UpdateAccountPasswordPolicy', { PasswordReusePrevention: 2 });
    await toy.call('CreateLoginProfile', { UserName: 'ada', Password: first });
    await change(first, second);
    await expect(change(second, first)).rejects.toMatchObject({ code: 'PasswordPolicyViolation' });
    await toy.call('UpdateLoginProfile', { UserName: 'ada', Password: third });
    await expect(toy.call('UpdateLoginProfile', { UserName: 'ada', Password: third })).rejects.toMatchObject({
      code: 'PasswordPolicyViolation',
    });
    await change(third, first);
  });

  it('lets one of two changes at once through', async () => {
    await toy.call('CreateLoginProfile', { UserName: 'ada', Password: first });
    const outcomes = await Promise.allSettled([change(first, second), change(first, third)]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const refused = outcomes.find((outcome) => outcome.status === 'rejected');
    expect(refused?.reason).toMatchObject({ code: 'EntityTemporarilyUnmodifiable', status: 409 });
  });
});
