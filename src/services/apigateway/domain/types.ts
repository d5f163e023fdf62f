/**
 * What a REST API consists of, in the words of the API Gateway reference (times in milliseconds since the
 * epoch). https://docs.aws.amazon.com/apigateway/latest/api/API_Types.html
 */

export interface RestApi {
  id: string;
  name: string;
  description?: string | undefined;
  createdDate: number;
  version?: string | undefined;
  warnings?: string[] | undefined;
  binaryMediaTypes?: string[] | undefined;
  minimumCompressionSize?: number | undefined;
  apiKeySource: 'HEADER' | 'AUTHORIZER';
  endpointConfiguration: EndpointConfiguration;
  /** A JSON document; which requests may invoke the API at all. */
  policy?: string | undefined;
  tags?: Record<string, string> | undefined;
  disableExecuteApiEndpoint: boolean;
  rootResourceId: string;
  securityPolicy?: string | undefined;
}

export interface EndpointConfiguration {
  types: string[];
  ipAddressType?: string | undefined;
  vpcEndpointIds?: string[] | undefined;
}

export interface Resource {
  id: string;
  /** Absent on the root. */
  parentId?: string | undefined;
  pathPart?: string | undefined;
  path: string;
  resourceMethods: Record<string, Method>;
}

export interface Method {
  httpMethod: string;
  authorizationType: 'NONE' | 'AWS_IAM' | 'CUSTOM' | 'COGNITO_USER_POOLS';
  authorizerId?: string | undefined;
  authorizationScopes?: string[] | undefined;
  apiKeyRequired: boolean;
  requestValidatorId?: string | undefined;
  operationName?: string | undefined;
  /** `method.request.querystring.page` → required. */
  requestParameters?: Record<string, boolean> | undefined;
  /** Content type → model name. */
  requestModels?: Record<string, string> | undefined;
  methodResponses?: Record<string, MethodResponse> | undefined;
  methodIntegration?: Integration | undefined;
}

export interface MethodResponse {
  statusCode: string;
  responseParameters?: Record<string, boolean> | undefined;
  responseModels?: Record<string, string> | undefined;
}

export type IntegrationType = 'HTTP' | 'AWS' | 'MOCK' | 'HTTP_PROXY' | 'AWS_PROXY';
export type PassthroughBehavior = 'WHEN_NO_MATCH' | 'WHEN_NO_TEMPLATES' | 'NEVER';
export type ContentHandling = 'CONVERT_TO_BINARY' | 'CONVERT_TO_TEXT';

export interface Integration {
  type: IntegrationType;
  httpMethod?: string | undefined;
  uri?: string | undefined;
  connectionType?: string | undefined;
  connectionId?: string | undefined;
  credentials?: string | undefined;
  requestParameters?: Record<string, string> | undefined;
  requestTemplates?: Record<string, string> | undefined;
  passthroughBehavior: PassthroughBehavior;
  contentHandling?: ContentHandling | undefined;
  timeoutInMillis: number;
  cacheNamespace: string;
  cacheKeyParameters: string[];
  integrationResponses?: Record<string, IntegrationResponse> | undefined;
  tlsConfig?: { insecureSkipVerification?: boolean | undefined } | undefined;
  responseTransferMode?: string | undefined;
}

export interface IntegrationResponse {
  statusCode: string;
  selectionPattern?: string | undefined;
  responseParameters?: Record<string, string> | undefined;
  responseTemplates?: Record<string, string> | undefined;
  contentHandling?: ContentHandling | undefined;
}

export interface Model {
  id: string;
  name: string;
  description?: string | undefined;
  contentType: string;
  /** JSON schema, draft 4. */
  schema?: string | undefined;
}

export interface RequestValidator {
  id: string;
  name?: string | undefined;
  validateRequestBody: boolean;
  validateRequestParameters: boolean;
}

export interface Authorizer {
  id: string;
  name: string;
  type: 'TOKEN' | 'REQUEST' | 'COGNITO_USER_POOLS';
  providerARNs?: string[] | undefined;
  authType?: string | undefined;
  authorizerUri?: string | undefined;
  authorizerCredentials?: string | undefined;
  identitySource?: string | undefined;
  identityValidationExpression?: string | undefined;
  /** Seconds; 300 when absent. */
  authorizerResultTtlInSeconds?: number | undefined;
}

export interface GatewayResponse {
  responseType: string;
  statusCode?: string | undefined;
  responseParameters?: Record<string, string> | undefined;
  responseTemplates?: Record<string, string> | undefined;
}

/** All that a deployment freezes. */
export interface ApiSnapshot {
  api: RestApi;
  resources: Resource[];
  models: Model[];
  validators: RequestValidator[];
  authorizers: Authorizer[];
  gatewayResponses: GatewayResponse[];
}

export interface Deployment {
  id: string;
  description?: string | undefined;
  createdDate: number;
  /** Path → method → what guards it. */
  apiSummary: Record<string, Record<string, { authorizationType: string; apiKeyRequired: boolean }>>;
}

export interface MethodSetting {
  metricsEnabled: boolean;
  loggingLevel: string;
  dataTraceEnabled: boolean;
  throttlingBurstLimit: number;
  throttlingRateLimit: number;
  cachingEnabled: boolean;
  cacheTtlInSeconds: number;
  cacheDataEncrypted: boolean;
  requireAuthorizationForCacheControl: boolean;
  unauthorizedCacheControlHeaderStrategy: string;
}

export interface Stage {
  stageName: string;
  deploymentId: string;
  description?: string | undefined;
  variables?: Record<string, string> | undefined;
  /** `resource path/METHOD` with `~1` for slashes, or a star for both. */
  methodSettings: Record<string, MethodSetting>;
  cacheClusterEnabled: boolean;
  cacheClusterSize?: string | undefined;
  cacheClusterStatus: string;
  documentationVersion?: string | undefined;
  accessLogSettings?: { format?: string | undefined; destinationArn?: string | undefined } | undefined;
  tracingEnabled: boolean;
  clientCertificateId?: string | undefined;
  canarySettings?: CanarySettings | undefined;
  tags?: Record<string, string> | undefined;
  createdDate: number;
  lastUpdatedDate: number;
}

/** A share of a stage's requests that another deployment answers. */
export interface CanarySettings {
  deploymentId: string;
  /** 0 to 100. */
  percentTraffic: number;
  stageVariableOverrides?: Record<string, string> | undefined;
  /** Share the stage's cache, instead of a cache of its own. */
  useStageCache: boolean;
}

export interface ApiKey {
  id: string;
  value: string;
  name?: string | undefined;
  customerId?: string | undefined;
  description?: string | undefined;
  enabled: boolean;
  createdDate: number;
  lastUpdatedDate: number;
  /** `apiId/stage`: which stages it may call without a usage plan (the older way). */
  stageKeys: string[];
  tags?: Record<string, string> | undefined;
}

export interface UsagePlan {
  id: string;
  name: string;
  description?: string | undefined;
  apiStages: { apiId: string; stage: string; throttle?: Record<string, Throttle> | undefined }[];
  throttle?: Throttle | undefined;
  quota?: { limit: number; offset: number; period: 'DAY' | 'WEEK' | 'MONTH' } | undefined;
  productCode?: string | undefined;
  tags?: Record<string, string> | undefined;
}

/** A token bucket: requests, and requests a second. */
export interface Throttle {
  burstLimit?: number | undefined;
  rateLimit?: number | undefined;
}
