/** The certificate of the port: made at the first TLS connection and kept, so that a client trusts it once. */
import { X509Certificate } from 'node:crypto';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

const daysValid = 825;
const renewBeforeMs = 30 * 86_400_000;

/**
 * Reads the self-signed certificate from `folder`, or makes one. The key's file has mode 0600.
 * @param region wildcards match one label only, so regional host names are listed for this region.
 */
export async function selfSignedCertificate(
  folder: string,
  now: number,
  region: string,
): Promise<Certificate> {
  const [certFile, keyFile] = [join(folder, 'tls.crt'), join(folder, 'tls.key')];
  try {
    const [cert, key] = await Promise.all([readFile(certFile, 'utf8'), readFile(keyFile, 'utf8')]);
    if (Date.parse(new X509Certificate(cert).validTo) > now + renewBeforeMs) return { cert, key };
  } catch {
    // Absent or unreadable: a new one takes its place.
  }
  // The default export is the whole CommonJS module, in a bundle too; named ones are Node's guess.
  const { default: selfsigned } = await import('selfsigned');
  const made = await selfsigned.generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(now - 86_400_000),
    notAfterDate: new Date(now + daysValid * 86_400_000),
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'keyUsage', keyCertSign: true, digitalSignature: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [...names(region).map((value) => ({ type: 2 as const, value })), ...addresses],
      },
    ],
  });
  await mkdir(folder, { recursive: true });
  await writeWhole(keyFile, made.private, 0o600);
  await writeWhole(certFile, made.cert, 0o644);
  return { cert: made.cert, key: made.private };
}

const addresses = [
  { type: 7 as const, ip: '127.0.0.1' },
  { type: 7 as const, ip: '::1' },
];

function names(region: string): string[] {
  const domains = ['localhost', 'localhost.localstack.cloud'];
  return domains.flatMap((domain) => [
    domain,
    `*.${domain}`,
    ...[
      's3',
      'execute-api',
      `${region}`,
      `s3.${region}`,
      `execute-api.${region}`,
      `lambda-url.${region}`,
      `auth.${region}`,
    ].map((label) => `*.${label}.${domain}`),
  ]);
}

async function writeWhole(file: string, text: string, mode: number): Promise<void> {
  const temporary = `${file}.new`;
  await writeFile(temporary, text, { mode });
  // The mode of writeFile doesn't change a file that was there.
  await chmod(temporary, mode);
  await rename(temporary, file);
}
