/** `brume logs [-f] FUNCTION`: the lines of a log group, oldest first. */
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { clock } from '../clock.ts';
import { exitCodes, Failure } from '../failure.ts';
import { clientConfig, reach, resolveTarget, type TargetOptions } from '../target.ts';

const unitMs: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** How often a followed log is asked for more. */
const pollMs = 500;
/** Ids remembered so that a line at the edge of two polls is shown once. */
const seenMax = 10_000;

export async function logs(
  name: string,
  options: TargetOptions & { follow?: boolean; since: string },
): Promise<void> {
  const target = resolveTarget(options);
  const client = new CloudWatchLogsClient(clientConfig(target));
  const logGroupName = name.startsWith('/') ? name : `/aws/lambda/${name}`;
  let startTime = clock.now() - parseDuration(options.since);
  let seen = new Set<string>();
  do {
    let nextToken: string | undefined;
    do {
      const page = await reach(target, () =>
        client.send(
          new FilterLogEventsCommand({ logGroupName, startTime, ...(nextToken ? { nextToken } : {}) }),
        ),
      ).catch((error: unknown) => {
        if (error instanceof Error && error.name === 'ResourceNotFoundException') {
          if (options.follow) return { events: [], nextToken: undefined };
          throw new Failure(`There is no log group ${logGroupName}.`, {
            hints: [
              'A function makes its group at its first invocation. `aws logs describe-log-groups` lists what is there.',
            ],
          });
        }
        throw error;
      });
      for (const event of page.events ?? []) {
        const id = event.eventId ?? `${event.timestamp}:${event.message}`;
        if (seen.has(id)) continue;
        seen.add(id);
        startTime = Math.max(startTime, event.timestamp ?? 0);
        process.stdout.write(
          `${new Date(event.timestamp ?? 0).toISOString()} ${event.message?.trimEnd() ?? ''}\n`,
        );
      }
      nextToken = page.nextToken;
    } while (nextToken);
    if (seen.size > seenMax) seen = new Set([...seen].slice(-seenMax / 2));
    if (options.follow) await clock.sleep(pollMs);
  } while (options.follow);
}

function parseDuration(text: string): number {
  const match = /^(\d+)([smhd])$/.exec(text);
  if (!match)
    throw new Failure(`--since takes 30s, 10m, 2h or 1d; got ${text}.`, { exitCode: exitCodes.usage });
  return Number(match[1]) * (unitMs[match[2] ?? 's'] ?? 1_000);
}
