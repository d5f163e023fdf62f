/** What a runtime tells, frame by frame, in words. */
import { fromFunction } from './frames.ts';

export interface RuntimeEvents {
  /** It is up, and has no function yet. */
  booted(): void;
  /** What was compiled of the function's code. */
  code(body: Buffer): void;
  initialized(): void;
  /** SnapStart: how the hooks after the restore ended. */
  restoreAnswer(kind: number, body: Buffer): void;
  /** @param error object, as JSON. */
  initFailed(error: Buffer): void;
  log(line: string): void;
  /** @param body begins with the peak of what the runtime has held. */
  memory(body: Buffer): void;
  result(payload: Buffer): void;
  /** @param error object, as JSON. @param isFatal the runtime ends itself after this. */
  failed(error: Buffer, isFatal: boolean): void;
  streamOpened(contentType: string): void;
  streamChunk(bytes: Buffer): void;
  /** A frame of no known kind. */
  nonsense(): void;
}

export function tell(events: RuntimeEvents, kind: number, body: Buffer): void {
  switch (kind) {
    case fromFunction.booted:
      events.booted();
      break;
    case fromFunction.code:
      events.code(body);
      break;
    case fromFunction.initialized:
      events.memory(body);
      events.initialized();
      break;
    case fromFunction.restored:
    case fromFunction.restoreFailed:
      events.restoreAnswer(kind, body);
      break;
    case fromFunction.initFailed:
      events.initFailed(body);
      break;
    case fromFunction.log:
      events.log(body.toString('utf8'));
      break;
    case fromFunction.result:
      events.memory(body);
      events.result(body.subarray(4));
      break;
    case fromFunction.failed:
      events.memory(body);
      events.failed(body.subarray(5), body[4] === 1);
      break;
    case fromFunction.streamOpened:
      events.streamOpened(body.toString('utf8'));
      break;
    case fromFunction.streamChunk:
      events.streamChunk(body);
      break;
    default:
      events.nonsense();
  }
}
