/**
 * What extensions ask over HTTP, at AWS_LAMBDA_RUNTIME_API: the Extensions, the Telemetry and the older Logs API.
 * Answers are those of AWS: its OpenAPI documents, and the runtime interface emulator where they say nothing.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Extensions } from './extensions.ts';
import { type Extension, ExtensionsApiError } from './registry.ts';
import { parseSubscription, type SubscriptionApi } from './subscription.ts';

/** Ours: no request of an extension has that much to say. Bytes. */
const bodyBytesMax = 1024 * 1024;
const identifierHeader = 'lambda-extension-identifier';

type Route = (extensions: Extensions, request: IncomingMessage, response: ServerResponse) => Promise<void>;

const routes: Readonly<Record<string, Route>> = {
  'POST /2020-01-01/extension/register': register,
  'GET /2020-01-01/extension/event/next': next,
  'POST /2020-01-01/extension/init/error': (...args) => reportError('init', ...args),
  'POST /2020-01-01/extension/exit/error': (...args) => reportError('exit', ...args),
  'PUT /2022-07-01/telemetry': (...args) => subscribe('telemetry', ...args),
  'PUT /2020-08-15/logs': (...args) => subscribe('logs', ...args),
};

/** Answers one request; paths that aren't theirs get 404. */
export async function serveExtensions(
  extensions: Extensions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = (request.url ?? '').replace(/\?.*$/, '').replace(/\/$/, '');
  const route = routes[`${request.method} ${path}`];
  if (!route) return answer(response, 404, { errorType: 'NotFound', errorMessage: 'No such path' });
  try {
    await route(extensions, request, response);
  } catch (error) {
    if (!(error instanceof ExtensionsApiError)) throw error;
    const { errorType, message, status } = error;
    answer(response, status, { errorType, errorMessage: message });
  }
}

async function register(
  extensions: Extensions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await read(request);
  const name = request.headers['lambda-extension-name'];
  if (typeof name !== 'string' || name === '')
    throw new ExtensionsApiError('Extension.InvalidExtensionName', 'Empty extension name');
  // The end of Init, told before this was asked but by another channel, may be in the same turn of the loop.
  await new Promise<void>((resolve) => setImmediate(resolve));
  const extension = extensions.registry.register(name, eventsOf(body));
  const { spec } = extensions;
  const features = String(request.headers['lambda-extension-accept-feature'] ?? '').split(/\s*,\s*/);
  const accountId = features.includes('accountId') ? spec?.accountId : undefined;
  answer(
    response,
    200,
    {
      functionName: spec?.environment.AWS_LAMBDA_FUNCTION_NAME ?? '',
      functionVersion: spec?.environment.AWS_LAMBDA_FUNCTION_VERSION ?? '',
      handler: spec?.handler ?? '',
      ...(accountId === undefined ? {} : { accountId }),
    },
    { [identifierHeader]: extension.identifier },
  );
  extensions.changed();
}

function eventsOf(body: Buffer): string[] {
  let input: { events?: unknown; configurationKeys?: unknown };
  try {
    input = (JSON.parse(body.toString('utf8')) ?? {}) as typeof input;
  } catch (error) {
    throw new ExtensionsApiError('InvalidRequestFormat', (error as Error).message);
  }
  const { events = [], configurationKeys } = input;
  if (Array.isArray(configurationKeys) && configurationKeys.length > 0) {
    const message = 'configurationKeys are deprecated; use environment variables instead';
    throw new ExtensionsApiError('InvalidRequestFormat', message);
  }
  if (!Array.isArray(events) || !events.every((event) => typeof event === 'string'))
    throw new ExtensionsApiError('InvalidRequestFormat', 'events should be an array of strings');
  return events;
}

/** The answer comes with the next event. */
async function next(
  extensions: Extensions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const extension = find(extensions, request);
  extensions.registry.next(extension, (event) => {
    const headers = {
      [identifierHeader]: extension.identifier,
      'lambda-extension-event-identifier': extensions.newId(),
    };
    answer(response, 200, event, headers);
  });
  extensions.changed();
}

async function reportError(
  phase: 'init' | 'exit',
  extensions: Extensions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  await read(request);
  const extension = find(extensions, request);
  const errorType = request.headers['lambda-extension-function-error-type'];
  if (typeof errorType !== 'string' || errorType === '') {
    throw new ExtensionsApiError('Extension.MissingHeader', 'Lambda-Extension-Function-Error-Type not found');
  }
  extensions.registry.fail(extension, phase, errorType);
  answer(response, 202, { status: 'OK' }, { [identifierHeader]: extension.identifier });
  extensions.failed(extension);
}

async function subscribe(
  api: SubscriptionApi,
  extensions: Extensions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await read(request);
  const extension = find(extensions, request);
  if (extensions.registry.isClosed) {
    throw api === 'logs'
      ? new ExtensionsApiError('Logs.SubscriptionClosed', 'Logs API subscription is closed already')
      : new ExtensionsApiError(
          'Telemetry.SubscriptionClosed',
          'Telemetry API subscription is closed already',
        );
  }
  const subscription = parseSubscription(api, body);
  const before = extensions.subscriptionOf(extension);
  // “After subscribing using one of these APIs, any attempt to subscribe using the other API returns an error.”
  if (before && before.api !== api) {
    throw new ExtensionsApiError(
      api === 'logs' ? 'Logs.ValidationError' : 'ValidationError',
      `${extension.name} has subscribed by the ${before.api === 'logs' ? 'Logs' : 'Telemetry'} API already`,
      400,
    );
  }
  extensions.subscribe(extension, subscription);
  answer(response, 200, 'OK');
}

function find(extensions: Extensions, request: IncomingMessage): Extension {
  const identifier = request.headers[identifierHeader];
  return extensions.registry.find(typeof identifier === 'string' ? identifier : undefined);
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    size += (part as Buffer).length;
    if (size <= bodyBytesMax) parts.push(part as Buffer);
  }
  if (size > bodyBytesMax)
    throw new ExtensionsApiError('RequestEntityTooLarge', 'Exceeded maximum allowed payload size', 413);
  return Buffer.concat(parts);
}

function answer(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): void {
  const body = Buffer.from(JSON.stringify(value));
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': body.length,
    ...headers,
  });
  response.end(body);
}
