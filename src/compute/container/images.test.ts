import { expect, it } from 'vitest';
import { PullProgress } from './images.ts';

it('a pull’s progress is read from what either engine says', () => {
  const docker = new PullProgress();
  expect(docker.read('latest: Pulling from library/alpine')).toBeUndefined();
  expect(docker.read('a1b2c3d4e5f6: Pulling fs layer')).toBeUndefined();
  expect(docker.read('f6e5d4c3b2a1: Already exists')).toBe('1 of 2 layers');
  expect(docker.read('a1b2c3d4e5f6: Pull complete')).toBe('2 of 2 layers');
  const podman = new PullProgress();
  expect(podman.read('Copying blob sha256:aabbcc')).toBeUndefined();
  expect(podman.read('Copying blob aabbcc done   |')).toBe('1 of 1 layers');
});
