/** The variables that a function finds: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html */
import type { Configuration } from '../records.ts';

interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string | undefined;
}

/** @param endpoint of this cloud, for SDKs that have no endpoint in their code. */
export function variablesOf(
  place: { region: string },
  configuration: Configuration,
  credentials: Credentials,
  endpoint: string,
  initializationType: 'on-demand' | 'provisioned-concurrency' | 'snap-start' = 'on-demand',
): Record<string, string> {
  const { logging } = configuration;
  return {
    AWS_ENDPOINT_URL: endpoint,
    // The function's own variables win over what isn't reserved.
    ...configuration.environment,
    // An image's own runtime sets these two.
    ...(configuration.image
      ? {}
      : { _HANDLER: configuration.handler, AWS_EXECUTION_ENV: `AWS_Lambda_${configuration.runtime}` }),
    AWS_REGION: place.region,
    AWS_DEFAULT_REGION: place.region,
    AWS_LAMBDA_FUNCTION_NAME: configuration.functionName,
    AWS_LAMBDA_FUNCTION_VERSION: configuration.version,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(configuration.memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: initializationType,
    // “The AWS_LAMBDA_LOG_GROUP_NAME and AWS_LAMBDA_LOG_STREAM_NAME environment variables are not available in Lambda
    // SnapStart functions” (snapstart-monitoring.html).
    ...(initializationType === 'snap-start' ? {} : { AWS_LAMBDA_LOG_GROUP_NAME: logging.group }),
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    ...(credentials.sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: credentials.sessionToken }),
    AWS_XRAY_CONTEXT_MISSING: 'LOG_ERROR',
    ...(logging.format === 'JSON'
      ? { AWS_LAMBDA_LOG_FORMAT: 'JSON', AWS_LAMBDA_LOG_LEVEL: logging.applicationLevel ?? 'INFO' }
      : { AWS_LAMBDA_LOG_FORMAT: 'Text' }),
  };
}

/** `2026/01/31/[$LATEST]` and the environment's id; with a log group of its own choice, the function's name stands too. */
export function logStreamName(
  place: { name: string },
  configuration: Configuration,
  environment: { id: string; startedAt: number },
): string {
  const date = new Date(environment.startedAt).toISOString().slice(0, 10).replaceAll('-', '/');
  const { version, logging } = configuration;
  const own = logging.group === `/aws/lambda/${place.name}`;
  return own ? `${date}/[${version}]${environment.id}` : `${date}/${place.name}[${version}]${environment.id}`;
}
