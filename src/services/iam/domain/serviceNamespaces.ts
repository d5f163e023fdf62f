/** Service prefixes of actions, with the names that the access advisor gives the services. */

/** Those of this cloud, and those that policies of serverless applications name most. */
export const serviceNames: Readonly<Record<string, string>> = {
  apigateway: 'Amazon API Gateway Management',
  'application-autoscaling': 'AWS Application Auto Scaling',
  cloudformation: 'AWS CloudFormation',
  cloudwatch: 'Amazon CloudWatch',
  'cognito-identity': 'Amazon Cognito Identity',
  'cognito-idp': 'Amazon Cognito User Pools',
  dynamodb: 'Amazon DynamoDB',
  ec2: 'Amazon EC2',
  events: 'Amazon EventBridge',
  'execute-api': 'Amazon API Gateway',
  iam: 'AWS Identity and Access Management',
  kinesis: 'Amazon Kinesis Data Streams',
  kms: 'AWS Key Management Service',
  lambda: 'AWS Lambda',
  logs: 'Amazon CloudWatch Logs',
  s3: 'Amazon S3',
  secretsmanager: 'AWS Secrets Manager',
  sns: 'Amazon SNS',
  sqs: 'Amazon SQS',
  ssm: 'AWS Systems Manager',
  states: 'AWS Step Functions',
  sts: 'AWS Security Token Service',
  xray: 'AWS X-Ray',
};

interface Statement {
  Effect?: unknown;
  Action?: unknown;
  NotAction?: unknown;
  Condition?: unknown;
}

/**
 * The services of which a policy allows something, by their prefixes. A wildcard over services means those in `serviceNames`.
 * Resources and conditions are not looked at: what is allowed under a condition is allowed at times.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_GenerateServiceLastAccessedDetails.html
 */
export function namespacesOf(document: string): Set<string> {
  const { Statement: given } = JSON.parse(document) as { Statement?: Statement | Statement[] };
  const found = new Set<string>();
  for (const statement of Array.isArray(given) ? given : given ? [given] : []) {
    if (statement.Effect === 'Allow') for (const name of allowedBy(statement)) found.add(name);
  }
  return found;
}

function allowedBy({ Action, NotAction }: Statement): string[] {
  if (NotAction !== undefined) {
    // Of a service that is excepted in part, the rest is allowed.
    const excepted = new Set(
      listOf(NotAction)
        .filter((action) => /:\*+$/.test(action))
        .map(prefixOf),
    );
    return Object.keys(serviceNames).filter((name) => !excepted.has(name));
  }
  return listOf(Action).flatMap((action) => {
    const prefix = prefixOf(action);
    return /[*?]/.test(prefix) ? Object.keys(serviceNames).filter((name) => matches(prefix, name)) : [prefix];
  });
}

function prefixOf(action: string): string {
  return (action.split(':')[0] ?? '').toLowerCase();
}

function matches(pattern: string, name: string): boolean {
  const text = pattern
    .replace(/[.+^${}()|[\]\\-]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${text}$`).test(name);
}

function listOf(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).filter((one) => typeof one === 'string');
}
