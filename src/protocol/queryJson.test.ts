import { describe, expect, it } from 'vitest';
import { AwsError } from '../kernel/index.ts';
import { createServiceProtocol } from './compile.ts';
import type { ServiceModel } from './model.ts';

const model: ServiceModel = {
  metadata: { serviceId: 'Toy', apiVersion: '2020-01-01', protocol: 'query' },
  operations: {
    ListTopics: {
      name: 'ListTopics',
      http: { method: 'POST', requestUri: '/' },
      output: { shape: 'Output', resultWrapper: 'ListTopicsResult' },
    },
  },
  shapes: {
    Output: {
      type: 'structure',
      members: {
        NextToken: { shape: 'Text' },
        Topics: { shape: 'Topics' },
        Since: { shape: 'Time' },
        Tags: { shape: 'Tags' },
        Raw: { shape: 'Bytes' },
      },
    },
    Topics: { type: 'list', member: { shape: 'Topic' } },
    Topic: { type: 'structure', members: { TopicArn: { shape: 'Text' } } },
    Tags: { type: 'map', key: { shape: 'Text' }, value: { shape: 'Text' } },
    Text: { type: 'string' },
    Time: { type: 'timestamp' },
    Bytes: { type: 'blob' },
    TopicLimit: {
      type: 'structure',
      members: {},
      exception: true,
      error: { code: 'TopicLimitExceeded', httpStatusCode: 403, senderFault: true },
    },
  },
} as ServiceModel;

const operation = createServiceProtocol(model).operation('ListTopics');

describe('answers of query services in JSON', () => {
  it('have a member for each of the model, null for what is absent', () => {
    const output = {
      Topics: [{ TopicArn: 'arn' }],
      Since: new Date(1500),
      Tags: { a: 'b' },
      Raw: Buffer.from('hi'),
      Unknown: 1,
    };
    const answer = operation?.serializeJson?.(output, 'id');
    expect(answer?.headers['content-type']).toBe('application/json');
    expect(JSON.parse(String(answer?.body))).toEqual({
      ListTopicsResponse: {
        ListTopicsResult: {
          NextToken: null,
          Topics: [{ TopicArn: 'arn' }],
          Since: 1.5,
          Tags: { a: 'b' },
          Raw: 'aGk=',
        },
        ResponseMetadata: { RequestId: 'id' },
      },
    });
  });

  it('tell errors by their code', () => {
    const answer = operation?.serializeJsonError?.(new AwsError('TopicLimit', 'too many'), 'id');
    expect([answer?.status, JSON.parse(String(answer?.body))]).toEqual([
      403,
      { Error: { Code: 'TopicLimitExceeded', Message: 'too many', Type: 'Sender' }, RequestId: 'id' },
    ]);
  });
});
