/**
 * What a request says in its stage's execution log, in the words of API Gateway, and where that log is.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
 */
import { type ExecutionLog, logFor } from '../domain/executionLog.ts';
import type { Refusal } from '../domain/gatewayResponses.ts';
import type { EffectiveSetting } from '../domain/methodSettings.ts';
import { bodyText, type Exchange, type IntegrationAnswer } from './exchange.ts';

/** AWS names a group's streams by hashes of shard numbers; one shard is enough here: the hash of 0. */
const logStream = 'cfcd208495d565ef66e7dff9f98764da';

export function openLog(exchange: Exchange, setting: EffectiveSetting): ExecutionLog | undefined {
  const { clock } = exchange.ctx.room.platform;
  const log = logFor(setting, exchange.ctx.requestId, () => clock.now());
  log?.info(`Extended Request Id: ${exchange.context.extendedRequestId}`);
  return log;
}

/** The request, once it may pass. */
export function logRequest(exchange: Exchange, log: ExecutionLog): void {
  log.info(`Starting execution for request: ${exchange.ctx.requestId}`);
  log.info(
    `HTTP Method: ${exchange.request.method}, Resource Path: ${exchange.path.replace(/(?<=.)\/$/, '')}`,
  );
  log.values('Method request path', exchange.pathParameters);
  log.values('Method request query string', exchange.query);
  log.values('Method request headers', exchange.headers);
  log.data('Method request body before transformations', bodyText(exchange));
}

/** Why the integration wasn't reached, or what went wrong with it, and what the client is told. */
export function logRefusal(log: ExecutionLog, refusal: Refusal, answer: IntegrationAnswer): void {
  log.error(refusalText(refusal));
  log.info(`Gateway response type: ${refusal.type} with status code: ${answer.status}`);
  log.data('Gateway response body', String(answer.body));
  log.values('Gateway response headers', answer.headers);
}

function refusalText(refusal: Refusal): string {
  const { type, why, validationErrors, note } = refusal;
  if (note) return note;
  switch (type) {
    case 'API_CONFIGURATION_ERROR':
    case 'AUTHORIZER_CONFIGURATION_ERROR':
    case 'AUTHORIZER_FAILURE':
    case 'INTEGRATION_FAILURE':
      return `Execution failed due to configuration error: ${why ?? refusal.message}`;
    case 'INTEGRATION_TIMEOUT':
      return 'Execution failed due to a timeout error';
    case 'BAD_REQUEST_BODY':
      return `Request body does not match model schema for content type: ${validationErrors ?? ''}`;
    case 'UNAUTHORIZED':
      return 'Unauthorized request';
    case 'UNSUPPORTED_MEDIA_TYPE':
      return 'Execution failed due to configuration error: No match for content type';
    default:
      return why ?? refusal.message;
  }
}

/** The end of a request's lines, handed to its log group: a canary's requests stand in a group of their own, too. */
export function closeLog(exchange: Exchange, log: ExecutionLog, answer: IntegrationAnswer): void {
  const { ctx, address, apiId, served, integrationSeen } = exchange;
  finishLog(log, answer);
  if (integrationSeen?.requestId) {
    log.info(`AWS Integration Endpoint RequestId : ${integrationSeen.requestId}`);
  }
  if (served.stage.tracingEnabled) log.info(`X-ray Tracing ID : ${exchange.traceId}`);
  if (log.lines.length === 0) return;
  const { account, region } = address;
  const logGroup = `API-Gateway-Execution-Logs_${apiId}/${served.stage.stageName}`;
  const { telemetry } = ctx.room.platform;
  telemetry.cloudLog({ account, region, logGroup, logStream, events: log.lines });
  if (served.isCanary) {
    telemetry.cloudLog({ account, region, logGroup: `${logGroup}/Canary`, logStream, events: log.lines });
  }
}

/** What the client got. */
export function finishLog(log: ExecutionLog, answer: IntegrationAnswer): void {
  const { status, headers, body } = answer;
  if (status < 500) {
    const whole = typeof body === 'string' || body instanceof Uint8Array;
    log.data('Method response body after transformations', whole ? body : '');
    log.values('Method response headers', headers);
    log.info('Successfully completed execution');
  }
  log.info(`Method completed with status: ${status}`);
}
