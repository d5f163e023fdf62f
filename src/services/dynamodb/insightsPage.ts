/** `/_brume/services/dynamodb/contributor-insights`: what CloudWatch's reports on the rules would show. */
import { AwsError } from '../../kernel/index.ts';
import type { ControlPage } from '../../platform/index.ts';
import { insightsOf, ruleKinds, ruleNames } from './domain/insights.ts';
import { limits } from './limits.ts';
import type { Room } from './room.ts';

const minuteMs = 60_000;
const minutesDefault = 60;
const contributorsDefault = 10;

/**
 * Query: `table`, and, if wanted, `index`, `account`, `region`, `minutes` (how far to look back), `max` (contributors
 * of a rule).
 */
export const insightsPage: ControlPage<Room> = async (room, query) => {
  const { defaultAccount, defaultRegion } = room.platform.config;
  const account = query.get('account') ?? defaultAccount;
  const region = query.get('region') ?? defaultRegion;
  const name = query.get('table');
  if (!name) throw badRequest('Say which table: ?table=NAME.');
  const table = await room.tables.find({ account, region }, name);
  if (!table) throw badRequest(`Account ${account} has no table ${name} in ${region}.`);
  const indexName = query.get('index');
  const index = table.indexes.find((one) => one.kind === 'global' && one.name === indexName);
  if (indexName !== null && !index) throw badRequest(`${name} has no global index ${indexName}.`);
  const insights = insightsOf(table, index);
  if (insights?.status !== 'ENABLED') return { status: 'DISABLED', rules: [] };
  const to = room.clock.now() + 1;
  const from =
    to - wholeNumber(query, 'minutes', minutesDefault, limits.insightsKeptMs / minuteMs) * minuteMs;
  const max = wholeNumber(query, 'max', contributorsDefault, limits.insightsContributors);
  const names = ruleNames(table, index, insights);
  const kinds = ruleKinds(insights.mode, (index ?? table).key.sort !== undefined);
  const rules = kinds.map(async (kind, at) => ({
    rule: names[at],
    contributors: await room.insights.report(
      { tableId: table.id, indexId: index?.id ?? '', kind },
      from,
      to,
      max,
    ),
  }));
  return { status: 'ENABLED', mode: insights.mode, rules: await Promise.all(rules) };
};

function wholeNumber(query: URLSearchParams, name: string, usual: number, max: number): number {
  const value = Number(query.get(name) ?? usual);
  if (Number.isInteger(value) && value >= 1 && value <= max) return value;
  throw badRequest(`${name} is a whole number from 1 to ${max}.`);
}

function badRequest(message: string): AwsError {
  return new AwsError('BadRequest', message, { status: 400 });
}
