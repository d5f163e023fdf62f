/** Quotas: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html unless another page is named. */

/** “Invocation payload: 6 MB each for request and response (synchronous)”. Bytes. */
export const syncPayloadBytesMax = 6 * 1024 * 1024;
/** “1 MB (asynchronous)”. Bytes. */
export const asyncPayloadBytesMax = 1024 * 1024;
/** “Concurrent executions: 1,000”, per account and region. */
export const concurrentExecutionsMax = 1000;
/** PutFunctionConcurrency: at least 100 stay unreserved. */
export const unreservedConcurrencyMin = 100;
/** “Deployment package (.zip file archive) size: 50 MB (zipped, when uploaded through the Lambda API or SDKs)”. Bytes. */
export const zipUploadBytesMax = 50 * 1024 * 1024;
/** “250 MB: the maximum size of the contents of a deployment package, including layers (unzipped)”. Bytes. */
export const unzippedBytesMax = 250 * 1024 * 1024;
/** “Container image code package size: 10 GB (maximum uncompressed image size, including all layers)”. Bytes. */
export const imageBytesMax = 10 * 1024 * 1024 * 1024;
/** “Storage for uploaded functions (.zip file archives) and layers: 75 GB”. Bytes. */
export const codeStorageBytesMax = 75 * 1024 * 1024 * 1024;
/** “Function environment variables: 4 KB, for all environment variables associated with the function, in aggregate”. */
export const environmentBytesMax = 4 * 1024;
/** “Function timeout: 900 seconds (15 minutes)”. */
export const timeoutSecondsMax = 900;
/** “128 MB to 10,240 MB, in 1-MB increments”. */
export const memoryMbMin = 128;
export const memoryMbMax = 10_240;
/** “/tmp directory storage: Between 512 MB and 10,240 MB”. */
export const ephemeralStorageMbMin = 512;
export const ephemeralStorageMbMax = 10_240;
/** “Function layers: five layers”. */
export const layersMax = 5;
/** “Function resource-based policy: 20 KB”. Bytes. */
export const policyBytesMax = 20 * 1024;
/** CreateFunction: “limited to 64 characters in length”. */
export const functionNameLengthMax = 64;
/** https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html: Init is limited to 10 seconds. */
export const initTimeoutMs = 10_000;
/** Invoke, LogType: “the last 4 KB of the execution log”. Bytes. */
export const logTailBytesMax = 4 * 1024;
/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html: two retries, events of up to six hours. */
export const asyncRetriesDefault = 2;
export const asyncAgeSecondsDefault = 6 * 60 * 60;
/** “Lambda waits one minute between the first two attempts, and two minutes between the second and third”. Milliseconds. */
export const asyncRetryWaitsMs: readonly number[] = [60_000, 120_000];
/** “for throttling errors and system errors … from 1 second after the first attempt to a maximum of 5 minutes”. Milliseconds. */
export const throttledRetryBaseMs = 1_000;
export const throttledRetryCapMs = 5 * 60_000;
/** https://docs.aws.amazon.com/lambda/latest/api/API_OnFailure.html: “SNS destinations have a message size limit of 256 KB”. Bytes. */
export const snsMessageBytesMax = 256 * 1024;
/** ListFunctions: “returns a maximum of 50 items in each response, even if you set the number higher”. */
export const pageItemsMax = 50;
/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html: stopped after 16 invocations of a chain. */
export const recursiveInvocationsMax = 16;
/** Ours: functions that a lineage names. */
export const lineageLengthMax = 32;
/** InvokeAsync: “The payload limit is 256KB”. Bytes. */
export const legacyPayloadBytesMax = 256 * 1024;
/** ListCodeSigningConfigs: “A request returns up to 10,000 configurations per call”. */
export const codeSigningPageMax = 10_000;
/** TagResource: 50 tags. */
export const tagsMax = 50;
/** Ours: asynchronous invocations at work at once in this process. */
export const asyncConcurrency = 64;
/** Ours: credentials of a role are renewed when less than this is left. Milliseconds. */
export const credentialsMarginMs = 10 * 60_000;
/** GetFunction: “The presigned URL is valid for 10 minutes”. Milliseconds. */
export const codeUrlValidMs = 10 * 60_000;
/** “SnapStart does not support … ephemeral storage greater than 512 MB” (snapstart.html). */
export const snapStartStorageMbMax = 512;
/** “The time limit is 130 seconds or the configured function timeout (maximum 900 seconds), whichever is higher” (snapstart-runtime-hooks.html). */
export const snapStartInitMsMin = 130_000;
/** Ours: versions with SnapStart that are initialized at once. */
export const snapStartConcurrency = 2;
