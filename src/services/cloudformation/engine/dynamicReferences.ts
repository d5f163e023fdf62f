import type { AwsCaller } from '../../../platform/index.ts';
import { isRecord } from '../domain/template/references.ts';
import { TemplateError } from '../domain/templateError.ts';

const pattern = /\{\{resolve:(ssm|ssm-secure|secretsmanager):([^{}]+)\}\}/g;

/**
 * Replaces `{{resolve:service:…}}` by what it names. The result is handed to the resource only, never kept.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
 */
export async function resolveDynamicReferences(value: unknown, aws: AwsCaller): Promise<unknown> {
  if (typeof value === 'string') return resolveText(value, aws);
  if (Array.isArray(value)) return Promise.all(value.map((item) => resolveDynamicReferences(item, aws)));
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).map(
    async ([name, inner]) => [name, await resolveDynamicReferences(inner, aws)] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}

async function resolveText(text: string, aws: AwsCaller): Promise<string> {
  const found = await Promise.all(
    [...text.matchAll(pattern)].map(async (match) => {
      const [whole, service = '', key = ''] = match;
      return [
        whole,
        service === 'secretsmanager' ? await secret(key, aws) : await ssm(service, key, aws),
      ] as const;
    }),
  );
  return found.reduce((result, [whole, value]) => result.replace(whole, () => value), text);
}

/** `name` or `name:version`. */
async function ssm(service: string, key: string, aws: AwsCaller): Promise<string> {
  const output = await aws.call<{ Parameter?: { Value?: string } }>('ssm', 'GetParameter', {
    Name: key,
    ...(service === 'ssm-secure' ? { WithDecryption: true } : {}),
  });
  return output.Parameter?.Value ?? '';
}

/** `secret-id:SecretString:json-key:version-stage:version-id`, all but the first optional; the id may be an ARN. */
async function secret(key: string, aws: AwsCaller): Promise<string> {
  const parts = key.split(':');
  const idLength = parts[0] === 'arn' ? 7 : 1;
  const id = parts.slice(0, idLength).join(':');
  const [, jsonKey = '', stage = '', version = ''] = parts.slice(idLength);
  const output = await aws.call<{ SecretString?: string }>('secretsmanager', 'GetSecretValue', {
    SecretId: id,
    ...(stage ? { VersionStage: stage } : {}),
    ...(version ? { VersionId: version } : {}),
  });
  const text = output.SecretString ?? '';
  if (jsonKey === '') return text;
  let value: unknown;
  try {
    value = (JSON.parse(text) as Record<string, unknown>)[jsonKey];
  } catch {
    value = undefined;
  }
  if (value === undefined) {
    throw new TemplateError(`Could not find a value associated with JSONKey in SecretString`);
  }
  return String(value);
}
