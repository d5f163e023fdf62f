/** A version as the API shows it: https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html */
import type { FunctionConfiguration } from '@aws-sdk/client-lambda';
import type { Configuration } from '../records.ts';
import { functionArn } from './names.ts';

/**
 * @param qualified the version stands in the ARN: always for published versions, for `$LATEST` only when asked by it.
 */
export function describeConfiguration(
  place: { account: string; region: string },
  configuration: Configuration,
  qualified: boolean,
): FunctionConfiguration {
  const { functionName, version, environment, logging, layers } = configuration;
  const target = { ...place, name: functionName };
  const withVersion = qualified || version !== '$LATEST';
  return {
    FunctionName: functionName,
    FunctionArn: functionArn(target, withVersion ? version : undefined),
    Runtime: configuration.runtime as NonNullable<FunctionConfiguration['Runtime']>,
    Role: configuration.role,
    Handler: configuration.handler,
    CodeSize: configuration.code.size,
    Description: configuration.description,
    Timeout: configuration.timeout,
    MemorySize: configuration.memoryMb,
    LastModified: lambdaTime(configuration.lastModified),
    CodeSha256: configuration.code.sha256,
    Version: version,
    ...(Object.keys(environment).length > 0 ? { Environment: { Variables: environment } } : {}),
    ...(configuration.deadLetterArn ? { DeadLetterConfig: { TargetArn: configuration.deadLetterArn } } : {}),
    TracingConfig: { Mode: configuration.tracingMode },
    RevisionId: configuration.revisionId,
    ...(layers.length > 0 ? { Layers: layers.map(({ arn, size }) => ({ Arn: arn, CodeSize: size })) } : {}),
    State: 'Active',
    LastUpdateStatus: 'Successful',
    PackageType: 'Zip',
    Architectures: configuration.architectures as NonNullable<FunctionConfiguration['Architectures']>,
    EphemeralStorage: { Size: configuration.ephemeralStorageMb },
    SnapStart: { ApplyOn: 'None', OptimizationStatus: 'Off' },
    LoggingConfig: {
      LogFormat: logging.format,
      LogGroup: logging.group,
      ...(logging.applicationLevel
        ? {
            ApplicationLogLevel: logging.applicationLevel as 'INFO',
            SystemLogLevel: (logging.systemLevel ?? 'INFO') as 'INFO',
          }
        : {}),
    },
  };
}

/** Provisioned concurrency's times have no milliseconds: `2024-01-31T12:00:00+0000`. */
export function secondsTime(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, '+0000');
}

/** Lambda writes times as `2024-01-31T12:00:00.000+0000`. */
export function lambdaTime(time: number): string {
  return new Date(time).toISOString().replace('Z', '+0000');
}
