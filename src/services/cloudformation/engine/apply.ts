/** Creating and updating: bringing every resource to what the template says, along its dependencies. */
import { AwsError } from '../../../kernel/index.ts';
import type { ResourceState, ResourceType } from '../../../platform/index.ts';
import { diffProperties, isSame, needsReplacement } from '../domain/diff.ts';
import { hasDynamicReference } from '../domain/dynamicReference.ts';
import type { Evaluation } from '../domain/evaluation.ts';
import type { Graph } from '../domain/graph.ts';
import { reachableEverywhere } from '../domain/localAddresses.ts';
import { typedProperties } from '../domain/properties.ts';
import { dependencyGraph } from '../domain/template/validate.ts';
import { TemplateError } from '../domain/templateError.ts';
import { limits } from '../limits.ts';
import type { ResourceRecord, ResourceVersion } from '../records.ts';
import { resolveDynamicReferences } from './dynamicReferences.ts';
import { formerProperties } from './formerTags.ts';
import { StepJournal } from './journal.ts';
import { customNamed, failureReason } from './reasons.ts';
import { resourceContext } from './resourceContext.ts';
import type { StackRun } from './run.ts';
import { walk } from './walk.ts';

type Properties = Record<string, unknown>;

/** What a step is about to do to one resource. */
interface Plan {
  readonly action: 'create' | 'update' | 'replace' | 'none';
  readonly type: ResourceType;
  /** Kept and compared; dynamic references unresolved. */
  readonly properties: Properties;
  /** Given to the handler. */
  readonly resolved: Properties;
}

/** Runs all steps of the phase. @returns the ids that failed, by what was tried; both empty when all succeeded. */
export async function applyTemplate(
  run: StackRun,
  evaluation: Evaluation,
): Promise<{ failedToCreate: string[]; failedToUpdate: string[] }> {
  const graph = dependencyGraph(evaluation.template, (id) => evaluation.isActive(id));
  const display = run.inputs.parameters.some((parameter) => parameter.noEcho)
    ? await run.evaluation({ maskNoEcho: true })
    : evaluation;
  // No step starts after a failure, a cancellation, the deadline or our own end.
  const isStopped = () =>
    run.signal.aborted ||
    run.stack.cancelRequested === true ||
    isTimedOut(run) ||
    run.failedPhase === run.phaseKey;
  await walk({
    graph,
    parallel: limits.parallelSteps,
    isStopped,
    step: (id) => new ApplyStep(run, evaluation, display, graph, isStopped, id).run(),
  });
  const failed = [...graph.keys()].filter((id) => stepState(run, id) === 'failed');
  return {
    failedToCreate: failed.filter((id) => run.resources.get(id)?.status === 'CREATE_FAILED'),
    failedToUpdate: failed.filter((id) => run.resources.get(id)?.status !== 'CREATE_FAILED'),
  };
}

/** True once the time of TimeoutInMinutes is over. */
export function isTimedOut(run: StackRun): boolean {
  const deadline = deadlineOf(run);
  return deadline !== undefined && run.tools.clock.now() >= deadline;
}

function deadlineOf(run: StackRun): number | undefined {
  const { timeoutInMinutes } = run.stack;
  if (timeoutInMinutes === undefined || run.operation.phase !== 'create') return undefined;
  return run.operation.startedAt + timeoutInMinutes * 60_000;
}

function stepState(run: StackRun, id: string): 'running' | 'done' | 'failed' | undefined {
  const step = run.resources.get(id)?.step;
  return step?.phase === run.phaseKey ? step.state : undefined;
}

class ApplyStep {
  readonly #run: StackRun;
  readonly #evaluation: Evaluation;
  readonly #display: Evaluation;
  readonly #graph: Graph;
  readonly #isStopped: () => boolean;
  readonly #id: string;
  /** A run before this one began the step and didn't live to end it. */
  #isResumed = false;
  /** The handler failed before it changed anything. */
  #untouched = false;

  constructor(
    run: StackRun,
    evaluation: Evaluation,
    display: Evaluation,
    graph: Graph,
    isStopped: () => boolean,
    id: string,
  ) {
    this.#run = run;
    this.#evaluation = evaluation;
    this.#display = display;
    this.#graph = graph;
    this.#isStopped = isStopped;
    this.#id = id;
  }

  async run(): Promise<boolean> {
    const state = stepState(this.#run, this.#id);
    if (state === 'done') return true;
    if (state === 'failed') return false;
    this.#isResumed = state === 'running';
    let plan: Plan;
    try {
      plan = await this.#plan();
    } catch (cause) {
      if (this.#run.signal.aborted) throw cause;
      this.#untouched = true;
      return this.#fail(cause);
    }
    if (plan.action === 'none') return this.#keep(plan);
    await this.#begin(plan);
    let made: ResourceVersion;
    try {
      made = await this.#perform(plan);
    } catch (cause) {
      // Our own end is no failure of the resource: the next run takes the step up again.
      if (this.#run.signal.aborted) throw cause;
      return this.#fail(cause);
    }
    return this.#finish(plan, made);
  }

  async #plan(): Promise<Plan> {
    const declaration = this.#evaluation.template.resources.get(this.#id);
    const type = declaration && (await this.#run.tools.resourceType(declaration.type));
    if (!type) throw new TemplateError(`Resource type ${declaration?.type} is not supported`);
    const evaluated = this.#evaluation.properties(this.#id);
    const dynamic = hasDynamicReference(evaluated);
    const resolved = typedProperties(
      this.#id,
      dynamic ? ((await resolveDynamicReferences(evaluated, this.#run.aws)) as Properties) : evaluated,
      type,
    );
    const properties = dynamic ? evaluated : resolved;
    const reached = reachableEverywhere(resolved, this.#run.tools.endpoint) as Properties;
    return { action: this.#action(type, properties), type, properties, resolved: reached };
  }

  #action(type: ResourceType, properties: Properties): Plan['action'] {
    const current = this.#record?.current;
    if (!current) return 'create';
    const changes = diffProperties(current.properties, properties, type.properties);
    if (needsReplacement(changes)) return 'replace';
    const takesTags = Object.values(type.properties).some((rule) => rule.type === 'tags');
    const tagsChanged = takesTags && !isSame(current.stackTags, this.#run.inputs.tags);
    return changes.length > 0 || tagsChanged ? 'update' : 'none';
  }

  /** Nothing to do but to note what the new template says around the properties. */
  async #keep({ type }: Plan): Promise<boolean> {
    const before = this.#record;
    if (!before) return true;
    const kept: ResourceRecord = { ...before, ...this.#declared(type), step: this.#step('done') };
    await this.#run.record(kept, []);
    return true;
  }

  async #begin(plan: Plan): Promise<void> {
    if (stepState(this.#run, this.#id) === 'running') return;
    const before = this.#record;
    const creates = plan.action === 'create';
    const status = creates ? 'CREATE_IN_PROGRESS' : 'UPDATE_IN_PROGRESS';
    const reason =
      plan.action === 'replace'
        ? 'Requested update requires the creation of a new physical resource; hence creating one.'
        : undefined;
    await this.#run.record(
      {
        discarded: [],
        ...before,
        ...this.#declared(plan.type),
        logicalId: this.#id,
        status,
        reason,
        updatedAt: this.#run.tools.clock.now(),
        ...(creates ? { isNew: true } : { previous: before?.previous ?? before?.current }),
        ...(plan.action === 'replace' ? { replacement: 'pending' } : {}),
        attempted: plan.properties,
        untouched: undefined,
        step: this.#step('running'),
      },
      [{ status, physicalId: before?.current?.physicalId, reason, properties: this.#shownProperties() }],
    );
  }

  async #perform(plan: Plan): Promise<ResourceVersion> {
    const { type, properties, resolved } = plan;
    const journal = await StepJournal.open(this.#run, this.#id, this.#isResumed);
    const names = new Set<string>();
    const context = resourceContext(this.#run, this.#id, {
      aws: journal.wrap(this.#run.aws),
      onName: (name) => names.add(name),
    });
    const current = this.#record?.current;
    const act = () =>
      plan.action === 'update' && current
        ? type.update(context, current, resolved, formerProperties(type, current.properties, current))
        : type.create(context, resolved);
    // A generated name is of this step alone, so what bears it is ours.
    const removeNamed = async () => {
      const anew = resourceContext(this.#run, this.#id);
      for (const physicalId of names) await type.delete(anew, { physicalId, attributes: {} }, resolved);
    };
    let state: ResourceState;
    try {
      state = await act();
    } catch (cause) {
      this.#untouched = journal.changes === 0;
      if (plan.action === 'update' || this.#run.signal.aborted) throw cause;
      if (this.#isResumed && isAlreadyThere(cause)) {
        // Its last call before the crash went through unrecorded: away with what it made, and once more.
        await removeNamed();
        await journal.clear();
        state = await act();
      } else {
        // Half made: the handler doesn't say what it got to, so what is known by its name goes now.
        if (!this.#untouched) await removeNamed().catch(() => {});
        const isNamed = plan.action === 'replace' && names.size === 0 && isAlreadyThere(cause);
        throw isNamed && current ? customNamed(current.physicalId) : cause;
      }
    }
    return {
      physicalId: state.physicalId,
      attributes: state.attributes,
      properties,
      stackTags: this.#run.inputs.tags,
    };
  }

  async #finish(plan: Plan, made: ResourceVersion): Promise<boolean> {
    const before = this.#record;
    if (!before) throw new Error('A step that began has its record');
    // Another step failed meanwhile: this one counts as cancelled, but what it made is known and will be undone.
    if (this.#isStopped()) return this.#cancel(plan, made, before);
    const creates = plan.action === 'create';
    const status = creates ? 'CREATE_COMPLETE' : 'UPDATE_COMPLETE';
    await this.#run.record(
      { ...this.#made(plan, made, before), status, reason: undefined, step: this.#step('done') },
      [
        ...(creates
          ? [
              {
                status: 'CREATE_IN_PROGRESS' as const,
                physicalId: made.physicalId,
                reason: 'Resource creation Initiated',
                properties: this.#shownProperties(),
              },
            ]
          : []),
        { status, physicalId: made.physicalId, properties: this.#shownProperties() },
      ],
    );
    return true;
  }

  async #cancel(plan: Plan, made: ResourceVersion, before: ResourceRecord): Promise<boolean> {
    if (this.#run.signal.aborted) {
      // Finished in the last moment before our own end: that is a success.
      const status = plan.action === 'create' ? 'CREATE_COMPLETE' : 'UPDATE_COMPLETE';
      await this.#run.record(
        { ...this.#made(plan, made, before), status, reason: undefined, step: this.#step('done') },
        [{ status, physicalId: made.physicalId }],
      );
      return true;
    }
    const creates = plan.action === 'create';
    const status = creates ? 'CREATE_FAILED' : 'UPDATE_FAILED';
    const reason = creates ? 'Resource creation cancelled' : 'Resource update cancelled';
    await this.#run.record(
      { ...this.#made(plan, made, before), status, reason, step: this.#step('failed') },
      [{ status, physicalId: made.physicalId, reason }],
    );
    return false;
  }

  #made(plan: Plan, made: ResourceVersion, before: ResourceRecord): ResourceRecord {
    return {
      ...before,
      current: made,
      updatedAt: this.#run.tools.clock.now(),
      // An update may answer with another physical resource (custom resources do): that is a replacement too.
      ...(plan.action !== 'create' &&
      (plan.action === 'replace' || made.physicalId !== before.current?.physicalId)
        ? { replacement: 'made' }
        : {}),
    };
  }

  async #fail(cause: unknown): Promise<boolean> {
    const before = this.#record;
    const reason = failureReason(cause, this.#run.token(this.#id), this.#run.tools.telemetry);
    const creates = before?.current === undefined;
    const status = creates ? 'CREATE_FAILED' : 'UPDATE_FAILED';
    const type = this.#evaluation.template.resources.get(this.#id)?.type ?? '';
    await this.#run.record(
      {
        discarded: [],
        ...before,
        ...this.#declared({ name: type }),
        logicalId: this.#id,
        status,
        reason,
        updatedAt: this.#run.tools.clock.now(),
        ...(creates ? { isNew: true } : { untouched: this.#untouched }),
        step: this.#step('failed'),
      },
      [{ status, physicalId: before?.current?.physicalId, reason, properties: this.#shownProperties() }],
    );
    return false;
  }

  get #record(): ResourceRecord | undefined {
    return this.#run.resources.get(this.#id);
  }

  #step(state: 'running' | 'done' | 'failed') {
    return { phase: this.#run.phaseKey, state } as const;
  }

  #declared(type: { readonly name: string }) {
    return { type: type.name, ...declaredIn(this.#evaluation, this.#graph, this.#id) };
  }

  #shownProperties(): string | undefined {
    try {
      return JSON.stringify(this.#display.properties(this.#id));
    } catch {
      return undefined;
    }
  }
}

/** However a service says that a name is taken. */
function isAlreadyThere(cause: unknown): boolean {
  return cause instanceof AwsError && /Exist|Conflict|InUse|AlreadyOwned/.test(cause.code);
}

/** What a template says of a resource besides its properties. */
export function declaredIn(evaluation: Evaluation, graph: Graph, logicalId: string) {
  const declaration = evaluation.template.resources.get(logicalId);
  return {
    dependencies: [...(graph.get(logicalId) ?? [])],
    deletionPolicy: declaration?.deletionPolicy ?? 'Delete',
    updateReplacePolicy: declaration?.updateReplacePolicy ?? 'Delete',
    metadata: declaration?.metadata,
  } as const;
}
