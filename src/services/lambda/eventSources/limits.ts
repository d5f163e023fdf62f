/** Bounds of event source mappings: https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html unless another page is named. */

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html: “up to five different filters”. */
export const filtersMax = 5;
/** CreateEventSourceMapping, BatchSize: “for FIFO queues the max is 10”. */
export const fifoBatchMax = 10;
/** “When you set BatchSize to a value greater than 10, you must set MaximumBatchingWindowInSeconds to at least 1” (SQS). */
export const batchWithoutWindowMax = 10;
/** https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-errors.html: “The minimum valid value for maximum record age is 60s”. */
export const recordAgeSecondsMin = 60;
/** ListEventSourceMappings: “returns a maximum of 100 items in each response, even if you set the number higher”. */
export const mappingsPageMax = 100;
/** https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-windows.html: “Your state can be a maximum of 1 MB per shard”. Bytes. */
export const windowStateBytesMax = 1024 * 1024;
/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html: records are kept for 24 hours. Milliseconds. */
export const dynamoDbRecordAgeMs = 24 * 60 * 60_000;
/** Ours: a failed batch of a stream is tried again after this long, doubled each time up to the cap. Milliseconds. */
export const batchRetryBaseMs = 200;
export const batchRetryCapMs = 30_000;
/** Ours: how long a source that had records is listened to before its poller lies down; of the machine's time. Milliseconds. */
export const pollerLingerMs = 200;
/** Ours: between two looks at a stream whose store stirs, with nothing for the mapping: at first and at most. Milliseconds. */
export const lookGapMinMs = 20;
export const lookGapMaxMs = 250;
/** Ours: a poller that nothing wakes looks after its source all the same. Milliseconds. */
export const pollerSleepMs = 5 * 60_000;
/** Ours: a source without a hint is asked this often; AWS asks streams four times a second. Milliseconds. */
export const pollIntervalMs = 1_000;
/** Ours: a source that refuses, or isn't there, is asked again after this long. Milliseconds. */
export const brokenSourceWaitMs = 10_000;
/** Ours: mappings at work at once in this process. */
export const pollersMax = 1_000;
/** Ours: records of a shard that are read ahead when batches are smaller. */
export const lookaheadRecordsMin = 200;
/** Ours: how long after its end a tumbling window waits for records of its last second. Milliseconds. */
export const windowGraceMs = 1_000;
/** Ours: mappings whose pollers are woken when the service is loaded; the others wake by their clocks. */
export const mappingsResumedMax = 10_000;
/** ReceiveMessage, MaxNumberOfMessages: “Valid values: 1 to 10”; DeleteMessageBatch takes as many. */
export const receivedMessagesMax = 10;
/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html: “starting with five concurrent batches”. Ours: that is also the most without ScalingConfig. */
export const queueConcurrencyDefault = 5;
/** Ours: room in a payload for what stands around its records. Bytes. */
export const envelopeBytes = 2048;
