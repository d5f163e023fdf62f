// Loads what functions load most of the AWS SDK, so that it is compiled once for all of them: src/compute/sdkCode.ts.
const clients = [
  '@aws-sdk/client-dynamodb',
  '@aws-sdk/lib-dynamodb',
  '@aws-sdk/client-s3',
  '@aws-sdk/client-sqs',
  '@aws-sdk/client-sns',
  '@aws-sdk/client-lambda',
  '@aws-sdk/client-eventbridge',
  '@aws-sdk/client-secrets-manager',
  '@aws-sdk/client-ssm',
  '@aws-sdk/client-sfn',
  '@aws-sdk/client-kinesis',
  '@aws-sdk/client-sts',
];

for (const name of clients) {
  try {
    const client = require(name);
    const [construct] = Object.entries(client)
      .filter(([key]) => /^[A-Z]\w+Client$/.test(key) && key !== '__Client')
      .map(([, value]) => value);
    // What the constructor calls is compiled too.
    if (construct && name.includes('/client-')) new construct({ region: 'us-east-1' });
  } catch {
    // Not every SDK has them all.
  }
}

exports.handler = async () => null;
