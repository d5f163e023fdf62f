// Lets a debugger in before the function's code is loaded, so that every line of it can be stopped at.

/** The environment before this one may still be about to give the port back. */
const attempts = 100;
const pauseMs = 20;

/** Listens on 127.0.0.1 and stands still until a debugger has attached; without the port, says so and goes on. */
export async function waitForDebugger(port) {
  const { default: inspector } = await import('node:inspector');
  for (let attempt = 0; attempt < attempts && inspector.url() === undefined; attempt++) {
    if (attempt > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
    if (await isFree(port)) inspector.open(port, '127.0.0.1');
  }
  if (inspector.url() === undefined) console.error(`Port ${port} is taken: no debugger can attach.`);
  else inspector.waitForDebugger();
}

/** Asked first: each failed attempt of the inspector would stand in the function's log. */
async function isFree(port) {
  const { createServer } = await import('node:net');
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
