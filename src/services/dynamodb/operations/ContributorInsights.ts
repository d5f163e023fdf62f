/** Contributor insights. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/contributorinsights.html */
import { insightsOf, ruleNames, withInsights } from '../domain/insights.ts';
import { checkRestored } from '../domain/states.ts';
import type { Index, Insights, InsightsMode, Table } from '../domain/table.ts';
import { ResourceNotFoundException, ValidationException } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Context } from '../room.ts';
import { checkNameLength } from './request.ts';
import { controlTable } from './Tables.ts';

interface Named {
  TableName: string;
  IndexName?: string;
}

export interface UpdateContributorInsightsInput extends Named {
  ContributorInsightsAction: 'ENABLE' | 'DISABLE';
  ContributorInsightsMode?: InsightsMode;
}

/** What is as asked already stays as it is, and the answer says how it is. */
export async function UpdateContributorInsights(
  ctx: Context,
  input: UpdateContributorInsightsInput,
): Promise<object> {
  const { table, index } = await named(ctx, input);
  const current = insightsOf(table, index);
  const enabled = current?.status === 'ENABLED' ? current : undefined;
  const about = { TableName: table.name, ...(index ? { IndexName: index.name } : {}) };
  if (input.ContributorInsightsAction === 'DISABLE') {
    if (!enabled) {
      return {
        ...about,
        ContributorInsightsStatus: 'DISABLED',
        ...(current ? { ContributorInsightsMode: current.mode } : {}),
      };
    }
    await write(ctx, table, { ...enabled, status: 'DISABLED', updatedAt: ctx.now });
    return {
      ...about,
      ContributorInsightsStatus: 'DISABLING',
      ContributorInsightsMode: enabled.mode,
    };
  }
  const mode = input.ContributorInsightsMode ?? 'ACCESSED_AND_THROTTLED_KEYS';
  if (enabled?.mode === mode) {
    return { ...about, ContributorInsightsStatus: 'ENABLED', ContributorInsightsMode: mode };
  }
  checkActive(table, index);
  await write(ctx, table, {
    ...(index ? { indexId: index.id } : {}),
    ...{ status: 'ENABLED', mode, updatedAt: ctx.now },
    // Another mode keeps the rules that both have.
    enabledAt: enabled?.enabledAt ?? ctx.now,
  });
  return { ...about, ContributorInsightsStatus: 'ENABLING', ContributorInsightsMode: mode };
}

async function write({ room }: Context, table: Table, insights: Insights): Promise<void> {
  await room.tables.update(table, (current) => withInsights(current, insights));
}

function checkActive(table: Table, index: Index | undefined): void {
  const what =
    table.status !== 'ACTIVE'
      ? 'TableStatus'
      : index && index.status !== 'ACTIVE'
        ? 'IndexStatus'
        : undefined;
  if (what === undefined) return;
  throw new ValidationException(
    `Table or Index is not in a valid state to update Key Access Insights: ${what} must be ACTIVE to enable ContributorInsights.`,
  );
}

export async function DescribeContributorInsights(ctx: Context, input: Named): Promise<object> {
  const { table, index } = await named(ctx, input);
  const insights = insightsOf(table, index);
  return {
    TableName: table.name,
    ...(index ? { IndexName: index.name } : {}),
    ...(insights?.status === 'ENABLED'
      ? { ContributorInsightsRuleList: ruleNames(table, index, insights) }
      : {}),
    ContributorInsightsStatus: insights?.status ?? 'DISABLED',
    ...(insights
      ? {
          LastUpdateDateTime: new Date(insights.updatedAt),
          ContributorInsightsMode: insights.mode,
        }
      : {}),
  };
}

export interface ListContributorInsightsInput {
  TableName?: string;
  NextToken?: string;
  MaxResults?: number;
}

/** Insights that are disabled aren't listed. */
export async function ListContributorInsights(
  ctx: Context,
  input: ListContributorInsightsInput,
): Promise<object> {
  const limit = input.MaxResults || limits.listInsightsMax;
  const start = input.NextToken === undefined ? undefined : readToken(input.NextToken);
  const found: Summary[] = [];
  const only = input.TableName === undefined ? undefined : await controlTable(ctx, input.TableName);
  if (only) found.push(...summaries(only, start));
  else await listAll(ctx, start, found, limit);
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return {
    ContributorInsightsSummaries: page,
    ...(found.length > limit && last ? { NextToken: writeToken(last) } : {}),
  };
}

/** Adds what comes after `start` to `found`, until it holds more than a page. */
async function listAll(
  ctx: Context,
  start: Named | undefined,
  found: Summary[],
  limit: number,
): Promise<void> {
  const { tables } = ctx.room;
  const first = start && (await tables.find(ctx, start.TableName));
  if (first) found.push(...summaries(first, start));
  let after = start?.TableName;
  while (found.length <= limit) {
    const page = await tables.list(ctx, after, limits.listInsightsMax);
    for (const table of page) found.push(...summaries(table));
    after = page.at(-1)?.name;
    if (page.length < limits.listInsightsMax) return;
  }
}

interface Summary extends Named {
  ContributorInsightsStatus: string;
  ContributorInsightsMode: InsightsMode;
}

/** The table's own first, then those of its global indexes. @param start those after it only. */
function summaries(table: Table, start?: Named): Summary[] {
  const globals = table.indexes.filter(({ kind }) => kind === 'global');
  const all = [undefined, ...globals].flatMap((index) => {
    const insights = insightsOf(table, index);
    if (insights?.status !== 'ENABLED') return [];
    return {
      TableName: table.name,
      ...(index ? { IndexName: index.name } : {}),
      ContributorInsightsStatus: insights.status,
      ContributorInsightsMode: insights.mode,
    };
  });
  if (start?.TableName !== table.name) return all;
  return all.slice(all.findIndex(({ IndexName }) => IndexName === start.IndexName) + 1);
}

function writeToken({ TableName, IndexName }: Named): string {
  return Buffer.from(JSON.stringify({ TableName, IndexName })).toString('base64url');
}

/** @throws ValidationException for what we didn't write. */
function readToken(text: string): Named {
  try {
    const { TableName, IndexName } = JSON.parse(Buffer.from(text, 'base64url').toString()) as Named;
    if (typeof TableName === 'string' && TableName.isWellFormed()) {
      return typeof IndexName === 'string' ? { TableName, IndexName } : { TableName };
    }
  } catch {
    // Said below.
  }
  throw new ValidationException('Invalid NextToken');
}

/** @throws ResourceNotFoundException for a table or global index that isn't there. */
async function named(ctx: Context, input: Named): Promise<{ table: Table; index: Index | undefined }> {
  if (input.IndexName !== undefined) checkNameLength(input.IndexName, 'IndexName');
  const table = await controlTable(ctx, input.TableName);
  checkRestored(table);
  if (input.IndexName === undefined) return { table, index: undefined };
  const index = table.indexes.find(({ kind, name }) => kind === 'global' && name === input.IndexName);
  if (!index) {
    throw new ResourceNotFoundException(
      `Requested resource not found: Index: ${input.IndexName} not found for table: ${table.name}`,
    );
  }
  return { table, index };
}
