/** Durable executions by the API alone, as the SDKs for durable functions use it. */
import {
  CheckpointDurableExecutionCommand,
  CreateFunctionCommand,
  DeleteFunctionCommand,
  type Event,
  GetDurableExecutionCommand,
  GetDurableExecutionHistoryCommand,
  GetDurableExecutionStateCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  type InvokeCommandInput,
  InvokeWithResponseStreamCommand,
  LambdaClient,
  ListDurableExecutionsByFunctionCommand,
  PublishVersionCommand,
  SendDurableExecutionCallbackFailureCommand,
  SendDurableExecutionCallbackHeartbeatCommand,
  SendDurableExecutionCallbackSuccessCommand,
  StopDurableExecutionCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Cloud, startCloud } from '../../src/cloud/index.ts';
import { zipped } from '../../src/services/lambda/code/zipped.ts';

let cloud: Cloud;
let lambda: LambdaClient;

/** Runs the script that the execution's input holds: updates to make in each invocation, and what to answer. */
const source = `
const { LambdaClient, CheckpointDurableExecutionCommand } = require('@aws-sdk/client-lambda');
const client = new LambdaClient({});
let invocations = 0;
exports.handler = async ({ DurableExecutionArn, CheckpointToken, InitialExecutionState: { Operations } }) => {
  const { turns } = JSON.parse(Operations[0].ExecutionDetails.InputPayload);
  const known = new Map(Operations.map((operation) => [operation.Id, operation]));
  // The turn that is on: the first whose marker step isn't there.
  const turn = turns.findIndex((_, index) => !known.has('turn' + index));
  const { updates = [], answer, crash } = turns[turn];
  if (crash) throw new Error(crash);
  const marker = { Id: 'turn' + turn, Type: 'STEP', Action: 'SUCCEED', Payload: String(++invocations) };
  const Updates = [marker, ...updates];
  await client.send(new CheckpointDurableExecutionCommand({ DurableExecutionArn, CheckpointToken, Updates }));
  if (answer !== 'state') return answer;
  const shown = Operations.slice(1).filter(({ Id }) => !Id.startsWith('turn'));
  return { Status: 'SUCCEEDED', Result: JSON.stringify(shown) };
};`;

const pending = { Status: 'PENDING' };
const done = (Result: unknown) => ({ Status: 'SUCCEEDED', Result: JSON.stringify(Result) });
const FunctionName = 'durable';

async function create(name: string, ExecutionTimeout = 600) {
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Role: 'arn:aws:iam::000000000000:role/functions',
      Timeout: 30,
      MemorySize: 512,
      DurableConfig: { ExecutionTimeout, RetentionPeriodInDays: 1 },
      Code: { ZipFile: await zipped({ 'index.js': source }) },
    }),
  );
}

beforeAll(async () => {
  cloud = await startCloud();
  lambda = new LambdaClient({ ...cloud.clientConfig, maxAttempts: 1 });
  await create(FunctionName);
});
afterAll(() => cloud.close());

async function invoke(turns: object[], more: Partial<InvokeCommandInput> = {}) {
  const Payload = JSON.stringify({ turns });
  const { Payload: answer, ...rest } = await lambda.send(
    new InvokeCommand({ FunctionName, Qualifier: '$LATEST', Payload, ...more }),
  );
  const text = Buffer.from(answer ?? []).toString('utf8');
  return { ...rest, value: text === '' ? undefined : JSON.parse(text), arn: rest.DurableExecutionArn ?? '' };
}

const begin = async (turns: object[], more: Partial<InvokeCommandInput> = {}) =>
  (await invoke(turns, { InvocationType: 'Event', ...more })).arn;
const get = (DurableExecutionArn: string) =>
  lambda.send(new GetDurableExecutionCommand({ DurableExecutionArn }));
const history = async (DurableExecutionArn: string): Promise<Event[]> => {
  const command = new GetDurableExecutionHistoryCommand({ DurableExecutionArn, IncludeExecutionData: true });
  return (await lambda.send(command)).Events ?? [];
};
const story = async (arn: string) => (await history(arn)).map(({ EventType }) => EventType);
const until = <T>(look: () => Promise<T>) => vi.waitFor(look, { timeout: 60_000, interval: 50 });
/** The function has answered PENDING and rests. */
const rested = (arn: string, invocations = 1) =>
  until(async () => {
    const events = await story(arn);
    expect(events.filter((type) => type === 'InvocationCompleted')).toHaveLength(invocations);
  });
const ended = (arn: string, status: string) =>
  until(async () => {
    const execution = await get(arn);
    expect(execution.Status).toBe(status);
    return execution;
  });
const callbackOf = async (arn: string) =>
  (await history(arn)).find(({ CallbackStartedDetails }) => CallbackStartedDetails)?.CallbackStartedDetails
    ?.CallbackId;

const waits = { Id: 'w', Name: 'pause', Type: 'WAIT', Action: 'START', WaitOptions: { WaitSeconds: 300 } };
const calls = (options: object = {}) => ({
  Id: 'c',
  Type: 'CALLBACK',
  Action: 'START',
  CallbackOptions: options,
});

describe('an execution', () => {
  it('answers whoever waits for it', async () => {
    const answer = await invoke([{ answer: done({ fine: true }) }]);
    expect(answer).toMatchObject({ StatusCode: 200, ExecutedVersion: '$LATEST', value: { fine: true } });
    expect(answer.arn).toMatch(
      /^arn:aws:lambda:us-east-1:000000000000:function:durable:\$LATEST\/durable-execution\/[\w-]+\/[\w-]+$/,
    );
    expect(await get(answer.arn)).toMatchObject({
      DurableExecutionArn: answer.arn,
      FunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:durable:$LATEST',
      Version: '$LATEST',
      Status: 'SUCCEEDED',
      Result: '{"fine":true}',
      StartTimestamp: expect.any(Date),
      EndTimestamp: expect.any(Date),
    });
    expect(await story(answer.arn)).toEqual([
      'ExecutionStarted',
      'StepStarted',
      'StepSucceeded',
      'InvocationCompleted',
      'ExecutionSucceeded',
    ]);
  });

  it('tells of its failure as a function does', async () => {
    const failure = { ErrorType: 'Mine', ErrorMessage: 'no', StackTrace: ['at home'] };
    const answer = await invoke([{ answer: { Status: 'FAILED', Error: failure } }]);
    expect(answer.FunctionError).toBe('Unhandled');
    expect(answer.value).toEqual({ errorType: 'Mine', errorMessage: 'no', stackTrace: ['at home'] });
    expect(await get(answer.arn)).toMatchObject({ Status: 'FAILED', Error: failure });
  });

  it('rests while it waits, and goes on when the time has come', async () => {
    const arn = await begin([{ updates: [waits], answer: pending }, { answer: 'state' }]);
    await rested(arn);
    await cloud.clock.advance(200_000);
    expect((await get(arn)).Status).toBe('RUNNING');
    await cloud.clock.advance(101_000);
    const { Result = '' } = await ended(arn, 'SUCCEEDED');
    expect(JSON.parse(Result)).toEqual([
      {
        Id: 'w',
        Name: 'pause',
        Type: 'WAIT',
        Status: 'SUCCEEDED',
        StartTimestamp: expect.any(Number),
        EndTimestamp: expect.any(Number),
        WaitDetails: { ScheduledEndTimestamp: expect.any(Number) },
      },
    ]);
  });

  it('tries a step again when its delay is over', async () => {
    const step = { Id: 's', Type: 'STEP' };
    const retry = {
      ...step,
      Action: 'RETRY',
      StepOptions: { NextAttemptDelaySeconds: 60 },
      Error: { ErrorMessage: 'once' },
    };
    const arn = await begin([
      { updates: [{ ...step, Action: 'START' }, retry], answer: pending },
      { updates: [{ ...step, Action: 'SUCCEED', Payload: '"twice"' }], answer: 'state' },
    ]);
    await rested(arn);
    await cloud.clock.advance(61_000);
    const { Result = '' } = await ended(arn, 'SUCCEEDED');
    expect(JSON.parse(Result)).toMatchObject([
      { Status: 'READY', StepDetails: { Attempt: 1, Error: { ErrorMessage: 'once' } } },
    ]);
    const events = await history(arn);
    expect(events.find(({ EventType }) => EventType === 'StepFailed')?.StepFailedDetails).toEqual({
      Error: { Payload: { ErrorMessage: 'once' } },
      RetryDetails: { CurrentAttempt: 1, NextAttemptDelaySeconds: 60 },
    });
  });

  it('is invoked again when an invocation fails, five times at most', async () => {
    const arn = await begin([{ crash: 'out of luck' }]);
    for (let n = 1; n < 5; n++) {
      await rested(arn, n);
      await cloud.clock.advance(5_000);
    }
    expect((await ended(arn, 'FAILED')).Error?.ErrorMessage).toBe('out of luck');
    await rested(arn, 5);
  });

  it('fails when it rests and nothing can wake it', async () => {
    const { value } = await invoke([{ answer: pending }]);
    expect(value).toMatchObject({
      errorType: 'InvalidParameterValueException',
      errorMessage: 'Cannot return PENDING status with no pending operations.',
    });
    expect((await invoke([{ answer: 'anything' }])).value.errorMessage).toBe(
      'Invalid Status in invocation output.',
    );
  });

  it('ends when its time is over', async () => {
    const long = { ...waits, WaitOptions: { WaitSeconds: 86_400 } };
    const arn = await begin([{ updates: [long], answer: pending }]);
    await rested(arn);
    await cloud.clock.advance(601_000);
    expect((await ended(arn, 'TIMED_OUT')).Error?.ErrorType).toBe('Execution.TimedOut');
  });

  it('ends when it is stopped', async () => {
    const arn = await begin([{ updates: [waits], answer: pending }]);
    await rested(arn);
    const why = { ErrorType: 'Operator', ErrorMessage: 'enough' };
    const stop = () => lambda.send(new StopDurableExecutionCommand({ DurableExecutionArn: arn, Error: why }));
    const { StopTimestamp } = await stop();
    expect(await get(arn)).toMatchObject({ Status: 'STOPPED', Error: why, EndTimestamp: StopTimestamp });
    expect((await stop()).StopTimestamp).toEqual(StopTimestamp);
    expect((await story(arn)).at(-1)).toBe('ExecutionStopped');
  });

  it('is forgotten when its history has been kept for long enough', async () => {
    const { arn } = await invoke([{ answer: done(1) }]);
    await cloud.clock.advance(86_401_000);
    await until(
      () => expect(get(arn)).rejects.toMatchObject({ name: 'ResourceNotFoundException' }) as Promise<void>,
    );
  });
});

describe('a callback', () => {
  const waiting = async (options: object = {}) => {
    const arn = await begin([{ updates: [calls(options)], answer: pending }, { answer: 'state' }]);
    await rested(arn);
    return { arn, CallbackId: await callbackOf(arn) };
  };
  const operation = async (arn: string) => JSON.parse((await ended(arn, 'SUCCEEDED')).Result ?? '')[0];
  const closed = { name: 'CallbackTimeoutException', $metadata: { httpStatusCode: 400 } };

  it('that succeeds wakes its execution, once', async () => {
    const { arn, CallbackId } = await waiting();
    const succeed = () =>
      lambda.send(
        new SendDurableExecutionCallbackSuccessCommand({ CallbackId, Result: Buffer.from('{"ok":1}') }),
      );
    await succeed();
    const { Status, CallbackDetails } = await operation(arn);
    expect([Status, CallbackDetails]).toEqual(['SUCCEEDED', { CallbackId, Result: '{"ok":1}' }]);
    await expect(succeed()).rejects.toMatchObject(closed);
  });

  it('that fails tells why', async () => {
    const { arn, CallbackId } = await waiting();
    const denied = { ErrorType: 'Denied', ErrorMessage: 'by the boss' };
    await lambda.send(new SendDurableExecutionCallbackFailureCommand({ CallbackId, Error: denied }));
    expect(await operation(arn)).toMatchObject({ Status: 'FAILED', CallbackDetails: { Error: denied } });
  });

  it('times out', async () => {
    const { arn, CallbackId } = await waiting({ TimeoutSeconds: 60 });
    await cloud.clock.advance(61_000);
    expect(await operation(arn)).toMatchObject({ Status: 'TIMED_OUT' });
    await expect(
      lambda.send(new SendDurableExecutionCallbackHeartbeatCommand({ CallbackId })),
    ).rejects.toMatchObject(closed);
  });

  it('lives from heartbeat to heartbeat', async () => {
    const { arn, CallbackId } = await waiting({ HeartbeatTimeoutSeconds: 60 });
    await cloud.clock.advance(40_000);
    await lambda.send(new SendDurableExecutionCallbackHeartbeatCommand({ CallbackId }));
    await cloud.clock.advance(40_000);
    expect((await get(arn)).Status).toBe('RUNNING');
    await cloud.clock.advance(30_000);
    expect(await operation(arn)).toMatchObject({
      Status: 'TIMED_OUT',
      CallbackDetails: { Error: { ErrorType: 'Callback.Heartbeat' } },
    });
  });

  it('that nobody has given out is refused', async () => {
    const CallbackId = Buffer.from('nonsense').toString('base64');
    await expect(
      lambda.send(new SendDurableExecutionCallbackHeartbeatCommand({ CallbackId })),
    ).rejects.toMatchObject({ name: 'InvalidParameterValueException' });
  });
});

describe('an execution that invokes a function', () => {
  const invoking = (FunctionName: string, Payload: unknown) => ({
    Id: 'i',
    Type: 'CHAINED_INVOKE',
    Action: 'START',
    Payload: JSON.stringify(Payload),
    ChainedInvokeOptions: { FunctionName },
  });
  const outcome = async (name: string, event: unknown) => {
    const { value } = await invoke([
      { updates: [invoking(name, event)], answer: pending },
      { answer: 'state' },
    ]);
    return value[0];
  };

  it('gets its answer', async () => {
    const ZipFile = await zipped({ 'index.js': 'exports.handler = async (event) => ({ got: event })' });
    await lambda.send(
      new CreateFunctionCommand({
        FunctionName: 'plain',
        Runtime: 'nodejs22.x',
        Handler: 'index.handler',
        Role: 'arn:aws:iam::000000000000:role/functions',
        Code: { ZipFile },
      }),
    );
    const plain = await outcome('plain', { n: 1 });
    expect(plain).toMatchObject({ Status: 'SUCCEEDED', ChainedInvokeDetails: { Result: '{"got":{"n":1}}' } });
    const durable = await outcome('durable:$LATEST', { turns: [{ answer: done('inner') }] });
    expect(durable).toMatchObject({ Status: 'SUCCEEDED', ChainedInvokeDetails: { Result: '"inner"' } });
    const failing = await outcome('durable:$LATEST', {
      turns: [{ answer: { Status: 'FAILED', Error: { ErrorMessage: 'inside' } } }],
    });
    expect(failing).toMatchObject({
      Status: 'FAILED',
      ChainedInvokeDetails: { Error: { ErrorMessage: 'inside' } },
    });
  });

  it('gets its error', async () => {
    expect(await outcome('nosuch', {})).toMatchObject({
      Status: 'FAILED',
      ChainedInvokeDetails: { Error: { ErrorType: 'ResourceNotFoundException' } },
    });
    expect((await outcome('durable', {})).ChainedInvokeDetails.Error.ErrorMessage).toBe(
      'You cannot invoke a durable function using an unqualified ARN.',
    );
  });
});

describe('a checkpoint', () => {
  it('needs the token of the latest', async () => {
    const arn = await begin([{ updates: [waits], answer: pending }]);
    await rested(arn);
    const CheckpointToken = Buffer.from('old').toString('base64');
    const refused = { name: 'InvalidParameterValueException', message: 'Invalid checkpoint token' };
    const target = { DurableExecutionArn: arn, CheckpointToken };
    await expect(lambda.send(new CheckpointDurableExecutionCommand(target))).rejects.toMatchObject(refused);
    await expect(lambda.send(new GetDurableExecutionStateCommand(target))).rejects.toMatchObject(refused);
  });
});

describe('executions', () => {
  it('have names, each once', async () => {
    const turns = [{ answer: done('named') }];
    const first = await invoke(turns, { DurableExecutionName: 'order-1' });
    const again = await invoke(turns, { DurableExecutionName: 'order-1' });
    expect(again.arn).toBe(first.arn);
    expect(again.value).toBe('named');
    expect(first.arn).toContain('/durable-execution/order-1/');
    await expect(
      invoke([{ answer: done('other') }], { DurableExecutionName: 'order-1' }),
    ).rejects.toMatchObject({
      name: 'DurableExecutionAlreadyStartedException',
      $metadata: { httpStatusCode: 409 },
    });
  });

  it('are listed by version, name and status, on pages', async () => {
    await create('listed');
    const arns: string[] = [];
    for (const name of ['a', 'b', 'c'])
      arns.push(
        (await invoke([{ answer: done(1) }], { FunctionName: 'listed', DurableExecutionName: name })).arn,
      );
    const list = (more: object) =>
      lambda.send(new ListDurableExecutionsByFunctionCommand({ FunctionName: 'listed', ...more }));
    const names = async (more: object) =>
      (await list(more)).DurableExecutions?.map(({ DurableExecutionName }) => DurableExecutionName);
    expect(await names({})).toEqual(['a', 'b', 'c']);
    expect(await names({ ReverseOrder: true })).toEqual(['c', 'b', 'a']);
    expect(await names({ DurableExecutionName: 'b' })).toEqual(['b']);
    expect(await names({ Statuses: ['RUNNING'] })).toEqual([]);
    expect(await names({ StartedAfter: new Date(cloud.clock.now() + 1000) })).toEqual([]);
    const { NextMarker } = await list({ MaxItems: 2 });
    expect(await names({ MaxItems: 2, Marker: NextMarker })).toEqual(['c']);
    const page = await lambda.send(
      new GetDurableExecutionHistoryCommand({
        DurableExecutionArn: arns[0],
        MaxItems: 2,
        ReverseOrder: true,
      }),
    );
    expect(page.Events?.map(({ EventType }) => EventType)).toEqual([
      'ExecutionSucceeded',
      'InvocationCompleted',
    ]);
    // What was answered is shown to who asks for it.
    expect(page.Events?.[0]?.ExecutionSucceededDetails).toEqual({ Result: {} });
    await lambda.send(new DeleteFunctionCommand({ FunctionName: 'listed' }));
    await expect(get(arns[0] ?? '')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it('go with their function, and who waits for them is told', async () => {
    await create('doomed');
    const answer = invoke([{ updates: [waits], answer: pending }], { FunctionName: 'doomed' });
    const refused = expect(answer).rejects.toMatchObject({ name: 'ServiceException' });
    await until(async () => {
      const list = new ListDurableExecutionsByFunctionCommand({
        FunctionName: 'doomed',
        Qualifier: '$LATEST',
      });
      const [execution] = (await lambda.send(list)).DurableExecutions ?? [];
      expect(await story(execution?.DurableExecutionArn ?? '')).toContain('InvocationCompleted');
    });
    await lambda.send(new DeleteFunctionCommand({ FunctionName: 'doomed' }));
    await refused;
  });

  it('stay with the version that they began with', async () => {
    await create('versioned');
    const { Version: Qualifier } = await lambda.send(
      new PublishVersionCommand({ FunctionName: 'versioned' }),
    );
    const arn = await begin([{ updates: [waits], answer: pending }, { answer: done('old code') }], {
      FunctionName: 'versioned',
      Qualifier,
    });
    await rested(arn);
    const ZipFile = await zipped({ 'index.js': 'exports.handler = async () => ({ Status: "FAILED" })' });
    await lambda.send(new UpdateFunctionCodeCommand({ FunctionName: 'versioned', ZipFile }));
    await cloud.clock.advance(301_000);
    expect(await ended(arn, 'SUCCEEDED')).toMatchObject({ Version: '1', Result: '"old code"' });
  });
});

describe('a durable function', () => {
  const refused = (message: string) => ({ name: 'InvalidParameterValueException', message });

  it('says so, and is made so or not at all', async () => {
    const { DurableConfig } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
    expect(DurableConfig).toEqual({ ExecutionTimeout: 600, RetentionPeriodInDays: 1 });
    await expect(
      lambda.send(
        new UpdateFunctionConfigurationCommand({
          FunctionName: 'plain',
          DurableConfig: { ExecutionTimeout: 60 },
        }),
      ),
    ).rejects.toMatchObject({ name: 'InvalidParameterValueException' });
  });

  it('is invoked by a version, an alias or $LATEST, and waited for fifteen minutes at most', async () => {
    const unqualified = refused('You cannot invoke a durable function using an unqualified ARN.');
    for (const InvocationType of ['RequestResponse', 'Event', 'DryRun'] as const)
      await expect(lambda.send(new InvokeCommand({ FunctionName, InvocationType }))).rejects.toMatchObject(
        unqualified,
      );
    await create('lasting', 901);
    await expect(invoke([], { FunctionName: 'lasting' })).rejects.toMatchObject(
      refused(
        'You cannot synchronously invoke a durable function with an executionTimeout greater than 15 minutes.',
      ),
    );
    await expect(
      lambda.send(new InvokeWithResponseStreamCommand({ FunctionName, Qualifier: '$LATEST' })),
    ).rejects.toMatchObject({ name: 'InvalidParameterValueException' });
    await expect(
      lambda.send(new InvokeCommand({ FunctionName: 'plain', DurableExecutionName: 'n' })),
    ).rejects.toMatchObject({ name: 'InvalidParameterValueException' });
  });
});
