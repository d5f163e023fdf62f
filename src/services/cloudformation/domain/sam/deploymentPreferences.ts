import { combineConditions } from './conditions.ts';
import { InvalidResource } from './errors.ts';
import { assumeRolePolicy } from './iam.ts';
import { managedPolicyArnIn } from './partition.ts';
import { CfnResource } from './resource.ts';
import {
  asMap,
  type Dict,
  getAtt,
  ifBranches,
  isEmpty,
  isIf,
  isIntrinsic,
  isMap,
  isNoValue,
  isPresent,
  isText,
  ref,
  sub,
  tagList,
  text,
} from './values.ts';

const applicationId = 'ServerlessDeploymentApplication';
const roleId = 'CodeDeployServiceRole';
const conditionName = 'ServerlessCodeDeployCondition';

/** The deployment types that CodeDeploy brings; other names are the author's own configurations. */
const predefined = new Set([
  'Canary10Percent5Minutes',
  'Canary10Percent10Minutes',
  'Canary10Percent15Minutes',
  'Canary10Percent30Minutes',
  'Linear10PercentEvery1Minute',
  'Linear10PercentEvery2Minutes',
  'Linear10PercentEvery3Minutes',
  'Linear10PercentEvery10Minutes',
  'AllAtOnce',
]);

interface Preference {
  readonly enabled: unknown;
  readonly settings: Dict;
  readonly condition: string | undefined;
  readonly tags: Dict | undefined;
}

/** The `DeploymentPreference` of all functions: together they make one CodeDeploy application. */
export class DeploymentPreferences {
  private readonly preferences = new Map<string, Preference>();
  private readonly partition: string;

  constructor(partition: string) {
    this.partition = partition;
  }

  add(functionId: string, settings: Dict, condition: unknown, tags: unknown, propagate: unknown): boolean {
    const enabled = settings.Enabled ?? true;
    if (isEmpty(enabled) || text(enabled) === 'false' || text(enabled) === 'False') {
      this.preferences.set(functionId, {
        enabled: false,
        settings: {},
        condition: undefined,
        tags: undefined,
      });
      return false;
    }
    if (!('Type' in settings)) {
      throw new InvalidResource(functionId, "'DeploymentPreference' is missing required Property 'Type'");
    }
    if (settings.Hooks !== undefined && !isMap(settings.Hooks)) {
      throw new InvalidResource(
        functionId,
        "'Hooks' property of 'DeploymentPreference' must be a dictionary",
      );
    }
    this.preferences.set(functionId, {
      enabled,
      settings,
      condition:
        isPresent(settings.PassthroughCondition) && isPresent(condition) ? text(condition) : undefined,
      tags: isPresent(propagate) && isMap(tags) && isPresent(tags) ? tags : undefined,
    });
    return true;
  }

  /** The update policy of the function's alias. */
  updatePolicy(functionId: string): Dict {
    const hooks = asMap(this.preferences.get(functionId)?.settings.Hooks);
    const policy: Dict = {
      ApplicationName: ref(applicationId),
      DeploymentGroupName: ref(`${functionId}DeploymentGroup`),
    };
    if (isPresent(hooks.PreTraffic)) policy.BeforeAllowTrafficHook = hooks.PreTraffic;
    if (isPresent(hooks.PostTraffic)) policy.AfterAllowTrafficHook = hooks.PostTraffic;
    return { CodeDeployLambdaAliasUpdate: policy };
  }

  /** Conditions that must join the template, when the application depends on more than one. */
  conditions(): Dict {
    return this.isConditional() ? (combineConditions(this.distinctConditions(), conditionName) ?? {}) : {};
  }

  /** The application, its role unless every function brings one, and a group per function. */
  resources(onError: (error: InvalidResource) => void): CfnResource[] {
    const enabled = [...this.preferences].filter(([, preference]) => preference.enabled);
    if (enabled.length === 0) return [];
    const resources = [this.application()];
    if (enabled.some(([, { settings }]) => isEmpty(settings.Role))) resources.push(this.role());
    for (const [functionId, preference] of enabled) {
      try {
        resources.push(this.group(functionId, preference));
      } catch (error) {
        if (!(error instanceof InvalidResource)) throw error;
        onError(error);
      }
    }
    return resources;
  }

  private application(): CfnResource {
    const tags = this.mergedTags();
    return new CfnResource(
      applicationId,
      'AWS::CodeDeploy::Application',
      { ComputePlatform: 'Lambda', Tags: tags },
      { attributes: this.commonCondition() },
    );
  }

  private role(): CfnResource {
    const limited = this.partition === 'aws-iso' || this.partition === 'aws-iso-b' ? 'Limited' : '';
    return new CfnResource(
      roleId,
      'AWS::IAM::Role',
      {
        AssumeRolePolicyDocument: assumeRolePolicy('codedeploy.amazonaws.com'),
        ManagedPolicyArns: [
          managedPolicyArnIn(this.partition, `service-role/AWSCodeDeployRoleForLambda${limited}`),
        ],
        Tags: this.mergedTags(),
      },
      { attributes: this.commonCondition() },
    );
  }

  private group(functionId: string, { settings, condition, tags }: Preference): CfnResource {
    return new CfnResource(
      `${functionId}DeploymentGroup`,
      'AWS::CodeDeploy::DeploymentGroup',
      {
        AlarmConfiguration: alarmConfiguration(functionId, settings.Alarms),
        ApplicationName: ref(applicationId),
        AutoRollbackConfiguration: {
          Enabled: true,
          Events: ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_ALARM', 'DEPLOYMENT_STOP_ON_REQUEST'],
        },
        DeploymentConfigName: configurationName(settings.Type),
        DeploymentStyle: { DeploymentType: 'BLUE_GREEN', DeploymentOption: 'WITH_TRAFFIC_CONTROL' },
        ServiceRoleArn: isPresent(settings.Role) ? settings.Role : getAtt(roleId, 'Arn'),
        TriggerConfigurations: isPresent(settings.TriggerConfigurations)
          ? settings.TriggerConfigurations
          : undefined,
        Tags: tags ? tagList(tags) : undefined,
      },
      { attributes: condition ? { Condition: condition } : {} },
    );
  }

  private mergedTags(): Dict[] | undefined {
    const merged: Dict = {};
    for (const { enabled, tags } of this.preferences.values())
      if (enabled && tags) Object.assign(merged, tags);
    return isPresent(merged) ? tagList(merged) : undefined;
  }

  private isConditional(): boolean {
    return ![...this.preferences.values()].some(({ enabled, condition }) => enabled && !condition);
  }

  private distinctConditions(): string[] {
    const all = [...this.preferences.values()].flatMap(({ condition }) => (condition ? [condition] : []));
    return [...new Set(all)];
  }

  private commonCondition(): Dict {
    if (!this.isConditional()) return {};
    const conditions = this.distinctConditions();
    return { Condition: conditions.length > 1 ? conditionName : conditions[0] };
  }
}

function alarmConfiguration(functionId: string, alarms: unknown): unknown {
  if (isEmpty(alarms) || isNoValue(alarms)) return undefined;
  const configure = (list: unknown): Dict => {
    if (!Array.isArray(list)) throw new InvalidResource(functionId, 'Alarms must be a list');
    if (list.length === 0 || isNoValue(list[0])) return {};
    return { Enabled: true, Alarms: list.map((Name) => ({ Name })) };
  };
  if (!isIf(alarms)) return configure(alarms);
  const branches = ifBranches(alarms);
  if (!branches) throw new InvalidResource(functionId, 'Fn::If requires 3 arguments');
  return { 'Fn::If': [branches[0], configure(branches[1]), configure(branches[2])] };
}

/** CodeDeploy's name of a predefined deployment type, wherever it stands in the value. */
function configurationName(value: unknown, key?: string): unknown {
  if (Array.isArray(value)) return value.map((item) => configurationName(item));
  if (isIntrinsic(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [name, configurationName(item, name)]),
    );
  }
  if (!isText(value) || !predefined.has(text(value))) return value;
  const named: [string, Dict] = ['CodeDeployDefault.Lambda${ConfigName}', { ConfigName: value }];
  return key === 'Fn::Sub' ? named : sub(...named);
}
