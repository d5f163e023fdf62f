/** Access logs: the stage's format with its `$context` variables. https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html */

import { BadRequestException } from '../errors.ts';

/** @throws BadRequestException for a destination or a format that no log can be written with. */
export function checkAccessLog(settings: {
  format?: string | undefined;
  destinationArn?: string | undefined;
}): void {
  const { destinationArn, format } = settings;
  if (destinationArn?.includes(':firehose:')) {
    throw new BadRequestException(
      'Access logs to Amazon Data Firehose are not supported by this cloud; use the ARN of a CloudWatch Logs log group.',
    );
  }
  if (destinationArn !== undefined && logGroupOf(destinationArn) === undefined) {
    throw new BadRequestException(
      `Invalid ARN specified in the request. The access log destination ARN must be of a CloudWatch Logs log group or a Firehose delivery stream: ${destinationArn}`,
    );
  }
  if (format === undefined) return;
  if (/[\r\n]./s.test(format)) {
    throw new BadRequestException(
      'Access log format must be single line, new line character is allowed only at the end of the format',
    );
  }
  // "The log format must include at least $context.requestId or $context.extendedRequestId."
  if (!/\$context\.(?:requestId|extendedRequestId)\b/.test(format)) {
    throw new BadRequestException(
      'Access log format must contain $context.requestId or $context.extendedRequestId',
    );
  }
}

/** What isn't known is `-`, as in web servers' logs. */
export function accessLogLine(format: string, context: object): string {
  return format.replaceAll(/\$context\.([\w.-]+)/g, (_, path: string) => {
    const value = walk(context, path.split('.'));
    if (value === undefined || value === null || value === '') return '-';
    return typeof value === 'object' ? JSON.stringify(value) : String(value);
  });
}

function walk(value: unknown, names: readonly string[]): unknown {
  let current = value;
  for (const name of names) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, name)) return undefined;
    current = (current as Record<string, unknown>)[name];
  }
  return current;
}

/** The log group of `arn:aws:logs:region:account:log-group:NAME`, with or without `:*`. */
export function logGroupOf(arn: string | undefined): string | undefined {
  return /^arn:[^:]+:logs:[^:]*:\d*:log-group:(.+?)(?::\*)?$/.exec(arn ?? '')?.[1];
}
