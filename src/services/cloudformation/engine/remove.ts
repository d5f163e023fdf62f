/** Deleting: whole stacks, what a failed operation made, what an update left over; against the dependencies. */
import { reversed } from '../domain/graph.ts';
import { limits } from '../limits.ts';
import type { ResourceRecord, ResourceVersion } from '../records.ts';
import { failureReason } from './reasons.ts';
import { resourceContext } from './resourceContext.ts';
import type { StackRun } from './run.ts';
import { walk } from './walk.ts';

/** What becomes of a resource that is to go. */
type Fate = 'delete' | 'retain';

export interface Removal {
  /** The resources to remove, whole. */
  readonly ids: ReadonlySet<string>;
  fate(resource: ResourceRecord): Fate;
  /** Forget them (after an update) or keep them as DELETE_COMPLETE (of a stack that goes itself). */
  readonly forget: boolean;
  /** A failed deletion is noted and left behind: cleaning up never fails an update. */
  readonly carryOn: boolean;
}

/** Removes `ids` and everything discarded by replacements. @returns the ids that could not be deleted. */
export async function removeResources(run: StackRun, removal: Removal): Promise<string[]> {
  const all = [...run.resources.values()];
  const graph = reversed(
    new Map(all.map(({ logicalId, dependencies }) => [logicalId, new Set(dependencies)])),
  );
  const failed: string[] = [];
  await walk({
    graph,
    parallel: limits.parallelSteps,
    isStopped: () => run.signal.aborted,
    step: async (id) => {
      const succeeded = await new RemoveStep(run, removal, id).run();
      if (!succeeded) failed.push(id);
      return succeeded || removal.carryOn;
    },
  });
  return failed;
}

class RemoveStep {
  readonly #run: StackRun;
  readonly #removal: Removal;
  readonly #id: string;

  constructor(run: StackRun, removal: Removal, id: string) {
    this.#run = run;
    this.#removal = removal;
    this.#id = id;
  }

  async run(): Promise<boolean> {
    const clean = await this.#removeDiscarded();
    if (!this.#removal.ids.has(this.#id)) return clean;
    return (await this.#removeCurrent()) && clean;
  }

  /** Physical resources that a replacement took the place of; the logical one lives on. */
  async #removeDiscarded(): Promise<boolean> {
    let clean = true;
    for (const version of this.#record.discarded) {
      const { physicalId } = version;
      const isOld = this.#run.operation.phase !== 'update-rollback-cleanup';
      const retained = isOld && this.#record.updateReplacePolicy === 'Retain';
      const reason = retained ? undefined : await this.#delete(version);
      if (reason !== undefined) clean = false;
      const rest = this.#record.discarded.filter((other) => other !== version);
      const events = retained
        ? [{ status: 'DELETE_SKIPPED' as const, physicalId }]
        : [
            { status: 'DELETE_IN_PROGRESS' as const, physicalId },
            reason === undefined
              ? { status: 'DELETE_COMPLETE' as const, physicalId }
              : { status: 'DELETE_FAILED' as const, physicalId, reason },
          ];
      await this.#run.record({ ...this.#record, discarded: rest }, events);
    }
    return clean;
  }

  async #removeCurrent(): Promise<boolean> {
    const resource = this.#record;
    const step = resource.step?.phase === this.#run.phaseKey ? resource.step.state : undefined;
    if (step === 'done') return true;
    if (step === 'failed') return false;
    if (['DELETE_COMPLETE', 'DELETE_SKIPPED'].includes(resource.status)) return this.#forgetIfAsked(resource);
    const { current } = resource;
    if (!current) return this.#gone(resource, undefined);
    if (this.#removal.fate(resource) === 'retain') return this.#skip(resource, current);
    const { physicalId } = current;
    if (step !== 'running') {
      const running: ResourceRecord = {
        ...resource,
        status: 'DELETE_IN_PROGRESS',
        reason: undefined,
        updatedAt: this.#run.tools.clock.now(),
        step: { phase: this.#run.phaseKey, state: 'running' },
      };
      await this.#run.record(running, [{ status: 'DELETE_IN_PROGRESS', physicalId }]);
    }
    const reason = await this.#delete(current);
    return reason === undefined ? this.#gone(this.#record, physicalId) : this.#failed(physicalId, reason);
  }

  /** @returns why it failed. */
  async #delete(version: ResourceVersion): Promise<string | undefined> {
    try {
      const type = await this.#run.tools.resourceType(this.#record.type);
      if (!type) throw new Error(`Resource type ${this.#record.type} is not supported`);
      await type.delete(resourceContext(this.#run, this.#id), version, version.properties);
      return undefined;
    } catch (cause) {
      if (this.#run.signal.aborted) throw cause;
      return failureReason(cause, this.#run.token(this.#id), this.#run.tools.telemetry);
    }
  }

  async #gone(resource: ResourceRecord, physicalId: string | undefined): Promise<boolean> {
    const events = [{ status: 'DELETE_COMPLETE' as const, physicalId }];
    if (this.#removal.forget) await this.#run.forget(resource, events);
    else {
      await this.#run.record(
        {
          ...resource,
          status: 'DELETE_COMPLETE',
          reason: undefined,
          updatedAt: this.#run.tools.clock.now(),
          step: { phase: this.#run.phaseKey, state: 'done' },
        },
        events,
      );
    }
    return true;
  }

  async #forgetIfAsked(resource: ResourceRecord): Promise<boolean> {
    if (this.#removal.forget) await this.#run.forget(resource, []);
    return true;
  }

  async #skip(resource: ResourceRecord, { physicalId }: ResourceVersion): Promise<boolean> {
    const events = [{ status: 'DELETE_SKIPPED' as const, physicalId }];
    if (this.#removal.forget) await this.#run.forget(resource, events);
    else {
      await this.#run.record(
        {
          ...resource,
          status: 'DELETE_SKIPPED',
          updatedAt: this.#run.tools.clock.now(),
          step: { phase: this.#run.phaseKey, state: 'done' },
        },
        events,
      );
    }
    return true;
  }

  async #failed(physicalId: string, reason: string): Promise<boolean> {
    const events = [{ status: 'DELETE_FAILED' as const, physicalId, reason }];
    if (this.#removal.carryOn && this.#removal.forget) {
      await this.#run.forget(this.#record, events);
      return false;
    }
    await this.#run.record(
      {
        ...this.#record,
        status: 'DELETE_FAILED',
        reason,
        updatedAt: this.#run.tools.clock.now(),
        step: { phase: this.#run.phaseKey, state: 'failed' },
      },
      events,
    );
    return false;
  }

  get #record(): ResourceRecord {
    const record = this.#run.resources.get(this.#id);
    if (!record) throw new Error('A resource that is removed has its record');
    return record;
  }
}
