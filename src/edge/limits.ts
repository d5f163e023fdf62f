/** The edge's bounds. */

/** Request line and headers together, as Node counts them; AWS's front ends refuse at a similar size. */
export const headerBytesMax = 16 * 1024;

/** Time from the first byte to the last header. */
export const headersTimeoutMs = 30_000;
/** Time for a whole request: large S3 uploads over slow lines need long. */
export const requestTimeoutMs = 30 * 60_000;
/** An idle keep-alive connection; longer than the idle time of the SDKs' agents, so that they close first. */
export const keepAliveTimeoutMs = 65_000;
/** How often slow clients are looked for. */
export const slowClientCheckMs = 5_000;

/** How long a stop waits for what is in flight. */
export const shutdownGraceMs = 10_000;

/** Largest operation body that is read as a whole. Streaming operations have no bound here. */
export const bodyBytesMaxDefault = 10 * 1024 * 1024;

/** Services whose documented requests are larger. */
export const bodyBytesMaxByService: Readonly<Record<string, number>> = {
  // BatchWriteItem takes 16 MB: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
  dynamodb: 16 * 1024 * 1024 + 64 * 1024,
  // A 50 MB zip in base64: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
  lambda: 70_167_211,
  // CompleteMultipartUpload and DeleteObjects list up to 10,000 and 1,000 entries.
  s3: 16 * 1024 * 1024,
};

/** A refused request's unread body is read on and thrown away up to this size; past it the connection closes. */
export const drainBytesMax = 1024 * 1024;

/** Header of one aws-chunked chunk, and all trailers together. */
export const chunkHeaderBytesMax = 1024;
export const trailerBytesMax = 8 * 1024;

/** The longest chunk: S3's own bound on a part. */
export const chunkBytesMax = 5 * 1024 * 1024 * 1024;
