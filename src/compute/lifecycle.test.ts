import { describe, expect, it } from 'vitest';
import { canMove, move, type Phase } from './lifecycle.ts';

const phases: Phase[] = [
  'starting',
  'idle',
  'loading',
  'restoring',
  'ready',
  'running',
  'frozen',
  'stopping',
  'stopped',
];

describe('the life of an environment', () => {
  it('goes from the pool through invocations and rests to its end', () => {
    const life: Phase[] = [
      'starting',
      'idle',
      'loading',
      'running',
      'ready',
      'frozen',
      'running',
      'ready',
      'stopping',
      'stopped',
    ];
    for (let at = 1; at < life.length; at++)
      expect(move(life[at - 1] as Phase, life[at] as Phase)).toBe(life[at]);
  });

  it('goes by way of the restore when it was initialized ahead', () => {
    const life: Phase[] = ['loading', 'ready', 'frozen', 'restoring', 'running'];
    for (let at = 1; at < life.length; at++)
      expect(move(life[at - 1] as Phase, life[at] as Phase)).toBe(life[at]);
    expect(canMove('running', 'restoring')).toBe(false);
  });

  it('can end from everywhere, and from the end leads nowhere', () => {
    for (const phase of phases) if (phase !== 'stopped') expect(canMove(phase, 'stopped')).toBe(true);
    for (const phase of phases) expect(canMove('stopped', phase)).toBe(false);
  });

  it('refuses what the table doesn’t know', () => {
    expect(() => move('idle', 'running')).toThrow('moves along its table');
    expect(() => move('frozen', 'ready')).toThrow('moves along its table');
    expect(() => move('stopping', 'ready')).toThrow('moves along its table');
  });
});
