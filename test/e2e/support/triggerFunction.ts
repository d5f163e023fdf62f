/** A Lambda function that stands behind user pools: it keeps the events it gets and answers as it was told. */
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  InvokeCommand,
  LambdaClient,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import type { Cloud } from '../../../src/cloud/index.ts';
import { zipped } from '../../../src/services/lambda/code/zipped.ts';

export interface TriggerEvent {
  version: string;
  triggerSource: string;
  userName?: string;
  userPoolId: string;
  region: string;
  callerContext: { awsSdkVersion: string; clientId: string };
  request: Record<string, unknown> & { userAttributes: Record<string, string> };
  response: Record<string, unknown>;
}

export interface TriggerFunction {
  arn: string;
  /** What it answers from now on, by trigger source: members of `response`, or `error`, or the whole answer as `raw`. Forgets its events. */
  answer(answers: Record<string, object>): Promise<void>;
  /** The events since it was last told what to answer. */
  events(): Promise<TriggerEvent[]>;
  /** Lets a pool invoke it. */
  allow(poolArn: string): Promise<void>;
}

// Invoked one call after another, it stays in one execution environment. A list of answers is one for each length of the session.
const source = `
let answers = {};
let seen = [];
exports.handler = async (event) => {
  if (event.answers) {
    answers = event.answers;
    seen = [];
    return null;
  }
  if (event.tell) return seen;
  seen.push(JSON.parse(JSON.stringify(event)));
  let answer = answers[event.triggerSource] ?? {};
  if (Array.isArray(answer)) answer = answer[event.request.session.length] ?? {};
  if (answer.error) throw new Error(answer.error);
  if ('raw' in answer) return answer.raw;
  if (event.triggerSource.startsWith('VerifyAuthChallengeResponse')) {
    answer = { answerCorrect: event.request.challengeAnswer === event.request.privateChallengeParameters.answer };
  }
  Object.assign(event.response, answer);
  return event;
};`;

export async function makeTriggerFunction(cloud: Cloud, FunctionName: string): Promise<TriggerFunction> {
  const lambda = new LambdaClient({ ...cloud.clientConfig, maxAttempts: 1 });
  const trust = {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
    ],
  };
  const { Role } = await new IAMClient(cloud.clientConfig).send(
    new CreateRoleCommand({ RoleName: FunctionName, AssumeRolePolicyDocument: JSON.stringify(trust) }),
  );
  const { FunctionArn: arn = '' } = await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Role: Role?.Arn,
      Code: { ZipFile: await zipped({ 'index.js': source }) },
    }),
  );
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 60 }, { FunctionName });
  let permissions = 0;
  const ask = async (payload: object): Promise<unknown> => {
    const { Payload } = await lambda.send(
      new InvokeCommand({ FunctionName, Payload: JSON.stringify(payload) }),
    );
    return JSON.parse(Payload?.transformToString() ?? 'null');
  };
  return {
    arn,
    answer: async (answers) => {
      await ask({ answers });
    },
    events: async () => (await ask({ tell: true })) as TriggerEvent[],
    allow: async (SourceArn) => {
      permissions += 1;
      await lambda.send(
        new AddPermissionCommand({
          FunctionName,
          StatementId: `pool-${permissions}`,
          Action: 'lambda:InvokeFunction',
          Principal: 'cognito-idp.amazonaws.com',
          SourceArn,
        }),
      );
    },
  };
}
