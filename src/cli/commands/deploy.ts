/** `brume deploy TEMPLATE --stack NAME`: package local code, make a change set, execute it, show it, print the outputs. */
import { stat } from 'node:fs/promises';
import {
  CloudFormationClient,
  CreateChangeSetCommand,
  DeleteChangeSetCommand,
  DeleteStackCommand,
  DescribeChangeSetCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
  type Stack,
} from '@aws-sdk/client-cloudformation';
import { artifactUploader } from '../artifacts.ts';
import { clock } from '../clock.ts';
import { exitCodes, Failure } from '../failure.ts';
import { type Artifact, packageTemplate } from '../package/index.ts';
import { followStack, lastEventTime } from '../stackProgress.ts';
import { clientConfig, reach, resolveTarget, type Target, type TargetOptions } from '../target.ts';
import { templateLine } from '../templateLine.ts';

export interface DeployOptions extends TargetOptions {
  stack: string;
  param: Record<string, string>;
  json?: boolean;
}

const pollMs = 50;

export interface Deployed {
  readonly stack: Stack | undefined;
  /** What was packaged, for whoever watches it. */
  readonly artifacts: readonly Artifact[];
  readonly changed: boolean;
}

export async function deploy(template: string, options: DeployOptions): Promise<void> {
  const target = resolveTarget(options);
  const { stack } = await reach(target, () => deployTemplate(target, template, options));
  printOutputs(stack, options.json ?? false);
}

/**
 * Packages a template, deploys it and shows the progress on standard error.
 * @throws Failure when the stack doesn't get there, PackageError when the template can't be packaged.
 */
export async function deployTemplate(
  target: Target,
  template: string,
  options: Pick<DeployOptions, 'stack' | 'param'>,
): Promise<Deployed> {
  if (!(await stat(template).catch(() => undefined))?.isFile()) {
    throw new Failure(`There is no template at ${template}.`, {
      exitCode: exitCodes.usage,
      hints: ['Name a CloudFormation or SAM template in YAML or JSON.'],
    });
  }
  const client = new CloudFormationClient(clientConfig(target));
  const before = await describe(client, options.stack);
  const { body, artifacts } = await packageTemplate(template, artifactUploader(target, options.stack));
  const since = await lastEventTime(client, options.stack);
  const stackId = await change(client, options, before, body, template);
  if (stackId === undefined) process.stderr.write(`${options.stack} is up to date.\n`);
  else await follow(client, stackId, since, options.stack, template);
  return {
    stack: await describe(client, options.stack),
    artifacts,
    changed: stackId !== undefined,
  };
}

/** Creates and executes a change set. @returns the stack id, or undefined when there is nothing to change. */
async function change(
  client: CloudFormationClient,
  options: Pick<DeployOptions, 'stack' | 'param'>,
  before: Stack | undefined,
  body: string,
  template: string,
): Promise<string | undefined> {
  const isNew = before === undefined || before.StackStatus === 'REVIEW_IN_PROGRESS';
  if (before?.StackStatus === 'ROLLBACK_COMPLETE') {
    throw new Failure(`${options.stack} was rolled back when it was created, and can only be deleted.`, {
      hints: [`brume destroy ${options.stack}`],
    });
  }
  const created = await client
    .send(
      new CreateChangeSetCommand({
        StackName: options.stack,
        ChangeSetName: `brume-${clock.now()}`,
        ChangeSetType: isNew ? 'CREATE' : 'UPDATE',
        TemplateBody: body,
        Capabilities: ['CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM', 'CAPABILITY_AUTO_EXPAND'],
        Parameters: parameters(options.param, before),
      }),
    )
    .catch((error: unknown) => {
      throw templateFailure(error, template);
    });
  const changeSet = { StackName: created.StackId, ChangeSetName: created.Id };
  for (;;) {
    const described = await client.send(new DescribeChangeSetCommand(changeSet));
    if (described.Status === 'CREATE_COMPLETE') break;
    if (described.Status === 'FAILED') {
      await client.send(new DeleteChangeSetCommand(changeSet));
      const reason = described.StatusReason ?? 'The change set failed.';
      if (/didn't contain changes|No updates are to be performed/.test(reason)) return undefined;
      // A stack that exists only for this change set would be in the way of the next attempt.
      if (isNew) await client.send(new DeleteStackCommand({ StackName: created.StackId }));
      throw templateFailure(new Error(reason), template);
    }
    await clock.sleep(pollMs);
  }
  await client.send(new ExecuteChangeSetCommand(changeSet));
  return created.StackId;
}

/** Given values win; on an update, what isn't given keeps its value. */
function parameters(given: Record<string, string>, before: Stack | undefined) {
  const kept = (before?.Parameters ?? [])
    .filter(({ ParameterKey }) => ParameterKey !== undefined && !(ParameterKey in given))
    .map(({ ParameterKey }) => ({ ParameterKey, UsePreviousValue: true }));
  const set = Object.entries(given).map(([ParameterKey, ParameterValue]) => ({
    ParameterKey,
    ParameterValue,
  }));
  return [...set, ...kept];
}

async function follow(
  client: CloudFormationClient,
  stackId: string,
  since: Date | undefined,
  stack: string,
  template: string,
): Promise<void> {
  const outcome = await followStack(client, stackId, since);
  if (/^(CREATE|UPDATE|IMPORT)_COMPLETE$/.test(outcome.status)) return;
  throw new Failure(`${stack} ended in ${outcome.status}${outcome.reason ? `: ${outcome.reason}` : '.'}`, {
    hints: await Promise.all(
      outcome.failures.map(async ({ logicalId, type, reason }) => {
        const line = await templateLine(template, logicalId);
        return `${logicalId} (${type})${line ? `, ${template}:${line}` : ''}: ${reason}`;
      }),
    ),
  });
}

function templateFailure(error: unknown, template: string): Error {
  if (!(error instanceof Error) || error.name === 'TypeError') return error as Error;
  const [first = '', ...rest] = error.message.split('\n');
  return new Failure(`${template}: ${first}`, { hints: rest, cause: error });
}

async function describe(client: CloudFormationClient, stack: string): Promise<Stack | undefined> {
  try {
    return (await client.send(new DescribeStacksCommand({ StackName: stack }))).Stacks?.[0];
  } catch (error) {
    if (error instanceof Error && /does not exist/.test(error.message)) return undefined;
    throw error;
  }
}

/** `NAME=value` lines, or one JSON object, on standard output. */
export function printOutputs(stack: Stack | undefined, json: boolean): void {
  const outputs = (stack?.Outputs ?? []).map(
    ({ OutputKey, OutputValue }) => [OutputKey ?? '', OutputValue ?? ''] as const,
  );
  if (json) process.stdout.write(`${JSON.stringify(Object.fromEntries(outputs), null, 2)}\n`);
  else for (const [name, value] of outputs) process.stdout.write(`${name}=${value}\n`);
}
