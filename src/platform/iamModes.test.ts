import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../store/index.ts';
import { IamModes, ModeTooLoose } from './iamModes.ts';

describe('modes by account', () => {
  it('are the usual one until an account is told otherwise, and after a restart too', async () => {
    const store = new MemoryStore();
    const modes = new IamModes('audit', { store });
    expect([modes.isUniform, modes.isOff, modes.of('1')]).toEqual([true, false, 'audit']);
    await modes.set('1', 'enforce');
    await modes.set('2', 'off');
    expect(['1', '2', '3'].map((account) => modes.of(account))).toEqual(['enforce', 'off', 'audit']);
    const next = new IamModes('off', { store });
    expect(next.isOff).toBe(true);
    await next.load();
    expect([next.isOff, next.of('1'), next.of('3')]).toEqual([false, 'enforce', 'off']);
    await next.set('1', undefined);
    await next.set('2', undefined);
    expect([next.exceptions, next.isOff]).toEqual([{}, true]);
  });

  it('are never looser than a cloud on the network may be', async () => {
    const store = new MemoryStore();
    await new IamModes('audit', { store }).set('1', 'off');
    const open = new IamModes('enforce', { store, floor: 'enforce' });
    await open.load();
    expect(open.of('1')).toBe('enforce');
    await expect(open.set('1', 'audit')).rejects.toThrow(ModeTooLoose);
    await open.set('1', undefined);
    expect(open.of('1')).toBe('enforce');
  });
});
