import { describe, expect, it } from 'vitest';
import { changeSettings, defaultSettings } from './settings.ts';

const change = (input: Parameters<typeof changeSettings>[1]) =>
  changeSettings(defaultSettings('f'), input, 'f');

describe('settings', () => {
  it('begin with AWS’s defaults and keep what a change doesn’t mention', () => {
    const first = change({ Timeout: 10, Environment: { Variables: { AA: '1' } } });
    expect(first).toMatchObject({
      timeout: 10,
      memoryMb: 128,
      ephemeralStorageMb: 512,
      environment: { AA: '1' },
    });
    const second = changeSettings(first, { MemorySize: 256 }, 'f');
    expect(second).toMatchObject({ timeout: 10, memoryMb: 256, environment: { AA: '1' } });
  });

  it('stay within the quotas', () => {
    expect(() => change({ Timeout: 901 })).toThrow("Value '901' at 'timeout' failed to satisfy constraint");
    expect(() => change({ MemorySize: 10_241 })).toThrow('less than or equal to 10240');
    expect(() => change({ EphemeralStorage: { Size: 511 } })).toThrow('greater than or equal to 512');
    expect(() => change({ Layers: ['a', 'b', 'c', 'd', 'e', 'f'] })).toThrow('more than 5 layers');
  });

  it('leave the platform’s variables alone', () => {
    expect(() => change({ Environment: { Variables: { AWS_REGION: 'x', A: '1' } } })).toThrow(
      'Reserved keys used in this request: AWS_REGION',
    );
    expect(() => change({ Environment: { Variables: { '1A': 'x' } } })).toThrow('regular expression pattern');
    expect(() => change({ Environment: { Variables: { AA: 'x'.repeat(4096) } } })).toThrow(
      'exceeded the 4KB limit',
    );
  });

  it('take log levels only with JSON', () => {
    expect(() => change({ LoggingConfig: { ApplicationLogLevel: 'DEBUG' } })).toThrow('LogFormat to JSON');
    expect(change({ LoggingConfig: { LogFormat: 'JSON', ApplicationLogLevel: 'DEBUG' } }).logging).toEqual({
      format: 'JSON',
      group: '/aws/lambda/f',
      applicationLevel: 'DEBUG',
      systemLevel: 'INFO',
    });
  });

  it('refuse by name what isn’t built', () => {
    const mounted = { Arn: 'arn:aws:elasticfilesystem:us-east-1:0:access-point/a', LocalMountPath: '/mnt/a' };
    expect(() => change({ FileSystemConfigs: [mounted] })).toThrow('FileSystemConfigs is not implemented');
    expect(change({ FileSystemConfigs: [] }).memoryMb).toBe(128);
  });

  it('record a network, its subnets with their security groups', () => {
    const inside = change({ VpcConfig: { SubnetIds: ['subnet-1'], SecurityGroupIds: ['sg-1'] } });
    expect(inside.vpc).toEqual({
      subnetIds: ['subnet-1'],
      securityGroupIds: ['sg-1'],
      ipv6AllowedForDualStack: false,
    });
    expect(changeSettings(inside, { Timeout: 5 }, 'f').vpc).toEqual(inside.vpc);
    const outside = changeSettings(inside, { VpcConfig: { SubnetIds: [], SecurityGroupIds: [] } }, 'f');
    expect(outside.vpc).toBeUndefined();
    expect(() => change({ VpcConfig: { SubnetIds: ['subnet-1'] } })).toThrow(
      'SubnetIds and SecurityIds must coexist or be both empty list.',
    );
  });

  it('record a key, and forget it', () => {
    const keyed = change({ KMSKeyArn: 'arn:aws:kms:us-east-1:000000000000:key/k' });
    expect(keyed.kmsKeyArn).toBe('arn:aws:kms:us-east-1:000000000000:key/k');
    expect(changeSettings(keyed, { KMSKeyArn: '' }, 'f').kmsKeyArn).toBeUndefined();
  });
});
