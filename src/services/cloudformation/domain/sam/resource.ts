import { InvalidResource } from './errors.ts';
import { type Dict, getAtt, isPresent, ref } from './values.ts';

/** The attributes a SAM resource may carry besides its properties, in the order they are written. */
export const supportedAttributes = [
  'DeletionPolicy',
  'UpdatePolicy',
  'Condition',
  'UpdateReplacePolicy',
  'Metadata',
] as const;

const passedThrough = ['Condition', 'DeletionPolicy', 'UpdateReplacePolicy'] as const;

/** The attributes that every resource made from this one inherits. */
export function inheritedAttributes(attributes: Dict): Dict {
  const inherited: Dict = {};
  for (const name of passedThrough) if (name in attributes) inherited[name] = attributes[name];
  return inherited;
}

const tagged = new Set([
  'AWS::Lambda::Function',
  'AWS::Lambda::CapacityProvider',
  'AWS::Lambda::MicrovmImage',
  'AWS::Lambda::NetworkConnector',
  'AWS::Lambda::WebFunction',
  'AWS::IAM::Role',
  'AWS::ApiGateway::RestApi',
  'AWS::ApiGateway::Stage',
  'AWS::ApiGateway::DomainName',
  'AWS::ApiGateway::DomainNameV2',
  'AWS::ApiGateway::UsagePlan',
  'AWS::ApiGateway::ApiKey',
  'AWS::ApiGateway::DomainNameAccessAssociation',
  'AWS::ApiGatewayV2::Api',
  'AWS::ApiGatewayV2::Stage',
  'AWS::ApiGatewayV2::DomainName',
  'AWS::SNS::Topic',
  'AWS::SQS::Queue',
  'AWS::S3::Bucket',
  'AWS::IoT::TopicRule',
  'AWS::StepFunctions::StateMachine',
  'AWS::StepFunctions::StateMachineAlias',
]);

const untaggedTypes = new Set(['AWS::StepFunctions::StateMachineAlias']);

export interface ResourceOptions {
  readonly dependsOn?: unknown;
  readonly attributes?: Dict;
}

/** A CloudFormation resource in the making. */
export class CfnResource {
  readonly type: string;
  readonly properties: Dict;
  readonly attributes: Dict;
  logicalId: string;
  dependsOn: unknown;

  constructor(logicalId: string, type: string, properties: Dict = {}, options: ResourceOptions = {}) {
    CfnResource.assertLogicalId(logicalId);
    this.logicalId = logicalId;
    this.type = type;
    this.properties = properties;
    this.dependsOn = options.dependsOn;
    this.attributes = { ...options.attributes };
  }

  static assertLogicalId(logicalId: string): void {
    if (!/^[A-Za-z0-9]+$/.test(logicalId)) {
      throw new InvalidResource(String(logicalId), 'Logical ids must be alphanumeric.');
    }
  }

  get ref(): Dict {
    return ref(this.logicalId);
  }

  /** The ARN, as this type gives it: aliases, topics and versions by Ref, the others by GetAtt. */
  get arn(): Dict {
    return arnByRef.has(this.type) ? ref(this.logicalId) : getAtt(this.logicalId, 'Arn');
  }

  get inherited(): Dict {
    return inheritedAttributes(this.attributes);
  }

  get takesTags(): boolean {
    return tagged.has(this.type) && !untaggedTypes.has(this.type);
  }

  toTemplate(): Dict {
    const properties: Dict = {};
    for (const [name, value] of Object.entries(this.properties)) {
      if (value !== undefined && value !== null) properties[name] = value;
    }
    return {
      Type: this.type,
      ...(isPresent(this.dependsOn) ? { DependsOn: this.dependsOn } : {}),
      ...this.attributes,
      Properties: properties,
    };
  }
}

const arnByRef = new Set([
  'AWS::Lambda::Alias',
  'AWS::Lambda::Version',
  'AWS::SNS::Topic',
  'AWS::StepFunctions::StateMachine',
  'AWS::StepFunctions::StateMachineAlias',
]);
