/**
 * Response streaming: what a function writes reaches the caller while the function runs.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
 */
import type { Executed, Execution, Executor } from './executor.ts';

export interface Streamed {
  /** Of the stream; undefined when the function answered as a whole. */
  readonly contentType: string | undefined;
  /** Parts of the response in order; returns how the invocation ended. */
  readonly parts: AsyncGenerator<Uint8Array, Executed>;
}

/** Resolves when the function begins to answer. @throws what `Executor.run` throws before that. */
export async function stream(executor: Executor, execution: Execution): Promise<Streamed> {
  const waiting: Uint8Array[] = [];
  const opened = Promise.withResolvers<string | undefined>();
  let news = Promise.withResolvers<void>();
  let ended: { executed: Executed } | { cause: unknown } | undefined;
  executor
    .run({
      ...execution,
      onStream: {
        open: (contentType) => opened.resolve(contentType),
        chunk: (bytes) => {
          waiting.push(bytes);
          news.resolve();
        },
      },
    })
    .then(
      (executed) => {
        ended = { executed };
        opened.resolve(undefined);
      },
      (cause: unknown) => {
        ended = { cause };
        opened.reject(cause);
      },
    )
    .finally(() => news.resolve());

  async function* parts(): AsyncGenerator<Uint8Array, Executed> {
    for (;;) {
      const part = waiting.shift();
      if (part) yield part;
      else if (ended) break;
      else {
        await news.promise;
        news = Promise.withResolvers<void>();
      }
    }
    if ('cause' in ended) throw ended.cause;
    return ended.executed;
  }

  return { contentType: await opened.promise, parts: parts() };
}
