/** How executions, callbacks and checkpoints are named. */

import { functionArn } from '../domain/names.ts';
import { InvalidParameterValueException, ResourceNotFoundException } from '../errors.ts';
import type { ExecutionKey, ExecutionRecord } from './records.ts';

const pattern =
  /^arn:[^:]+:lambda:([^:]+):(\d{12}):function:([^:]+):([^:/]+)\/durable-execution\/([^/]+)\/([^/]+)$/;

export function executionArn(record: ExecutionRecord): string {
  return `${functionArn(record, record.version)}/durable-execution/${record.executionName}/${record.id}`;
}

/** @throws InvalidParameterValueException */
export function parseExecutionArn(arn: string): ExecutionKey {
  const [, region = '', account = '', name = '', , , id] = pattern.exec(arn) ?? [];
  if (id === undefined)
    throw new InvalidParameterValueException(`${arn} is not a valid durable execution ARN.`);
  return { account, region, name, id };
}

export function executionNotFound(arn: string): Error {
  return new ResourceNotFoundException(`Durable execution not found: ${arn}`);
}

/** Opaque to callers: where the callback's operation is. */
export function callbackIdOf({ account, region, name, id }: ExecutionKey, operationId: string): string {
  return Buffer.from(JSON.stringify([account, region, name, id, operationId])).toString('base64');
}

/** @throws InvalidParameterValueException for what is no callback's id. */
export function parseCallbackId(callbackId: string): { key: ExecutionKey; operationId: string } {
  try {
    const parts: unknown = JSON.parse(Buffer.from(callbackId, 'base64').toString('utf8'));
    if (Array.isArray(parts) && parts.length === 5 && parts.every((part) => typeof part === 'string')) {
      const [account, region, name, id, operationId] = parts as [string, string, string, string, string];
      return { key: { account, region, name, id }, operationId };
    }
  } catch {
    // Said below.
  }
  throw new InvalidParameterValueException('Invalid callback ID.');
}
