/** What a WebSocket API itself may say. https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-routes.html */
import { BadRequestException } from '../../errors.ts';
import type { ApiReader, Scope } from '../../store.ts';
import type { HttpApi, HttpStage } from '../domain/types.ts';

/** "Currently the only two supported values are": the page on selection expressions. */
const keySelections = ['$request.header.x-api-key', '$context.authorizer.usageIdentifierKey'];

/** @throws BadRequestException what only HTTP APIs have, or an expression that can't select. */
export function checkWebSocketApi(api: HttpApi): void {
  if (api.Name === '') throw new BadRequestException('Name is required');
  if (!api.RouteSelectionExpression) {
    throw new BadRequestException('RouteSelectionExpression is required for protocol type WEBSOCKET');
  }
  if (!isExpressionOf(api.RouteSelectionExpression, /^request\.body(?:[.[]|$)/)) {
    throw new BadRequestException(
      `Invalid RouteSelectionExpression specified: ${api.RouteSelectionExpression}`,
    );
  }
  if (!keySelections.includes(unbraced(api.ApiKeySelectionExpression))) {
    throw new BadRequestException(
      'ApiKeySelectionExpression only supports [$request.header.x-api-key, $context.authorizer.usageIdentifierKey]',
    );
  }
  if (api.CorsConfiguration) {
    throw new BadRequestException('CORS configuration is not supported for protocol type WEBSOCKET');
  }
}

/** Of a new API: quick create is made of routes by method and path. */
export function checkNoTarget(input: {
  Target?: unknown;
  RouteKey?: unknown;
  CredentialsArn?: unknown;
}): void {
  if (input.Target || input.RouteKey || input.CredentialsArn) {
    throw new BadRequestException(
      'Target, RouteKey and CredentialsArn are supported for protocol type HTTP only',
    );
  }
}

/** Execution logs are written as the role of the account's settings, which must be there first. @throws BadRequestException */
export async function checkLogRole(reader: ApiReader, scope: Scope, stage: HttpStage): Promise<void> {
  const settings = [stage.DefaultRouteSettings, ...Object.values(stage.RouteSettings)];
  if (settings.every(({ LoggingLevel = 'OFF' }) => LoggingLevel === 'OFF')) return;
  const account = await reader.get('account', scope, '', '');
  if (account?.cloudwatchRoleArn) return;
  throw new BadRequestException('CloudWatch Logs role ARN must be set in account settings to enable logging');
}

/** @throws BadRequestException what only the stages of HTTP APIs may be. */
export function checkWebSocketStage(stage: HttpStage): void {
  // "$default" is the name of a stage without a path; a WebSocket's address always has one.
  if (stage.StageName === '$default') {
    throw new BadRequestException('Stage name only allows alphanumeric characters, hyphens and underscores');
  }
  for (const settings of [stage.DefaultRouteSettings, ...Object.values(stage.RouteSettings)]) {
    const level = settings.LoggingLevel ?? 'OFF';
    if (!['OFF', 'ERROR', 'INFO'].includes(level)) {
      throw new BadRequestException(`Invalid logging level: ${level}`);
    }
  }
}

/** `$request.body.action` and `${request.body.action}` are the same; each variable must be one that `allowed` knows. */
function isExpressionOf(expression: string, allowed: RegExp): boolean {
  const variables = [...expression.matchAll(/\\?\$(?:\{([^}]*)\}|([\w.[\]'"-]+))/g)];
  return variables.some(
    ([whole, braced, bare]) => !whole.startsWith('\\') && allowed.test(braced ?? bare ?? ''),
  );
}

function unbraced(expression: string): string {
  return expression.replace(/^\$\{(.+)\}$/, '$$$1');
}
