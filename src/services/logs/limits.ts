/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html and the pages of the operations. */

/** PutLogEvents: log events in a batch. */
export const batchEventsMax = 10_000;
/** PutLogEvents: bytes in a batch, each event counted with `eventOverheadBytes` more. */
export const batchBytesMax = 1_048_576;
export const eventOverheadBytes = 26;
/** PutLogEvents: no event may be more than two hours in the future … */
export const futureMsMax = 2 * 60 * 60_000;
/** … or older than 14 days or the group's retention. */
export const pastMsMax = 14 * 24 * 60 * 60_000;
/** PutLogEvents: a batch may not span more than 24 hours. */
export const batchSpanMsMax = 24 * 60 * 60_000;
/** GetLogEvents and FilterLogEvents: events and bytes in a page. */
export const pageEventsMax = 10_000;
export const pageBytesMax = 1_048_576;
/** Events looked at for one page of FilterLogEvents, so that a rare match answers (with a token) in bounded time. */
export const searchedEventsMax = 50_000;
/** PutRetentionPolicy: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
export const retentionDaysAllowed: readonly number[] = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];
/** TagResource. */
export const tagsMax = 50;
