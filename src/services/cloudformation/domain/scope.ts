import type { Tree } from './template/parse.ts';

/** Stands where a property is left out: `!Ref AWS::NoValue`. */
export const noValue: unique symbol = Symbol('AWS::NoValue');
/** Stands for what isn't known before the resource exists; only change sets see it. */
export const unknownYet: unique symbol = Symbol('known after apply');

/** What the names of a template stand for, while one part of it is evaluated. */
export interface Scope {
  /** The value of a parameter, pseudo-parameter or resource; undefined when there is no such name. */
  ref(name: string): unknown;
  /** @throws TemplateError when the resource or its attribute doesn't exist. */
  attribute(resource: string, attribute: string): unknown;
  /** @throws TemplateError when there is no such condition. */
  condition(name: string): boolean;
  /** The value of another stack's export. @throws TemplateError when nothing exports `name`. */
  importValue(name: string): unknown;
  readonly mappings: Tree;
  readonly region: string;
  /** Which functions of `AWS::LanguageExtensions` the template has asked for. */
  readonly languageExtensions: boolean;
}

export interface PseudoParameters {
  readonly accountId: string;
  readonly region: string;
  readonly partition: string;
  readonly urlSuffix: string;
  readonly stackId: string;
  readonly stackName: string;
  readonly notificationArns: readonly string[];
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html */
export function pseudoParameter(name: string, values: PseudoParameters): unknown {
  switch (name) {
    case 'AWS::AccountId':
      return values.accountId;
    case 'AWS::Region':
      return values.region;
    case 'AWS::Partition':
      return values.partition;
    case 'AWS::URLSuffix':
      return values.urlSuffix;
    case 'AWS::StackId':
      return values.stackId;
    case 'AWS::StackName':
      return values.stackName;
    case 'AWS::NotificationARNs':
      return [...values.notificationArns];
    case 'AWS::NoValue':
      return noValue;
    default:
      return undefined;
  }
}

export const pseudoParameterNames: ReadonlySet<string> = new Set([
  'AWS::AccountId',
  'AWS::NoValue',
  'AWS::NotificationARNs',
  'AWS::Partition',
  'AWS::Region',
  'AWS::StackId',
  'AWS::StackName',
  'AWS::URLSuffix',
]);
