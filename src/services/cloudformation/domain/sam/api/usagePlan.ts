import { conditionsOf, type SamContext } from '../context.ts';
import { InvalidResource, InvalidTemplate } from '../errors.ts';
import { CfnResource } from '../resource.ts';
import { type Dict, isEmpty, isMap, isPresent, ref, sameValue, text } from '../values.ts';

const properties = ['CreateUsagePlan', 'Description', 'Quota', 'Tags', 'Throttle', 'UsagePlanName'];
const sharedCondition = 'SharedUsagePlanCondition';

/** What the APIs of one template put together when they share one usage plan. */
export class SharedUsagePlan {
  readonly apiIds: string[] = [];
  readonly apiStages: Dict[] = [];
  readonly stageKeys: Dict[] = [];
  private readonly conditions = new Set<string>();
  private unconditional = false;
  private deletionPolicy: string | undefined;
  private updateReplacePolicy: string | undefined;

  /** The attributes that suit all APIs that joined so far. */
  attributesWith(attributes: Dict, context: SamContext): Dict {
    this.deletionPolicy = stricter(this.deletionPolicy, attributes.DeletionPolicy, ['Delete', 'Retain']);
    this.updateReplacePolicy = stricter(this.updateReplacePolicy, attributes.UpdateReplacePolicy, [
      'Delete',
      'Snapshot',
      'Retain',
    ]);
    this.join(attributes.Condition, context);
    const combined: Dict = {};
    if (this.deletionPolicy) combined.DeletionPolicy = this.deletionPolicy;
    if (this.updateReplacePolicy) combined.UpdateReplacePolicy = this.updateReplacePolicy;
    if (this.conditions.size > 0 && !this.unconditional) combined.Condition = sharedCondition;
    return combined;
  }

  private join(condition: unknown, context: SamContext): void {
    if (this.unconditional) return;
    if (isEmpty(condition)) {
      this.unconditional = true;
      if (isMap(context.output.Conditions)) delete context.output.Conditions[sharedCondition];
      return;
    }
    if (this.conditions.has(text(condition))) return;
    if (context.output.Conditions === undefined) {
      throw new InvalidTemplate("Can't have condition without having 'Conditions' section in the template");
    }
    this.conditions.add(text(condition));
    const all = [...this.conditions].map((Condition) => ({ Condition }));
    conditionsOf(context)[sharedCondition] = all.length > 1 ? { 'Fn::Or': all } : condition;
  }
}

function stricter(current: string | undefined, given: unknown, order: readonly string[]): string | undefined {
  if (isEmpty(given)) return current;
  return current === undefined || order.indexOf(text(given)) > order.indexOf(current) ? text(given) : current;
}

/** `Auth.UsagePlan`: a plan, a key, and the link between them, for this API or shared by several. */
export function usagePlan(
  apiId: string,
  stageId: string,
  plan: unknown,
  attributes: Dict,
  context: SamContext,
): CfnResource[] {
  if (plan === undefined || plan === null) return [];
  const settings = checkPlan(apiId, plan);
  const kind = text(settings.CreateUsagePlan);
  if (kind === 'NONE') return [];
  const shared = kind === 'SHARED' ? context.sharedUsagePlan : undefined;
  const prefix = shared ? 'Serverless' : apiId;
  const options = () => (shared ? shared.attributesWith(attributes, context) : attributes);
  const join = (list: Dict[] | undefined, item: Dict): Dict[] => {
    if (!list) return [item];
    if (!list.some((known) => sameValue(known, item))) list.push(item);
    return list;
  };
  if (shared && !shared.apiIds.includes(apiId)) shared.apiIds.push(apiId);
  const made = new CfnResource(
    `${prefix}UsagePlan`,
    'AWS::ApiGateway::UsagePlan',
    { ApiStages: join(shared?.apiStages, { ApiId: ref(apiId), Stage: ref(stageId) }) },
    { dependsOn: shared?.apiIds ?? [apiId], attributes: options() },
  );
  const key = new CfnResource(
    `${prefix}ApiKey`,
    'AWS::ApiGateway::ApiKey',
    { Enabled: true, StageKeys: join(shared?.stageKeys, { RestApiId: ref(apiId), StageName: ref(stageId) }) },
    { dependsOn: [made.logicalId], attributes: options() },
  );
  const link = new CfnResource(
    `${prefix}UsagePlanKey`,
    'AWS::ApiGateway::UsagePlanKey',
    { KeyId: key.ref, KeyType: 'API_KEY', UsagePlanId: made.ref },
    { dependsOn: [key.logicalId], attributes: options() },
  );
  for (const name of properties.slice(1))
    if (isPresent(settings[name])) made.properties[name] = settings[name];
  return [made, key, link];
}

function checkPlan(apiId: string, plan: unknown): Dict {
  if (!isMap(plan)) throw new InvalidResource(apiId, "'UsagePlan' must be a dictionary");
  if (!Object.keys(plan).every((key) => properties.includes(key))) {
    throw new InvalidResource(apiId, "Invalid property for 'UsagePlan'");
  }
  if (plan.CreateUsagePlan === undefined || plan.CreateUsagePlan === null) {
    throw new InvalidResource(apiId, "'CreateUsagePlan' is a required field for UsagePlan.");
  }
  if (!['SHARED', 'PER_API', 'NONE'].includes(text(plan.CreateUsagePlan))) {
    throw new InvalidResource(apiId, "'CreateUsagePlan' accepts one of ['SHARED', 'PER_API', 'NONE'].");
  }
  return plan;
}
