/**
 * Contributor insights: which keys of a table or global index are used most, and which are throttled most.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/contributorinsights_HowItWorks.html
 */
import type { Index, Insights, InsightsMode, Table } from './table.ts';

/** What a rule counts: partition keys or whole keys, consumed units or throttled requests. */
export type RuleKind = 'PKC' | 'SKC' | 'PKT' | 'SKT';

export function ruleKinds(mode: InsightsMode, hasSortKey: boolean): RuleKind[] {
  const kinds: RuleKind[] = hasSortKey ? ['PKC', 'SKC', 'PKT', 'SKT'] : ['PKC', 'PKT'];
  return mode === 'THROTTLED_KEYS' ? kinds.filter((kind) => kind.endsWith('T')) : kinds;
}

/** The names that AWS gives the CloudWatch rules. */
export function ruleNames(table: Table, index: Index | undefined, { mode, enabledAt }: Insights): string[] {
  const resource = index ? `${table.name}-${index.name}` : table.name;
  const hasSortKey = (index ?? table).key.sort !== undefined;
  return ruleKinds(mode, hasSortKey).map(
    (kind) => `DynamoDBContributorInsights-${kind}-${resource}-${enabledAt}`,
  );
}

export function insightsOf(table: Table, index: Index | undefined): Insights | undefined {
  return table.insights?.find(({ indexId }) => indexId === index?.id);
}

/** The table with insights changed, and a note for the hot path of whether any are enabled. */
export function withInsights(table: Table, changed: Insights): Table {
  const { countsKeys: _, ...rest } = table;
  const others = (table.insights ?? []).filter(({ indexId }) => indexId !== changed.indexId);
  const insights = [...others, changed];
  return {
    ...rest,
    insights,
    ...(insights.some(({ status }) => status === 'ENABLED') ? { countsKeys: true as const } : {}),
  };
}
