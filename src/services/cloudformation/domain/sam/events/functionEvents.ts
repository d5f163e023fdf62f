import { apiEvent } from './api.ts';
import type { EventSource } from './eventSource.ts';
import { httpApiEvent } from './httpApi.ts';

/** The event types of AWS::Serverless::Function. */
export const functionEvents: Readonly<Record<string, EventSource>> = {
  Api: apiEvent,
  HttpApi: httpApiEvent,
};
