import { expect, it } from 'vitest';
import { checkDeadLetterTarget, checkDestinations } from './destinationTargets.ts';

const self = { account: '000000000000', region: 'us-east-1', name: 'f' };
const here = (service: string, resource: string) => `arn:aws:${service}:us-east-1:000000000000:${resource}`;

const onFailure = (arn: string) => () => checkDestinations({ onSuccess: undefined, onFailure: arn }, self);
const onSuccess = (arn: string) => () => checkDestinations({ onSuccess: arn, onFailure: undefined }, self);

it('queues, topics, functions, buses and buckets take records', () => {
  expect(onFailure(here('sqs', 'q'))()).toEqual([]);
  expect(onFailure(here('sns', 't'))()).toEqual([]);
  expect(onFailure(here('events', 'event-bus/b'))()).toEqual([]);
  expect(onFailure('arn:aws:s3:::b')()).toEqual([]);
  const arn = here('lambda', 'function:g:1');
  expect(onFailure(arn)()).toEqual([{ name: 'g', arn }]);
});

it.each([
  here('sqs', 'q.fifo'),
  here('sns', 't.fifo'),
  here('dynamodb', 'table/t'),
  here('events', 'rule/r'),
  here('s3', 'b'),
  'arn:aws:sqs:::q',
])('%s takes none', (arn) => {
  expect(onFailure(arn)).toThrow(
    `The provided destination config DestinationConfig(onSuccess=null, onFailure=OnFailure(destination=${arn})) is invalid.`,
  );
});

it('buckets take records of failures alone, and no function takes its own', () => {
  expect(onSuccess('arn:aws:s3:::b')).toThrow('onSuccess=OnSuccess(destination=arn:aws:s3:::b)');
  const own = here('lambda', 'function:f:live');
  expect(onSuccess(own)).toThrow("You can't specify the function as a destination for itself.");
});

it('dead letters go to standard queues and topics', () => {
  checkDeadLetterTarget(here('sqs', 'q'));
  checkDeadLetterTarget(here('sns', 't'));
  expect(() => checkDeadLetterTarget(here('lambda', 'function:g'))).toThrow('Invalid dead letter queue ARN');
  expect(() => checkDeadLetterTarget(here('sqs', 'q.fifo'))).toThrow('FIFO SQS queue is not supported');
});
