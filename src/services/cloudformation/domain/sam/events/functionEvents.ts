import { apiEvent } from './api.ts';
import type { EventSource } from './eventSource.ts';

/** The event types of AWS::Serverless::Function. */
export const functionEvents: Readonly<Record<string, EventSource>> = {
  Api: apiEvent,
};
