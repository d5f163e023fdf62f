/**
 * Signature Version 4: the signature a request should have, and whether it has it.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
 */
import { timingSafeEqual } from 'node:crypto';
import { canonicalRequest, type PathRules, pathRulesOf, type SignedRequest, sha256Hex } from './canonical.ts';
import { authenticationError, type ErrorFamily } from './errors.ts';
import { HmacKey } from './hmac.ts';
import { formatCompactDate, type Signature } from './signature.ts';

/** AWS refuses requests signed more than 15 minutes ago or ahead. */
export const skewMaxMs = 15 * 60_000;

/** Derived keys are kept: four HMACs a request would otherwise be the dearest part of a verification. */
const secretsMax = 1_000;
const signingKeys = new Map<string, DerivedKey[]>();
/** Of one secret: regions and services that somebody works with at once. */
const keysOfSecretMax = 20;

interface DerivedKey {
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly key: HmacKey;
}

export interface VerifyOptions {
  readonly secretAccessKey: string;
  readonly payloadHash: string;
  readonly family: ErrorFamily;
  /** The cloud's time, which tests may move: presigned URLs expire by it. */
  readonly now: number;
  /** The machine's time, by which clients sign wherever the cloud's clock stands; `now` when absent. */
  readonly machineNow?: number;
  /** Those of the signing name when absent. */
  readonly rules?: PathRules;
  /** The session token was added after signing (AWS IoT's way): it isn't part of the canonical query. */
  readonly tokenUnsigned?: boolean;
}

/** @throws AwsError in the family's words: skew, expiry, unsigned host, mismatch. */
export function verifySignature(request: SignedRequest, signature: Signature, options: VerifyOptions): void {
  checkTime(signature, options);
  checkSignedHeaders(request, signature, options.family);
  const expected = signatureOf(request, signature, options);
  if (!equalInConstantTime(expected, signature.signature))
    throw authenticationError(options.family, 'mismatch');
}

/** The signature that `request` must carry. */
export function signatureOf(
  request: SignedRequest,
  signature: Omit<Signature, 'signature'>,
  options: Pick<VerifyOptions, 'secretAccessKey' | 'payloadHash' | 'rules' | 'tokenUnsigned'>,
): string {
  const isExcluded =
    signature.by === 'query'
      ? (name: string) =>
          name === 'X-Amz-Signature' || (options.tokenUnsigned === true && name === 'X-Amz-Security-Token')
      : undefined;
  const rules = options.rules ?? pathRulesOf(signature.service);
  const canonical = canonicalRequest(
    request,
    signature.signedHeaders,
    options.payloadHash,
    rules,
    isExcluded,
  );
  const toSign = `AWS4-HMAC-SHA256\n${signature.timestamp}\n${scopeText(signature)}\n${sha256Hex(canonical)}`;
  const key = signingKey(options.secretAccessKey, signature.date, signature.region, signature.service);
  return key.hex(toSign);
}

export function scopeText(scope: { date: string; region: string; service: string }): string {
  return `${scope.date}/${scope.region}/${scope.service}/aws4_request`;
}

export function signingKey(secret: string, date: string, region: string, service: string): HmacKey {
  let keys = signingKeys.get(secret);
  if (keys) {
    for (const known of keys)
      if (known.service === service && known.region === region && known.date === date) return known.key;
  } else {
    if (signingKeys.size >= secretsMax) forgetOldest();
    keys = [];
    signingKeys.set(secret, keys);
  }
  let key = new HmacKey(`AWS4${secret}`);
  for (const part of [date, region, service, 'aws4_request']) key = new HmacKey(key.digest(part));
  if (keys.unshift({ date, region, service, key }) > keysOfSecretMax) keys.pop();
  return key;
}

function forgetOldest(): void {
  const oldest = signingKeys.keys().next();
  if (!oldest.done) signingKeys.delete(oldest.value);
}

/** Signatures are 64 characters: they are compared where the last ones were. */
const [ours, theirs] = [Buffer.alloc(64), Buffer.alloc(64)];

export function equalInConstantTime(expected: string, given: string): boolean {
  if (expected.length === ours.length && given.length === theirs.length && /^[0-9a-f]*$/.test(given)) {
    ours.write(expected, 'latin1');
    theirs.write(given, 'latin1');
    return timingSafeEqual(ours, theirs);
  }
  const a = Buffer.from(expected);
  const b = Buffer.from(given);
  return a.length === b.length && timingSafeEqual(a, b);
}

function checkTime(signature: Signature, { family, now, machineNow = now }: VerifyOptions): void {
  const { signedAt, timestamp } = signature;
  if (!timestamp.startsWith(signature.date)) {
    throw authenticationError(
      family,
      'mismatch',
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${signature.date}' != '${timestamp.slice(0, 8)}', from '${timestamp}'.`,
    );
  }
  if (signature.expiresSeconds !== undefined) {
    const end = signedAt + signature.expiresSeconds * 1_000;
    if (now > end) {
      const words =
        family === 's3'
          ? undefined
          : `Signature expired: ${timestamp} is now earlier than ${formatCompactDate(now - signature.expiresSeconds * 1_000)} (${formatCompactDate(now)} - ${signature.expiresSeconds / 60} min.)`;
      throw authenticationError(family, 'presignExpired', words);
    }
  } else if (signedAt < Math.min(now, machineNow) - skewMaxMs) {
    throw skewed(
      family,
      `Signature expired: ${timestamp} is now earlier than ${formatCompactDate(now - skewMaxMs)} (${formatCompactDate(now)} - 15 min.)`,
    );
  }
  if (signedAt > Math.max(now, machineNow) + skewMaxMs) {
    throw skewed(
      family,
      `Signature not yet current: ${timestamp} is still later than ${formatCompactDate(now + skewMaxMs)} (${formatCompactDate(now)} + 15 min.)`,
    );
  }
}

function skewed(family: ErrorFamily, message: string) {
  return authenticationError(family, 'skewed', family === 's3' ? undefined : message);
}

function checkSignedHeaders(request: SignedRequest, signature: Signature, family: ErrorFamily): void {
  const signed = `;${signature.signedHeaders};`;
  if (!signed.includes(';host;') && !signed.includes(';:authority;')) {
    throw authenticationError(
      family,
      'mismatch',
      "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
    );
  }
  // S3 refuses x-amz-* headers that the signature doesn't cover: each of them changes what is stored.
  if (family !== 's3') return;
  for (const name in request.headers) {
    if (!name.startsWith('x-amz-') || signed.includes(`;${name};`)) continue;
    if (name === 'x-amz-content-sha256' && signature.by === 'query') continue;
    throw authenticationError(
      family,
      'missing',
      'There were headers present in the request which were not signed',
    );
  }
}
