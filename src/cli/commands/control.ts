/** `brume stop`, `status`, `reset`: the control plane of a running cloud. */
import { clock } from '../clock.ts';
import { Failure } from '../failure.ts';
import { control, resolveTarget, type TargetOptions } from '../target.ts';

interface Health {
  status: string;
  version: string;
  endpoint: string;
  pid: number;
  uptimeMs: number;
  iam: string;
  data: string;
  services: Record<string, string>;
}

export async function stop(options: TargetOptions): Promise<void> {
  const target = resolveTarget(options);
  await control(target, 'stop', { method: 'POST' });
  // Stopped means that nothing answers any more: whoever starts the next cloud needs the port.
  for (let attempt = 0; attempt < 600; attempt++) {
    try {
      await fetch(`${target.endpoint}/_brume/health`);
    } catch {
      process.stderr.write(`Stopped the cloud at ${target.endpoint}.\n`);
      return;
    }
    await clock.sleep(50);
  }
  throw new Failure(`The cloud at ${target.endpoint} is still answering after 30 s.`, {
    hints: ['It may be finishing long invocations; `brume status` shows its process id.'],
  });
}

export async function status(options: TargetOptions & { json?: boolean }): Promise<void> {
  const target = resolveTarget(options);
  const health = (await (await control(target, 'health')).json()) as Health;
  if (options.json) {
    process.stdout.write(`${JSON.stringify(health, null, 2)}\n`);
    return;
  }
  const loaded = Object.entries(health.services).filter(([, state]) => state === 'running');
  process.stdout.write(
    [
      `Brume ${health.version} is ${health.status} at ${target.endpoint}`,
      `  process   ${health.pid}, up ${Math.round(health.uptimeMs / 1000)} s`,
      `  data      ${health.data}`,
      `  iam       ${health.iam}`,
      `  loaded    ${loaded.map(([name]) => name).join(', ') || 'no service yet: they load at their first request'}`,
      '',
    ].join('\n'),
  );
}

export async function reset(options: TargetOptions): Promise<void> {
  const target = resolveTarget(options);
  await control(target, 'reset', { method: 'POST' });
  process.stderr.write(`Emptied the cloud at ${target.endpoint}.\n`);
}
