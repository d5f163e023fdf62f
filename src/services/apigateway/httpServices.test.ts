/** HTTP APIs in front of other services, and what their access logs and metrics tell. */
import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryStore } from '../../store/index.ts';
import { account, openToyCloud, region, type ToyCloud } from './testing/toyCloud.ts';
import { subtypeCall } from './v2/domain/subtypes.ts';
import { apigatewayv2 } from './v2/index.ts';

let cloud: ToyCloud;
let ApiId: string;

const role = `arn:aws:iam::${account}:role/r`;

async function route(integration: object): Promise<void> {
  const { IntegrationId } = await cloud.call<{ IntegrationId: string }>('CreateIntegration', {
    ApiId,
    IntegrationType: 'AWS_PROXY',
    CredentialsArn: role,
    PayloadFormatVersion: '1.0',
    ...integration,
  });
  await cloud.call('CreateRoute', {
    ApiId,
    RouteKey: 'POST /{queue}',
    Target: `integrations/${IntegrationId}`,
  });
}

const send = (body: string) =>
  cloud.send(`http://${ApiId}.execute-api.localhost:4566/jobs?group=g`, { method: 'POST', body });

beforeEach(async () => {
  cloud = openToyCloud(new MemoryStore(), [apigatewayv2]);
  const api = { Name: 'h', ProtocolType: 'HTTP' };
  ApiId = (await cloud.call<{ ApiId: string }>('CreateApi', api)).ApiId;
  await cloud.call('CreateStage', { ApiId, StageName: '$default', AutoDeploy: true });
});

describe('a first-class integration', () => {
  it('maps the request to parameters, and answers what the service does', async () => {
    await route({
      IntegrationSubtype: 'SQS-SendMessage',
      RequestParameters: {
        QueueUrl: 'https://sqs.eu-west-1.amazonaws.com/123456789012/$request.path.queue',
        MessageBody: '$request.body.text',
        MessageGroupId: '$request.querystring.group',
        MessageAttributes: '{"from":{"DataType":"String","StringValue":"${request.path.queue}"}}',
      },
    });
    const calls: unknown[] = [];
    cloud.operations.set('sqs:SendMessage', async (input, as) => {
      calls.push([input, as?.arn]);
      return { MessageId: 'm' };
    });
    expect(await send('{"text":"hello"}')).toMatchObject({ status: 200, text: '{"MessageId":"m"}' });
    expect(calls).toEqual([
      [
        {
          Version: '2012-11-05',
          QueueUrl: 'https://sqs.eu-west-1.amazonaws.com/123456789012/jobs',
          MessageBody: 'hello',
          MessageGroupId: 'g',
          'MessageAttribute.1.Name': 'from',
          'MessageAttribute.1.Value.DataType': 'String',
          'MessageAttribute.1.Value.StringValue': 'jobs',
        },
        role,
      ],
    ]);
  });

  it.each<[string, Record<string, string>, unknown]>([
    [
      'EventBridge-PutEvents-1.0',
      { Detail: '{"a":1}', DetailType: 't', Source: 's', Resources: '["arn"]', Region: 'eu-central-1' },
      {
        service: 'events',
        operation: 'PutEvents',
        region: 'eu-central-1',
        body: { Entries: [{ Detail: '{"a":1}', DetailType: 't', Source: 's', Resources: ['arn'] }] },
      },
    ],
    [
      'StepFunctions-StartSyncExecution',
      { StateMachineArn: 'arn', Input: '{}', Name: '' },
      {
        service: 'states',
        operation: 'StartSyncExecution',
        region: undefined,
        body: { stateMachineArn: 'arn', input: '{}' },
      },
    ],
    [
      'Kinesis-PutRecord',
      { StreamName: 's', Data: 'aGk=', PartitionKey: 'k' },
      {
        service: 'kinesis',
        operation: 'PutRecord',
        region: undefined,
        body: { StreamName: 's', Data: 'aGk=', PartitionKey: 'k' },
      },
    ],
  ])('%s calls its operation', (subtype, parameters, expected) => {
    const call = subtypeCall(subtype, parameters);
    const { service, operation, region: where, body = '' } = call ?? {};
    expect({ service, operation, region: where, body: JSON.parse(body) }).toEqual(expected);
  });

  it('refuses parameters that no request can give', () => {
    expect(subtypeCall('EventBridge-PutEvents', { Resources: 'no JSON' })).toBeUndefined();
  });

  it.each<[object, RegExp]>([
    [{ IntegrationSubtype: 'SNS-Publish' }, /Invalid IntegrationSubtype/],
    [{ IntegrationSubtype: 'SQS-PurgeQueue' }, /Missing required request parameters: QueueUrl/],
    [
      { IntegrationSubtype: 'SQS-PurgeQueue', RequestParameters: { QueueUrl: 'q', Other: 'o' } },
      /Invalid request parameters for SQS-PurgeQueue: Other/,
    ],
    [
      {
        IntegrationSubtype: 'SQS-PurgeQueue',
        RequestParameters: { QueueUrl: 'q' },
        CredentialsArn: undefined,
      },
      /CredentialsArn is required/,
    ],
    [
      {
        IntegrationSubtype: 'SQS-PurgeQueue',
        RequestParameters: { QueueUrl: 'q' },
        PayloadFormatVersion: '2.0',
      },
      /PayloadFormatVersion must be 1.0/,
    ],
  ])('%j is refused', async (integration, message) => {
    await expect(route(integration)).rejects.toThrow(message);
  });

  it('says which service is missing', async () => {
    await route({ IntegrationSubtype: 'SQS-PurgeQueue', RequestParameters: { QueueUrl: 'q' } });
    const answer = await send('');
    expect([answer.status, answer.text]).toEqual([501, expect.stringContaining('sqs:PurgeQueue')]);
  });
});

describe('the access log of an HTTP API', () => {
  it('tells the integration, the route and the error', async () => {
    await route({
      IntegrationUri: `arn:aws:lambda:${region}:${account}:function:f`,
      CredentialsArn: undefined,
      PayloadFormatVersion: '2.0',
    });
    const Format =
      '$context.routeKey $context.integrationStatus $context.integration.latency $context.error.responseType "$context.integrationErrorMessage" $context.requestId';
    await cloud.call('UpdateStage', {
      ApiId,
      StageName: '$default',
      AccessLogSettings: { Format, DestinationArn: `arn:aws:logs:${region}:${account}:log-group:h` },
      DefaultRouteSettings: { DetailedMetricsEnabled: true },
    });
    cloud.functions.set('f', async () => {
      await cloud.clock.advance(7);
      return 'ok';
    });
    await send('');
    cloud.functions.set('f', () => {
      throw new Error('boom');
    });
    await send('');
    const lines = cloud.cloudLogs.map(({ events }) => events[0]?.message.replace(/ \S+$/, ''));
    expect(lines).toEqual([
      'POST /{queue} 200 7 - "-"',
      expect.stringMatching(/^POST \/\{queue\} - 0 INTEGRATION_FAILURE "the function failed: .*boom/),
    ]);
    expect(
      cloud.metrics.filter(({ name }) => name === 'IntegrationLatency').map(({ value }) => value),
    ).toEqual([7, 7, 0, 0]);
    expect(cloud.metrics.map(({ dimensions }) => dimensions)).toContainEqual({
      ApiId,
      Stage: '$default',
      Method: 'POST',
      Resource: '/{queue}',
    });
  });
});
