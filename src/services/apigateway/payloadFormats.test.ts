/**
 * What a function gets of the same requests in each payload format, as whole events.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../store/index.ts';
import { apigateway } from './index.ts';
import { account, functionUri, openToyCloud, region, type ToyCloud } from './testing/toyCloud.ts';
import { apigatewayv2 } from './v2/index.ts';

interface Sent {
  name: string;
  method: string;
  path: string;
  headers: [string, string][];
  stageVariables?: Record<string, string>;
  body?: string;
  base64?: string;
}

type Format = 'REST 1.0' | 'HTTP 1.0' | 'HTTP 2.0';

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`testing/examples/${name}.json`, import.meta.url), 'utf8')) as unknown;
const requests = read('requests') as Sent[];
/** Name of the request → format → event, with `<api>`, `<id>` and `<trace>` for what differs each time. */
const events = read('events') as Record<string, Record<Format, unknown>>;

let cloud: ToyCloud;

function openCloud(format: Format): void {
  cloud = openToyCloud(new MemoryStore(), [format === 'REST 1.0' ? apigateway : apigatewayv2]);
  cloud.functions.set('f', () => ({ statusCode: 200 }));
}

async function restApi(stageVariables: Record<string, string> | undefined): Promise<string> {
  const proxy = { type: 'aws_proxy', httpMethod: 'POST', uri: functionUri('f') };
  const any = { responses: {}, 'x-amazon-apigateway-integration': proxy };
  const document = {
    swagger: '2.0',
    info: { title: 'p', version: '1' },
    'x-amazon-apigateway-binary-media-types': ['image/*'],
    paths: { '/my/{proxy+}': { 'x-amazon-apigateway-any-method': any } },
  };
  const body = Buffer.from(JSON.stringify(document));
  const { id } = await cloud.call<{ id: string }>('ImportRestApi', { body });
  await cloud.call('CreateDeployment', { restApiId: id, stageName: 'prod', variables: stageVariables });
  return id;
}

async function httpApi(
  PayloadFormatVersion: string,
  StageVariables?: Record<string, string>,
): Promise<string> {
  const { ApiId } = await cloud.call<{ ApiId: string }>('CreateApi', { Name: 'h', ProtocolType: 'HTTP' });
  const { IntegrationId } = await cloud.call<{ IntegrationId: string }>('CreateIntegration', {
    ApiId,
    IntegrationType: 'AWS_PROXY',
    IntegrationUri: `arn:aws:lambda:${region}:${account}:function:f`,
    PayloadFormatVersion,
  });
  const RouteKey = 'ANY /my/{proxy+}';
  await cloud.call('CreateRoute', { ApiId, RouteKey, Target: `integrations/${IntegrationId}` });
  await cloud.call('CreateStage', {
    ApiId,
    StageName: 'prod',
    AutoDeploy: true,
    ...(StageVariables ? { StageVariables } : {}),
  });
  return ApiId;
}

async function eventOf(format: Format, sent: Sent): Promise<unknown> {
  openCloud(format);
  const { stageVariables } = sent;
  const api =
    format === 'REST 1.0' ? await restApi(stageVariables) : await httpApi(format.slice(5), stageVariables);
  await cloud.send(`http://${api}.execute-api.localhost:4566/prod${sent.path}`, {
    method: sent.method,
    headers: sent.headers,
    ...(sent.base64 ? { body: Buffer.from(sent.base64, 'base64') } : { body: sent.body ?? '' }),
  });
  const text = JSON.stringify(cloud.invocations.at(-1)?.event)
    .replaceAll(api, '<api>')
    .replaceAll(/Root=1-[0-9a-f]{8}-[0-9a-f]{24}/g, '<trace>')
    .replaceAll(/"((?:extendedR|r)equestId|deploymentId)":"[^"]+"/g, '"$1":"<id>"')
    .replaceAll(/"resourceId":"[a-z0-9]{6,10}"/g, '"resourceId":"<id>"');
  return JSON.parse(text);
}

describe.each<Format>(['REST 1.0', 'HTTP 1.0', 'HTTP 2.0'])('format %s', (format) => {
  it.each(requests)('of $name', async (sent) => {
    expect(await eventOf(format, sent)).toEqual(events[sent.name]?.[format]);
  });
});
