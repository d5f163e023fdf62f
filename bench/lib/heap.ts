/** What a server holds once everything that it holds no more has been collected, asked of it by its inspector. */
import { freePort, type ServerUnderTest, startBrume } from './servers.ts';

export interface InspectedServer extends ServerUnderTest {
  /** Collects garbage. @returns bytes of the heap that are in use. */
  heapBytes(): Promise<number>;
}

export async function startInspected(): Promise<InspectedServer> {
  const inspectPort = await freePort();
  const server = await startBrume({ inspectPort });
  const answer = await fetch(`http://127.0.0.1:${inspectPort}/json/list`);
  const [target] = (await answer.json()) as { webSocketDebuggerUrl: string }[];
  const socket = new WebSocket(target?.webSocketDebuggerUrl ?? '');
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('error', reject);
  });
  const waiting = new Map<number, (result: { usedSize: number }) => void>();
  socket.addEventListener('message', ({ data }) => {
    const { id, result } = JSON.parse(String(data)) as { id: number; result: { usedSize: number } };
    waiting.get(id)?.(result);
    waiting.delete(id);
  });
  let asked = 0;
  const ask = (method: string) =>
    new Promise<{ usedSize: number }>((resolve) => {
      waiting.set(++asked, resolve);
      socket.send(JSON.stringify({ id: asked, method }));
    });
  await ask('HeapProfiler.enable');
  return {
    ...server,
    async heapBytes() {
      // What is found dead by the first may have kept other things alive.
      for (let round = 0; round < 2; round++) await ask('HeapProfiler.collectGarbage');
      return (await ask('Runtime.getHeapUsage')).usedSize;
    },
    async stop() {
      socket.close();
      await server.stop();
    },
  };
}
