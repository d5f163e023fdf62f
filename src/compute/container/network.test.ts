/** Which way containers reach this machine, by engine and by where Brume itself runs. */
import { describe, expect, it } from 'vitest';
import { chooseNetwork } from './network.ts';

const engine = (name: 'docker' | 'podman', kind: 'linux' | 'rootless' | 'machine') => ({
  name,
  kind,
  gateway: async () => '172.17.0.1',
});
const url = 'http://127.0.0.1:4566';

describe('the network of containers', () => {
  it('is the machine’s own with podman on Linux', async () => {
    const network = await chooseNetwork(engine('podman', 'rootless'), { addresses: [] });
    expect(network).toMatchObject({ args: ['--network', 'host'], listen: '127.0.0.1', name: '127.0.0.1' });
    expect(await network.reach(url)).toBe(url);
  });

  it('has a name for the machine around an engine’s virtual machine', async () => {
    const docker = await chooseNetwork(engine('docker', 'machine'), { addresses: [] });
    expect(docker).toMatchObject({ args: [], listen: '127.0.0.1', name: 'host.docker.internal' });
    expect(await docker.reach(url)).toBe('http://host.docker.internal:4566');
    expect(await docker.reach('http://localhost:4566/x')).toBe('http://host.docker.internal:4566/x');
    expect(await docker.reach('https://example.com/')).toBe('https://example.com/');
    const podman = await chooseNetwork(engine('podman', 'machine'), { addresses: [] });
    expect(podman.name).toBe('host.containers.internal');
  });

  it('is Docker’s bridge where this machine has an address on it', async () => {
    const network = await chooseNetwork(engine('docker', 'linux'), {
      addresses: ['127.0.0.1', '172.17.0.1'],
    });
    expect(network).toMatchObject({ listen: '172.17.0.1', name: '172.17.0.1' });
    expect(network.args).toEqual(['--add-host', 'host.docker.internal:host-gateway']);
    expect(await network.reach('https://sqs.us-east-1.amazonaws.com')).toBe(
      'https://sqs.us-east-1.amazonaws.com',
    );
    network.close();
  });

  it('is that of Brume’s own container, where it runs in one', async () => {
    const around = { addresses: ['172.17.0.5'], ownContainer: 'abc' };
    const network = await chooseNetwork(engine('docker', 'linux'), around);
    expect(network).toMatchObject({ args: ['--network', 'container:abc'], listen: '127.0.0.1' });
  });

  it('can’t be had from a rootless Docker', async () => {
    await expect(chooseNetwork(engine('docker', 'rootless'), { addresses: [] })).rejects.toThrow(
      /use podman/,
    );
  });
});
