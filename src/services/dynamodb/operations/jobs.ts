/** What exports and imports share: ids, ARNs, page tokens. */
import { parseArn } from '../../../kernel/index.ts';
import { LimitExceededException, ValidationException } from '../errors.ts';
import type { Context, Room } from '../room.ts';
import { countRunning } from '../store/jobs.ts';
import { checkAccount } from './request.ts';

type Kind = 'import' | 'export';

/** `01693685827463-2d8752fd` */
export function newJobId({ ids }: Pick<Room, 'ids'>, startedAt: number): string {
  return `${String(startedAt).padStart(14, '0')}-${ids.token(8, '0123456789abcdef')}`;
}

/** @returns undefined when it isn't the ARN of an export or import of a table. */
export function jobOfArn(
  text: string,
  kind: Kind,
): { account: string; region: string; table: string; id: string } | undefined {
  const arn = parseArn(text);
  const [type, table, middle, id, ...more] = arn?.resource.split('/') ?? [];
  if (arn?.service !== 'dynamodb' || type !== 'table' || middle !== kind || more.length > 0) return undefined;
  if (!/^[a-zA-Z0-9_.-]{3,255}$/.test(table ?? '') || !table || !id) return undefined;
  return { account: arn.account, region: arn.region, table, id };
}

/** Jobs have no resource policies: another account's aren't reached. @throws AwsError AccessDeniedException */
export function checkOwnAccount(ctx: Context, account: string): void {
  checkAccount(ctx, { account });
}

/** @throws LimitExceededException */
export async function checkConcurrency(ctx: Context, kind: Kind, limit: number): Promise<void> {
  if ((await countRunning(ctx.room.items.store, kind, ctx, limit)) < limit) return;
  throw new LimitExceededException(
    `Subscriber limit exceeded: Only ${limit} ${kind}s can be in progress simultaneously`,
  );
}

/** What isn't the ARN of anything of this account is nothing that it may see. @throws AwsError AccessDeniedException */
export function checkOwnJob(ctx: Context, text: string): void {
  const arn = parseArn(text);
  if (!arn) return;
  const isForeign = arn.service !== 'dynamodb' || !arn.partition.startsWith('aws');
  checkOwnAccount(ctx, isForeign ? '' : arn.account);
}

/** The model wants groups of 16 hexadecimal digits, and 112 of them at least. */
const tokenBytesMin = 56;

export function pageToken(kind: Kind, last: readonly string[]): string {
  const text = JSON.stringify([kind, ...last]);
  const bytes = Buffer.byteLength(text);
  const length = Math.max(tokenBytesMin, Math.ceil(bytes / 8) * 8);
  return Buffer.from(text + ' '.repeat(length - bytes)).toString('hex');
}

/** @throws ValidationException when another operation made it, or nobody. */
export function readPageToken(kind: Kind, token: string | undefined): string[] | undefined {
  if (token === undefined) return undefined;
  try {
    const [made, ...last] = JSON.parse(Buffer.from(token, 'hex').toString()) as unknown[];
    if (made === kind && last.every((part) => typeof part === 'string')) return last;
  } catch {
    // Not ours: as one of another operation.
  }
  throw new ValidationException(`Invalid Request: Provided nextToken is invalid: ${token}`);
}
