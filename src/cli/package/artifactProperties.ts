/** How a local path of the template is written once its content is uploaded. */
export type LocationStyle =
  /** `s3://bucket/key` */
  | 'uri'
  /** A map of bucket and key under the names given. */
  | { readonly bucket: string; readonly key: string; readonly version: string }
  /** `https://s3.amazonaws.com/bucket/key`, of a template that is packaged itself. */
  | 'templateUrl';

export interface ArtifactProperty {
  readonly type: string;
  readonly path: readonly string[];
  readonly style: LocationStyle;
  /** A single file that is no archive is put into one. */
  readonly zip?: boolean;
  /** Without the property, the template's own folder is meant. */
  readonly defaultsToFolder?: boolean;
  /** Properties whose presence means that there is nothing to package. */
  readonly unless?: readonly string[];
}

const lambdaCode = { bucket: 'S3Bucket', key: 'S3Key', version: 'S3ObjectVersion' };
const s3Object = { bucket: 'Bucket', key: 'Key', version: 'Version' };

const rows: readonly (readonly [
  type: string,
  path: string,
  style: LocationStyle,
  rest?: Partial<ArtifactProperty>,
])[] = [
  [
    'AWS::Serverless::Function',
    'CodeUri',
    'uri',
    { zip: true, defaultsToFolder: true, unless: ['InlineCode', 'ImageUri'] },
  ],
  ['AWS::Serverless::LayerVersion', 'ContentUri', 'uri', { zip: true }],
  ['AWS::Serverless::Api', 'DefinitionUri', 'uri'],
  ['AWS::Serverless::HttpApi', 'DefinitionUri', 'uri'],
  ['AWS::Serverless::StateMachine', 'DefinitionUri', 'uri'],
  ['AWS::Serverless::GraphQLApi', 'SchemaUri', 'uri'],
  ['AWS::Serverless::Application', 'Location', 'templateUrl'],
  ['AWS::Lambda::Function', 'Code', lambdaCode, { zip: true }],
  ['AWS::Lambda::LayerVersion', 'Content', lambdaCode, { zip: true }],
  ['AWS::ApiGateway::RestApi', 'BodyS3Location', s3Object],
  ['AWS::StepFunctions::StateMachine', 'DefinitionS3Location', s3Object],
  ['AWS::CloudFormation::Stack', 'TemplateURL', 'templateUrl'],
  ['AWS::AppSync::GraphQLSchema', 'DefinitionS3Location', 'uri'],
  ['AWS::AppSync::Resolver', 'RequestMappingTemplateS3Location', 'uri'],
  ['AWS::AppSync::Resolver', 'ResponseMappingTemplateS3Location', 'uri'],
  ['AWS::AppSync::Resolver', 'CodeS3Location', 'uri'],
  ['AWS::AppSync::FunctionConfiguration', 'RequestMappingTemplateS3Location', 'uri'],
  ['AWS::AppSync::FunctionConfiguration', 'ResponseMappingTemplateS3Location', 'uri'],
  ['AWS::AppSync::FunctionConfiguration', 'CodeS3Location', 'uri'],
  ['AWS::Glue::Job', 'Command.ScriptLocation', 'uri'],
];

/**
 * The properties that may name a file or folder beside the template.
 *
 * @see https://docs.aws.amazon.com/cli/latest/reference/cloudformation/package.html
 */
export const artifactProperties: readonly ArtifactProperty[] = rows.map(([type, path, style, rest]) => ({
  type,
  path: path.split('.'),
  style,
  ...rest,
}));
