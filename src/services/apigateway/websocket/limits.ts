/** "API Gateway quotas for configuring and running a WebSocket API": https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html */

/** "WebSocket message payload size", in bytes. */
export const messageBytesMax = 128 * 1024;
/** "WebSocket frame size", in bytes: a larger one closes the connection with 1009. */
export const frameBytesMax = 32 * 1024;
/** "Connection duration for WebSocket API", in milliseconds. */
export const connectionDurationMs = 2 * 60 * 60 * 1000;
/** "Idle Connection Timeout", in milliseconds. */
export const idleTimeoutMs = 10 * 60 * 1000;

/** Ours: bytes that wait for a client that doesn't read; LimitExceededException past it ("the WebSocket client side buffer is full"). */
export const unsentBytesMax = 1024 * 1024;
/** Ours: the same for answers, which nobody could be told of: the connection is closed with 1008. */
export const unsentAnswerBytesMax = 16 * 1024 * 1024;
/** Ours: messages of one connection that are being worked on at once; the socket waits past it. */
export const messagesUnderWayMax = 100;
/** Ours: how long a server that closes waits for clients to answer its goodbye, in milliseconds. */
export const goodbyeMs = 1_000;
/** Ours: how long a closed connection may take to hang up, in milliseconds. */
export const hangUpMs = 5_000;
/** Ours: the wheel of timeouts turns in steps of this many milliseconds. */
export const wheelStepMs = 1_000;
