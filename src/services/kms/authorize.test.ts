import { describe, expect, it } from 'vitest';
import { type Principal, servicePrincipal } from '../../platform/index.ts';
import { account, allowKms, bench, region, user } from './testing/bench.ts';

const text = (value: string) => Buffer.from(value);
const ann = user('ann');
const bob = user('bob');
const stranger = user('eve', '999999999999');

const policyOf = (...statements: object[]) =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements });
const rootMay = {
  Effect: 'Allow',
  Principal: { AWS: `arn:aws:iam::${account}:root` },
  Action: 'kms:*',
  Resource: '*',
};
const isDenied = expect.stringMatching(/is not authorized to perform: kms:/);

describe('key policies', () => {
  it('leave a key to the policies of its account, unless they say otherwise', async () => {
    const { ask, makeKey } = await bench();
    const { KeyId, Arn } = await makeKey();
    const input = { KeyId, Plaintext: text('x') };
    expect(await ask('Encrypt', input, { principal: ann, policies: [allowKms] })).toBe('allow');
    expect(await ask('Encrypt', input, { principal: ann })).toBe(
      `User: ${ann.arn} is not authorized to perform: kms:Encrypt on resource: ${Arn} because no identity-based policy allows the kms:Encrypt action`,
    );
    expect(
      await ask('Encrypt', { ...input, KeyId: Arn }, { principal: stranger, policies: [allowKms] }),
    ).toBe(
      `User: ${stranger.arn} is not authorized to perform: kms:Encrypt on this resource because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access`,
    );
  });

  it('are never optional: a policy that names ann alone lets nobody else use the key, not even who may do all', async () => {
    const { ask, makeKey } = await bench();
    const annMay = { ...rootMay, Principal: { AWS: ann.arn } };
    const { KeyId } = await makeKey({ Policy: policyOf(annMay) }, { principal: ann });
    const input = { KeyId, Plaintext: text('x') };
    expect(await ask('Encrypt', input, { principal: ann })).toBe('allow');
    expect(await ask('Encrypt', input, { principal: bob, policies: [allowKms] })).toEqual(isDenied);
    expect(await ask('DescribeKey', { KeyId })).toEqual(isDenied);
  });

  it('must be ones, and keep their writer able to change them', async () => {
    const { call, makeKey } = await bench();
    const { KeyId } = await makeKey();
    const put = (Policy: string, more: object = {}) => call('PutKeyPolicy', { KeyId, Policy, ...more });
    for (const wrong of [
      '{',
      '[]',
      '{}',
      '{"Statement":[{"Effect":"Allow"}]}',
      policyOf({ ...rootMay, Effect: 'Maybe' }),
    ]) {
      await expect(put(wrong)).rejects.toMatchObject({ name: 'MalformedPolicyDocumentException' });
    }
    const out = policyOf({ ...rootMay, Principal: { AWS: stranger.arn } });
    await expect(put(out)).rejects.toMatchObject({
      name: 'MalformedPolicyDocumentException',
      message: 'The new key policy will not allow you to update the key policy in the future.',
    });
    await put(out, { BypassPolicyLockoutSafetyCheck: true });
    expect((await call('GetKeyPolicy', { KeyId })).Policy).toBe(out);
    expect(await call('ListKeyPolicies', { KeyId })).toEqual({ PolicyNames: ['default'], Truncated: false });
    await expect(call('GetKeyPolicy', { KeyId, PolicyName: 'other' })).rejects.toMatchObject({
      name: 'NotFoundException',
    });
  });

  it('read the encryption context, the caller’s account, tags and aliases', async () => {
    const { ask, call, makeKey } = await bench();
    const onlyTenant = {
      Effect: 'Allow',
      Principal: { AWS: '*' },
      Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
      Resource: '*',
      Condition: {
        StringEquals: { 'kms:EncryptionContext:tenant': 'a', 'kms:CallerAccount': account },
        'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['tenant', 'table'] },
      },
    };
    const { KeyId } = await makeKey({ Policy: policyOf(rootMay, onlyTenant) });
    const generate = (EncryptionContext?: object, principal: Principal = ann) =>
      ask('GenerateDataKey', { KeyId, KeySpec: 'AES_256', EncryptionContext }, { principal });
    expect(await generate({ tenant: 'a', table: 't' })).toBe('allow');
    expect(await generate({ tenant: 'b' })).toEqual(isDenied);
    expect(await generate({ tenant: 'a', other: 'x' })).toEqual(isDenied);
    expect(await generate()).toEqual(isDenied);

    await call('TagResource', { KeyId, Tags: [{ TagKey: 'team', TagValue: 'a' }] });
    await call('CreateAlias', { AliasName: 'alias/app', TargetKeyId: KeyId });
    const conditional = (Condition: object) => ({
      principal: ann,
      policies: [policyOf({ Effect: 'Allow', Action: 'kms:Encrypt', Resource: '*', Condition })],
    });
    const encrypt = (named: string, condition: object) =>
      ask('Encrypt', { KeyId: named, Plaintext: text('x') }, conditional(condition));
    expect(await encrypt(KeyId, { StringEquals: { 'aws:ResourceTag/team': 'a' } })).toBe('allow');
    expect(await encrypt(KeyId, { StringEquals: { 'aws:ResourceTag/team': 'b' } })).toEqual(isDenied);
    const byAlias = { StringEquals: { 'kms:RequestAlias': 'alias/app' } };
    expect(await encrypt('alias/app', byAlias)).toBe('allow');
    expect(await encrypt(KeyId, byAlias)).toEqual(isDenied);
    const hasAlias = { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/app' } };
    expect(await encrypt(KeyId, hasAlias)).toBe('allow');
  });

  it('let AWS managed keys be used through their service only', async () => {
    const { ask } = await bench();
    const input = { KeyId: 'alias/aws/s3', KeySpec: 'AES_256' };
    expect(await ask('GenerateDataKey', input, { principal: ann, policies: [allowKms] })).toEqual(isDenied);
    expect(await ask('GenerateDataKey', input, { principal: ann, via: 's3' })).toBe('allow');
    expect(await ask('GenerateDataKey', input, { principal: ann, via: 'sqs' })).toEqual(isDenied);
    expect(await ask('DescribeKey', input, { principal: ann, policies: [allowKms] })).toBe('allow');
    expect(await ask('PutKeyPolicy', { KeyId: 'alias/aws/s3' }).catch(({ name }) => name)).toBe(
      'NotFoundException',
    );
  });

  it('decide about both keys of a re-encryption', async () => {
    const { ask, call, makeKey } = await bench();
    const [one, other] = [await makeKey(), await makeKey()];
    const { CiphertextBlob } = await call('Encrypt', { KeyId: one.KeyId, Plaintext: text('x') });
    const move = (...actions: string[]) =>
      ask(
        'ReEncrypt',
        { CiphertextBlob, DestinationKeyId: other.KeyId },
        { principal: ann, policies: [policyOf({ Effect: 'Allow', Action: actions, Resource: '*' })] },
      );
    expect(await move('kms:ReEncryptFrom', 'kms:ReEncryptTo')).toBe('allow');
    expect(await move('kms:ReEncryptTo')).toContain('kms:ReEncryptFrom');
    expect(await move('kms:ReEncryptFrom')).toContain('kms:ReEncryptTo');
  });

  it('tell nobody whose key a ciphertext is under', async () => {
    const { ask, call, makeKey } = await bench();
    const { KeyId } = await makeKey();
    const { CiphertextBlob } = await call('Encrypt', { KeyId, Plaintext: text('x') });
    expect(await ask('Decrypt', { CiphertextBlob }, { principal: stranger, policies: [allowKms] })).toMatch(
      /^The ciphertext refers to a customer master key that does not exist/,
    );
  });

  it('ask about an alias and its key', async () => {
    const { ask, makeKey } = await bench();
    const { KeyId, Arn } = await makeKey();
    const input = { AliasName: 'alias/app', TargetKeyId: KeyId };
    const on = (...resources: string[]) => ({
      principal: ann,
      policies: [policyOf({ Effect: 'Allow', Action: 'kms:CreateAlias', Resource: resources })],
    });
    const aliasArn = `arn:aws:kms:${region}:${account}:alias/app`;
    expect(await ask('CreateAlias', input, on(Arn, aliasArn))).toBe('allow');
    expect(await ask('CreateAlias', input, on(Arn))).toContain(aliasArn);
    expect(await ask('CreateAlias', input, on(aliasArn))).toContain(Arn);
  });
});

describe('grants', () => {
  it('let a principal do what they name, under their constraints, until they end', async () => {
    const { ask, call, makeKey } = await bench();
    const { KeyId, Arn } = await makeKey();
    const { GrantId } = await call('CreateGrant', {
      KeyId,
      GranteePrincipal: ann.arn,
      Operations: ['GenerateDataKey', 'Decrypt'],
      Constraints: { EncryptionContextSubset: { tenant: 'a' } },
    });
    const generate = (EncryptionContext: object, principal: Principal = ann) =>
      ask('GenerateDataKey', { KeyId, KeySpec: 'AES_256', EncryptionContext }, { principal });
    expect(await generate({ tenant: 'a', more: 'x' })).toBe('allow');
    expect(await generate({ tenant: 'b' })).toEqual(isDenied);
    expect(await generate({ tenant: 'a' }, bob)).toEqual(isDenied);
    expect(await ask('Encrypt', { KeyId, EncryptionContext: { tenant: 'a' } }, { principal: ann })).toEqual(
      isDenied,
    );
    expect(await call('ListGrants', { KeyId })).toMatchObject({
      Grants: [
        { GrantId, KeyId: Arn, GranteePrincipal: ann.arn, Operations: ['GenerateDataKey', 'Decrypt'] },
      ],
    });
    await call('RevokeGrant', { KeyId, GrantId });
    expect(await generate({ tenant: 'a' })).toEqual(isDenied);
    await expect(call('RevokeGrant', { KeyId, GrantId })).rejects.toMatchObject({
      name: 'NotFoundException',
    });
  });

  it('whose context is given whole want it whole', async () => {
    const { ask, call, makeKey } = await bench();
    const { KeyId } = await makeKey();
    const grant = { KeyId, GranteePrincipal: ann.arn, Operations: ['Encrypt'] };
    await call('CreateGrant', { ...grant, Constraints: { EncryptionContextEquals: { a: '1' } } });
    const encrypt = (EncryptionContext?: object) =>
      ask('Encrypt', { KeyId, EncryptionContext }, { principal: ann });
    expect(await encrypt({ a: '1' })).toBe('allow');
    expect(await encrypt({ a: '1', b: '2' })).toEqual(isDenied);
    expect(await encrypt()).toEqual(isDenied);
  });

  it('don’t help against an explicit denial', async () => {
    const { ask, call, makeKey } = await bench();
    const { KeyId } = await makeKey();
    await call('CreateGrant', { KeyId, GranteePrincipal: ann.arn, Operations: ['Encrypt'] });
    const policies = [policyOf({ Effect: 'Deny', Action: 'kms:Encrypt', Resource: '*' })];
    expect(await ask('Encrypt', { KeyId }, { principal: ann, policies })).toContain('explicit deny');
  });

  it('serve services, and only the one they name', async () => {
    const { ask, call, makeKey } = await bench();
    const { KeyId } = await makeKey();
    const cognito = servicePrincipal('cognito-idp.amazonaws.com', account);
    const sns = servicePrincipal('sns.amazonaws.com', account);
    await call('CreateGrant', {
      KeyId,
      GranteePrincipal: 'cognito-idp.amazonaws.com',
      Operations: ['Encrypt'],
    });
    expect(await ask('Encrypt', { KeyId }, { principal: cognito })).toBe('allow');
    expect(await ask('Encrypt', { KeyId }, { principal: sns })).toEqual(isDenied);
  });

  it('can’t be used to grant more than they give', async () => {
    const { ask, call, makeKey } = await bench();
    const { KeyId } = await makeKey();
    const Constraints = { EncryptionContextSubset: { tenant: 'a' } };
    const Operations = ['CreateGrant', 'Decrypt'];
    await call('CreateGrant', { KeyId, GranteePrincipal: ann.arn, Operations, Constraints });
    const hand = (more: object) =>
      ask('CreateGrant', { KeyId, GranteePrincipal: bob.arn, ...more }, { principal: ann });
    expect(await hand({ Operations: ['Decrypt'], Constraints })).toBe('allow');
    expect(await hand({ Operations: ['Decrypt'] })).toEqual(isDenied);
    expect(await hand({ Operations: ['Encrypt'], Constraints })).toEqual(isDenied);
    const other = { EncryptionContextSubset: { tenant: 'b' } };
    expect(await hand({ Operations: ['Decrypt'], Constraints: other })).toEqual(isDenied);
  });

  it('are retired by whom they name, and by nobody else', async () => {
    const { ask, call, makeKey } = await bench();
    const { KeyId, Arn } = await makeKey();
    const grant = { KeyId, GranteePrincipal: ann.arn, RetiringPrincipal: bob.arn, Operations: ['Decrypt'] };
    const [first, second] = [
      await call('CreateGrant', grant),
      await call('CreateGrant', { ...grant, Name: 'n' }),
    ];
    const retire = { GrantToken: first.GrantToken };
    expect(await ask('RetireGrant', retire, { principal: bob })).toBe('allow');
    expect(await ask('RetireGrant', retire, { principal: ann })).toEqual(isDenied);
    await expect(call('RetireGrant', { GrantToken: 'forged' })).rejects.toMatchObject({
      name: 'InvalidGrantTokenException',
    });
    expect((await call('ListRetirableGrants', { RetiringPrincipal: bob.arn })).Grants).toHaveLength(2);
    await call('RetireGrant', retire);
    await call('RetireGrant', { KeyId: Arn, GrantId: second.GrantId });
    expect((await call('ListRetirableGrants', { RetiringPrincipal: bob.arn })).Grants).toEqual([]);
    await expect(call('RetireGrant', { KeyId: Arn })).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it('of one name are made once', async () => {
    const { call, makeKey } = await bench();
    const { KeyId } = await makeKey();
    const grant = { KeyId, GranteePrincipal: ann.arn, Operations: ['Decrypt', 'Encrypt'], Name: 'app' };
    const first = await call('CreateGrant', grant);
    const again = await call('CreateGrant', { ...grant, Operations: ['Encrypt', 'Decrypt'] });
    expect(again.GrantId).toBe(first.GrantId);
    const other = await call('CreateGrant', { ...grant, Operations: ['Decrypt'] });
    expect(other.GrantId).not.toBe(first.GrantId);
    const byPrincipal = await call('ListGrants', { KeyId, GranteePrincipal: ann.arn, Limit: 1 });
    expect(byPrincipal).toMatchObject({ Truncated: true });
    expect((await call('ListGrants', { KeyId, GrantId: first.GrantId })).Grants).toHaveLength(1);
  });
});
