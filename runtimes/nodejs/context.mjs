// The context object: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html

/** @param head of the invocation's frame. */
export function createContext(head) {
  const deadline = Date.now() + head.timeoutMs;
  const context = {
    callbackWaitsForEmptyEventLoop: true,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: head.clientContext ? JSON.parse(head.clientContext) : undefined,
    identity: head.cognitoIdentity ? identityOf(JSON.parse(head.cognitoIdentity)) : undefined,
    invokedFunctionArn: head.functionArn,
    awsRequestId: head.requestId,
    tenantId: head.tenantId,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
  return context;
}

function identityOf(identity) {
  return {
    cognitoIdentityId: identity.cognitoIdentityId,
    cognitoIdentityPoolId: identity.cognitoIdentityPoolId,
  };
}
