/** One method run as the data plane would, for TestInvokeMethod. */
import type { HttpRequest } from '../../../kernel/index.ts';
import type { EndpointContext } from '../../../platform/index.ts';
import type { CompiledApi } from '../domain/compiled.ts';
import { ExecutionLog } from '../domain/executionLog.ts';
import { gatewayAnswer } from '../domain/gatewayResponses.ts';
import { headerOf, lastOf, type MultiValues, queryOf } from '../domain/parameters.ts';
import { anonymousIdentity, commonLogTime } from '../domain/requestContext.ts';
import type { Method, Resource } from '../domain/types.ts';
import { BadRequestException } from '../errors.ts';
import type { Room } from '../room.ts';
import type { Address } from '../store.ts';
import { type Exchange, type IntegrationAnswer, mappingSource } from './exchange.ts';
import { finishLog, logRefusal, logRequest } from './executionLogs.ts';
import { requestIds } from './requestIds.ts';
import { integrate, refusalOf } from './rest.ts';
import { servedStage } from './served.ts';
import { validateRequest } from './validateRequest.ts';

/** The stage's name that such calls see. */
const testStage = 'test-invoke-stage';

export interface TestInvocation {
  room: Room;
  requestId: string;
  now: number;
  address: Address;
  apiId: string;
  api: CompiledApi;
  resource: Resource;
  method: Method;
  path: string;
  query: string;
  headers: MultiValues;
  body: Uint8Array;
  stageVariables: Record<string, string> | undefined;
  /** `test-invoke-stage` when absent. */
  stageName?: string;
  aws: EndpointContext<Room>['aws'];
}

export async function testInvoke(
  test: TestInvocation,
): Promise<{ answer: IntegrationAnswer; lines: string[] }> {
  const exchange = openTest(test);
  const { clock } = test.room.platform;
  const log = new ExecutionLog(() => clock.now(), '', { info: true, data: true }, Number.POSITIVE_INFINITY);
  exchange.log = log;
  let answer: IntegrationAnswer;
  try {
    logRequest(exchange, log);
    validateRequest(exchange);
    answer = await integrate(exchange);
  } catch (error) {
    const refusal = refusalOf(error);
    if (!refusal) throw error;
    const accept = headerOf(test.headers, 'accept');
    answer = gatewayAnswer(refusal, test.api.gatewayResponses, mappingSource(exchange), accept);
    logRefusal(log, refusal, answer);
  }
  finishLog(log, answer);
  const lines = log.lines.map(({ timestamp, message }) => `${javaDate(timestamp)} : ${message}`);
  return { answer, lines: [`Execution log for request ${test.requestId}`, ...lines] };
}

/** As Java prints dates: `Thu Mar 12 19:03:58 UTC 2020`. */
function javaDate(time: number): string {
  const [day = '', date = '', month = '', year = '', clock = ''] = new Date(time)
    .toUTCString()
    .replace(',', '')
    .split(' ');
  return `${day} ${month} ${date} ${clock} UTC ${year}`;
}

/** A request that nobody sent. @throws BadRequestException when its path isn't one of the resource. */
export function openTest(test: TestInvocation): Exchange {
  const { room, api, method, apiId, address } = test;
  const httpMethod = method.httpMethod === 'ANY' ? 'GET' : method.httpMethod;
  const match = api.routes.match(httpMethod, test.path);
  if (!match)
    throw new BadRequestException(`Path ${test.path} does not belong to resource ${test.resource.path}`);
  const ids = requestIds(room.platform.ids, test.now);
  const headers = lastOf(test.headers);
  const lower = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const request: HttpRequest = {
    method: httpMethod,
    path: test.path,
    query: test.query,
    headers: lower,
    rawHeaders: Object.entries(headers).flat(),
    body: {
      length: test.body.length,
      bytes: async () => test.body,
      stream: () => {
        throw new Error('a test invocation is read whole');
      },
    },
    remoteAddress: 'test-invoke-source-ip',
    secure: true,
    signal: new AbortController().signal,
  };
  const stage = {
    stageName: test.stageName ?? testStage,
    deploymentId: '',
    methodSettings: {},
    cacheClusterEnabled: false,
    cacheClusterStatus: 'NOT_AVAILABLE',
    tracingEnabled: false,
    variables: test.stageVariables,
    createdDate: test.now,
    lastUpdatedDate: test.now,
  };
  return {
    ctx: { room, requestId: test.requestId, now: test.now, params: {}, aws: test.aws },
    request,
    address,
    apiId,
    served: servedStage(stage, api),
    path: test.path,
    target: match.target,
    pathParameters: match.pathParameters,
    headers: test.headers,
    headerBytes: 0,
    query: queryOf(test.query),
    body: test.body,
    traceId: ids.trace,
    context: {
      resourceId: test.resource.id,
      resourcePath: test.resource.path,
      httpMethod,
      extendedRequestId: ids.extended,
      requestTime: commonLogTime(test.now),
      path: test.resource.path,
      accountId: address.account,
      protocol: 'HTTP/1.1',
      stage: stage.stageName,
      domainPrefix: 'testPrefix',
      requestTimeEpoch: test.now,
      requestId: test.requestId,
      identity: anonymousIdentity('test-invoke-source-ip', lower['user-agent'] ?? null),
      domainName: 'testPrefix.testDomainName',
      deploymentId: '',
      apiId,
    },
  };
}
