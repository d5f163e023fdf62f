/** Access logs: the stage's format with its `$context` variables. https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html */

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
