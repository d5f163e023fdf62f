import { evaluate, evaluateCondition, textOf } from './intrinsics.ts';
import { parameterValue, type StackParameter } from './parameters.ts';
import { noValue, type PseudoParameters, pseudoParameter, type Scope, unknownYet } from './scope.ts';
import type { OutputDeclaration, Template } from './template/model.ts';
import { isRecord } from './template/references.ts';
import { TemplateError } from './templateError.ts';

/** What an evaluation knows of a resource: its state, or that it will have one. */
export type KnownResource =
  | { readonly physicalId: string; readonly attributes: Readonly<Record<string, unknown>> }
  | typeof unknownYet;

export interface EvaluationInput {
  readonly template: Template;
  readonly parameters: readonly StackParameter[];
  readonly pseudo: PseudoParameters;
  /** Exports of the account and region. */
  readonly exports: { get(name: string): string | typeof unknownYet | undefined };
  /** @returns undefined for a resource that isn't part of the stack. */
  resource(logicalId: string): KnownResource | undefined;
}

export interface StackOutput {
  readonly key: string;
  readonly value: string;
  readonly description?: string;
  readonly exportName?: string;
}

/** A template with its values: answers conditions, properties and outputs. Conditions are evaluated once. */
export class Evaluation {
  readonly template: Template;
  /** Exports of other stacks that were read through this evaluation. */
  readonly imported = new Set<string>();
  readonly #scope: Scope;
  readonly #conditions = new Map<string, boolean>();

  constructor(input: EvaluationInput) {
    const { template, pseudo, exports } = input;
    this.template = template;
    const parameters = new Map(input.parameters.map((parameter) => [parameter.key, parameter]));
    this.#scope = {
      mappings: template.mappings,
      region: pseudo.region,
      languageExtensions: template.transforms.includes('AWS::LanguageExtensions'),
      ref: (name) => {
        const parameter = parameters.get(name);
        if (parameter) return parameterValue(parameter);
        const value = pseudoParameter(name, pseudo);
        if (value !== undefined) return value;
        const resource = input.resource(name);
        return resource === unknownYet ? unknownYet : resource?.physicalId;
      },
      attribute: (logicalId, attribute) => {
        const resource = input.resource(logicalId);
        if (resource === undefined) {
          throw new TemplateError(
            `Template error: instance of Fn::GetAtt references undefined resource ${logicalId}`,
          );
        }
        if (resource === unknownYet) return unknownYet;
        const value = Object.hasOwn(resource.attributes, attribute)
          ? resource.attributes[attribute]
          : undefined;
        if (value === undefined) {
          throw new TemplateError(
            `Template error: resource ${logicalId} does not support attribute type ${attribute} in Fn::GetAtt`,
          );
        }
        return value;
      },
      condition: (name) => this.condition(name),
      importValue: (name) => {
        const value = exports.get(name);
        if (value === undefined) throw new TemplateError(`No export named ${name} found.`);
        this.imported.add(name);
        return value;
      },
    };
  }

  condition(name: string): boolean {
    const known = this.#conditions.get(name);
    if (known !== undefined) return known;
    if (!this.template.conditions.has(name)) {
      throw new TemplateError(
        `Template format error: Unresolved condition dependency ${name} in the Conditions block of the template`,
      );
    }
    const value = evaluateCondition(this.template.conditions.get(name), this.#scope);
    this.#conditions.set(name, value);
    return value;
  }

  /** A condition written out, as rules have it. */
  test(node: unknown): boolean {
    return evaluateCondition(node, this.#scope);
  }

  /** False when the resource's condition is. */
  isActive(logicalId: string): boolean {
    const condition = this.template.resources.get(logicalId)?.condition;
    return condition === undefined || this.condition(condition);
  }

  /** @returns properties without functions; `unknownYet` within, when a resource referred to isn't known. */
  properties(logicalId: string): Record<string, unknown> {
    const declaration = this.template.resources.get(logicalId);
    const properties = this.value(declaration?.properties ?? {});
    if (properties === noValue) return {};
    if (!isRecord(properties)) {
      throw new TemplateError(
        `Template format error: [/Resources/${logicalId}/Properties] Properties must be an object.`,
      );
    }
    return properties;
  }

  value(node: unknown): unknown {
    return evaluate(node, this.#scope);
  }

  /** Outputs whose condition holds. @throws TemplateError when a value isn't a text. */
  outputs(): StackOutput[] {
    const active = [...this.template.outputs.values()].filter(
      ({ condition }) => condition === undefined || this.condition(condition),
    );
    return active.map((output) => this.#output(output));
  }

  #output(output: OutputDeclaration): StackOutput {
    const value = this.#text(this.value(output.value));
    if (value === undefined) {
      throw new TemplateError(
        `Template format error: Output ${output.name} is malformed. The Value field of every Outputs member must evaluate to a String.`,
      );
    }
    const description =
      output.description === undefined ? undefined : this.#text(this.value(output.description));
    const exportName =
      output.exportName === undefined ? undefined : this.#text(this.value(output.exportName));
    return {
      key: output.name,
      value,
      ...(description === undefined ? {} : { description }),
      ...(exportName === undefined ? {} : { exportName }),
    };
  }

  #text(value: unknown): string | undefined {
    if (value === unknownYet) return '{{changeSet:KNOWN_AFTER_APPLY}}';
    if (value === noValue) return undefined;
    return Array.isArray(value) ? undefined : textOf(value);
  }
}
