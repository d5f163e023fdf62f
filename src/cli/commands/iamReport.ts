/** `brume iam report`: what policies deny, and the policy that a role or user would need for what it does. */
import { writeFile } from 'node:fs/promises';
import type { IamReport, ReportedDenial, ReportedPrincipal } from '../../cloud/index.ts';
import { timeOf } from '../durations.ts';
import { exitCodes, Failure } from '../failure.ts';
import { table } from '../table.ts';
import { control, resolveTarget, type TargetOptions } from '../target.ts';

export interface ReportOptions extends TargetOptions {
  role?: string;
  user?: string;
  account?: string;
  since?: string;
  write?: string;
  json?: boolean;
}

type Answer = IamReport & { default: string; accounts: Record<string, string> };

/** Managed policies are at most this long, without white space. */
const managedCharactersMax = 6_144;

export async function iamReport(options: ReportOptions): Promise<void> {
  const principal = principalOf(options);
  if (options.write !== undefined && principal === undefined) {
    throw new Failure('A policy is written for one role or user.', {
      exitCode: exitCodes.usage,
      hints: ['Name it: brume iam report --role worker --write policy.json'],
    });
  }
  const report = await ask(options, principal);
  if (principal === undefined) {
    process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : overview(report));
    return;
  }
  const found = onlyOne(report, principal);
  const policy = `${JSON.stringify(found.policy, null, 2)}\n`;
  if (options.write !== undefined) await write(options.write, policy);
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ ...found, denials: report.denials }, null, 2)}\n`);
    return;
  }
  if (report.denials.length > 0) process.stderr.write(`${denialTable(report.denials)}\n`);
  process.stderr.write(summary(found));
  if (options.write === undefined) process.stdout.write(policy);
  else process.stderr.write(`Wrote ${options.write}.\n`);
}

function principalOf({ role, user }: ReportOptions): string | undefined {
  if (role !== undefined && user !== undefined) {
    throw new Failure('Name a role or a user, not both.', { exitCode: exitCodes.usage });
  }
  if (role !== undefined) return `role/${role}`;
  return user === undefined ? undefined : `user/${user}`;
}

async function ask(options: ReportOptions, principal: string | undefined): Promise<Answer> {
  const query = new URLSearchParams();
  if (principal !== undefined) query.set('principal', principal);
  if (options.account !== undefined) query.set('account', options.account);
  if (options.since !== undefined) query.set('sinceMs', String(timeOf(options.since)));
  const response = await control(resolveTarget(options), `iam/report?${query}`);
  return (await response.json()) as Answer;
}

/** Accounts may have roles of one name; then which one is meant has to be said. */
function onlyOne({ principals }: Answer, principal: string): ReportedPrincipal {
  const [found, ...others] = principals;
  if (!found) {
    throw new Failure(`Nothing was seen of ${principal.replace('/', ' ')}.`, {
      hints: ['brume iam report lists whose calls were seen; --since may be too short.'],
    });
  }
  if (others.length > 0) {
    throw new Failure(`Several accounts have a ${principal.replace('/', ' ')}.`, {
      exitCode: exitCodes.usage,
      hints: [`Say which with --account: ${principals.map(({ account }) => account).join(', ')}.`],
    });
  }
  return found;
}

async function write(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (error) {
    throw new Failure(`${file} can't be written: ${(error as Error).message}`);
  }
}

function summary({ principal, account, calls, actions, policy }: ReportedPrincipal): string {
  const length = JSON.stringify(policy).length;
  return [
    `${principal} of ${account}: ${calls} calls of ${actions} actions; the policy that allows what was seen:\n`,
    length > managedCharactersMax
      ? `It has ${length} characters, and a managed policy ${managedCharactersMax} at most: divide it.\n`
      : '',
  ].join('');
}

function overview(report: Answer): string {
  const { denials, principals } = report;
  if (denials.length === 0 && principals.length === 0) return nothing(report);
  const parts = [denials.length === 0 ? 'Policies denied nothing.\n' : denialTable(denials)];
  if (principals.length > 0) {
    parts.push(
      table(
        ['PRINCIPAL', 'ACCOUNT', 'CALLS', 'ACTIONS', 'LAST SEEN'],
        principals.map((each) => [
          each.principal,
          each.account,
          String(each.calls),
          String(each.actions),
          each.lastSeen,
        ]),
      ),
      'A policy made of what was seen: brume iam report --role NAME (or --user NAME) --write policy.json\n',
    );
  }
  return parts.join('\n');
}

function denialTable(denials: readonly ReportedDenial[]): string {
  return table(
    ['DENIED', 'LAST SEEN', 'PRINCIPAL', 'ACTION', 'RESOURCE', 'WHY'],
    denials.map((each) => [
      `${each.count}×${each.refused ? '' : ' (let pass)'}`,
      each.lastSeen,
      each.principal,
      each.action,
      each.resource,
      whyOf(each.reason),
    ]),
  );
}

/** What of AWS's words the other columns don't say. */
function whyOf(reason: string): string {
  return (
    /(?:because|with) (no .+? allows|an? explicit deny .*|the explicit deny .*)/.exec(reason)?.[1] ?? reason
  );
}

function nothing({ default: usual, accounts }: Answer): string {
  const isOff = usual === 'off' && Object.keys(accounts).length === 0;
  return isOff
    ? 'Nothing was seen: policies are not asked here. `brume iam mode audit` has them asked, and refuses nothing.\n'
    : [
        'Nothing was seen yet. What users, roles and functions do is recorded here, and what policies say to it.',
        'Calls with the keys test/test are the root user’s, who may do everything: run your application with the keys of',
        'a user or role, or invoke a function, and ask again.\n',
      ].join('\n');
}
