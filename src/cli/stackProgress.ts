/**
 * Follows a stack operation by its events and draws it: on a terminal a live tree of resources with durations,
 * otherwise a line per event. Everything goes to standard error; standard output is for results.
 */
import {
  type CloudFormationClient,
  DescribeStackEventsCommand,
  type StackEvent,
} from '@aws-sdk/client-cloudformation';
import { clock } from './clock.ts';

export interface StackOutcome {
  status: string;
  reason: string | undefined;
  /** Resources that failed on their own account (not because another failure cancelled them), first first. */
  failures: { logicalId: string; type: string; reason: string }[];
}

const pollMs = 100;
const finalStackStatus = /_(COMPLETE|FAILED)$/;
const notFinal = /CLEANUP_IN_PROGRESS$/;

interface Row {
  logicalId: string;
  type: string;
  status: string;
  reason: string;
  startedAt: number;
  endedAt: number | undefined;
}

/** @param since events at or before this time belong to earlier operations. */
export async function followStack(
  client: CloudFormationClient,
  stackId: string,
  since: Date | undefined,
  terminal: NodeJS.WriteStream = process.stderr,
): Promise<StackOutcome> {
  const rows = new Map<string, Row>();
  const seen = new Set<string>();
  const failures: StackOutcome['failures'] = [];
  const screen = terminal.isTTY ? new LiveTree(terminal) : undefined;
  for (;;) {
    const fresh = await newEvents(client, stackId, seen, since);
    for (const event of fresh) {
      const isStack = event.PhysicalResourceId === event.StackId;
      if (!isStack) note(rows, failures, event);
      if (!screen) terminal.write(`${eventLine(event)}\n`);
      const status = event.ResourceStatus ?? '';
      if (isStack && finalStackStatus.test(status) && !notFinal.test(status)) {
        screen?.draw(rows, true);
        return { status, reason: event.ResourceStatusReason, failures };
      }
    }
    screen?.draw(rows, false);
    await clock.sleep(pollMs);
  }
}

/** The newest event's time, to tell what is new about the next operation. */
export async function lastEventTime(
  client: CloudFormationClient,
  stackName: string,
): Promise<Date | undefined> {
  const page = await client
    .send(new DescribeStackEventsCommand({ StackName: stackName }))
    .catch(() => undefined);
  return page?.StackEvents?.[0]?.Timestamp;
}

async function newEvents(
  client: CloudFormationClient,
  stackId: string,
  seen: Set<string>,
  since: Date | undefined,
): Promise<StackEvent[]> {
  const fresh: StackEvent[] = [];
  let token: string | undefined;
  do {
    const page = await client.send(
      new DescribeStackEventsCommand({ StackName: stackId, ...(token ? { NextToken: token } : {}) }),
    );
    token = page.NextToken;
    for (const event of page.StackEvents ?? []) {
      // Newest first: the first known event ends what is new.
      if (seen.has(event.EventId ?? '') || (since && event.Timestamp && event.Timestamp <= since)) {
        token = undefined;
        break;
      }
      fresh.push(event);
    }
  } while (token);
  for (const event of fresh) seen.add(event.EventId ?? '');
  return fresh.reverse();
}

function note(rows: Map<string, Row>, failures: StackOutcome['failures'], event: StackEvent): void {
  const logicalId = event.LogicalResourceId ?? '';
  const status = event.ResourceStatus ?? '';
  const at = event.Timestamp?.getTime() ?? clock.now();
  const reason = event.ResourceStatusReason ?? '';
  const row = rows.get(logicalId);
  const ended = finalStackStatus.test(status) ? at : undefined;
  if (row && row.status.split('_')[0] === status.split('_')[0]) {
    Object.assign(row, { status, reason: reason || row.reason, endedAt: ended });
  } else {
    rows.set(logicalId, {
      logicalId,
      type: event.ResourceType ?? '',
      status,
      reason,
      startedAt: at,
      endedAt: ended,
    });
  }
  if (status.endsWith('_FAILED') && !/^Resource (creation|update) cancelled/i.test(reason)) {
    failures.push({ logicalId, type: event.ResourceType ?? '', reason });
  }
}

function eventLine(event: StackEvent): string {
  const time = event.Timestamp?.toISOString().slice(11, 19) ?? '';
  const reason = event.ResourceStatusReason ? `  ${event.ResourceStatusReason}` : '';
  return `${time}  ${(event.ResourceStatus ?? '').padEnd(28)} ${event.LogicalResourceId} (${event.ResourceType})${reason}`;
}

/** Redraws the rows in place; what no longer fits the terminal's height is folded into a count. */
class LiveTree {
  readonly #terminal: NodeJS.WriteStream;
  #height = 0;

  constructor(terminal: NodeJS.WriteStream) {
    this.#terminal = terminal;
  }

  draw(rows: ReadonlyMap<string, Row>, final: boolean): void {
    const all = [...rows.values()];
    const room = Math.max(5, (this.#terminal.rows ?? 24) - 3);
    // While it runs, what is moving matters most; at the end everything is shown once.
    const shown = final
      ? all
      : [...all].sort((a, b) => Number(!!a.endedAt) - Number(!!b.endedAt)).slice(0, room);
    const lines = shown.map((row, index) => this.#line(row, index === shown.length - 1));
    if (shown.length < all.length) lines.push(`   … and ${all.length - shown.length} finished`);
    const up = this.#height > 0 ? `\x1b[${this.#height}A` : '';
    this.#terminal.write(`${up}\x1b[0J${lines.map((line) => `${line}\n`).join('')}`);
    this.#height = final ? 0 : lines.length;
  }

  #line(row: Row, last: boolean): string {
    const failed = row.status.endsWith('_FAILED');
    const done = row.endedAt !== undefined;
    const mark = failed ? '\x1b[31m✗' : done ? '\x1b[32m✓' : '\x1b[33m…';
    const took = `${(((row.endedAt ?? clock.now()) - row.startedAt) / 1000).toFixed(1)} s`;
    const width = (this.#terminal.columns ?? 100) - 1;
    const text = `${last ? '└' : '├'}─ ${row.logicalId}  ${row.type}  ${row.status.toLowerCase().replaceAll('_', ' ')}  ${took}`;
    return `${mark}\x1b[0m ${text.slice(0, width - 2)}${failed && row.reason ? `\n   ${row.reason}` : ''}`;
  }
}
