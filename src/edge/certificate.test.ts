import { X509Certificate } from 'node:crypto';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { selfSignedCertificate } from './certificate.ts';

const day = 86_400_000;
const now = Date.parse('2025-06-01T00:00:00Z');
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-certificate-'));
});
afterAll(() => rm(folder, { recursive: true }));

it('is made once, kept from other users, and renewed before it ends', async () => {
  const first = await selfSignedCertificate(folder, now, 'eu-west-1');
  expect((await stat(join(folder, 'tls.key'))).mode & 0o777).toBe(0o600);
  expect(await selfSignedCertificate(folder, now + 700 * day, 'eu-west-1')).toEqual(first);
  const renewed = await selfSignedCertificate(folder, now + 800 * day, 'eu-west-1');
  expect(renewed.cert).not.toBe(first.cert);
  expect((await stat(join(folder, 'tls.key'))).mode & 0o777).toBe(0o600);
});

it('names this machine and the hosts of the data planes', async () => {
  const { cert } = await selfSignedCertificate(folder, now, 'eu-west-1');
  const certificate = new X509Certificate(cert);
  const hosts = [
    'localhost',
    'b.s3.localhost',
    'a1.execute-api.eu-west-1.localhost.localstack.cloud',
    'f.lambda-url.eu-west-1.localhost',
  ];
  for (const host of hosts) expect(certificate.checkHost(host), host).toBeDefined();
  expect(certificate.checkHost('example.com')).toBeUndefined();
  expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
});

it('is made anew when its files are damaged', async () => {
  await writeFile(join(folder, 'tls.crt'), 'nonsense');
  expect((await selfSignedCertificate(folder, now, 'eu-west-1')).cert).toContain('BEGIN CERTIFICATE');
});
