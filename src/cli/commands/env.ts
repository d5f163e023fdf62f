/** `eval "$(brume env)"`: points every SDK and the AWS CLI of a shell at a cloud. */
import { resolveTarget, type TargetOptions } from '../target.ts';

export function env(options: TargetOptions): void {
  const { endpoint, region, credentials } = resolveTarget(options);
  const exports = {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  };
  for (const [name, value] of Object.entries(exports))
    process.stdout.write(`export ${name}=${quote(value)}\n`);
}

/** Single quotes keep everything literal in a POSIX shell but themselves. */
function quote(value: string): string {
  return /^[\w@%+=:,./-]*$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
}
