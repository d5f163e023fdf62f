/** What HTTP and WebSocket APIs consist of. https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/ */

export interface Cors {
  AllowCredentials?: boolean | undefined;
  AllowHeaders?: string[] | undefined;
  AllowMethods?: string[] | undefined;
  AllowOrigins?: string[] | undefined;
  ExposeHeaders?: string[] | undefined;
  /** Seconds. */
  MaxAge?: number | undefined;
}

export interface HttpApi {
  ApiId: string;
  Name: string;
  ProtocolType: 'HTTP' | 'WEBSOCKET';
  Description?: string | undefined;
  Version?: string | undefined;
  RouteSelectionExpression: string;
  ApiKeySelectionExpression: string;
  CorsConfiguration?: Cors | undefined;
  DisableExecuteApiEndpoint: boolean;
  /** WebSocket APIs only. */
  DisableSchemaValidation?: boolean | undefined;
  IpAddressType: string;
  Tags?: Record<string, string> | undefined;
  CreatedDate: number;
  ImportInfo?: string[] | undefined;
  Warnings?: string[] | undefined;
}

export interface HttpRoute {
  RouteId: string;
  /** `GET /items/{id}` or `$default`; of a WebSocket API any text, `$connect`, `$disconnect` or `$default`. */
  RouteKey: string;
  /** `integrations/{id}`. */
  Target?: string | undefined;
  AuthorizationType: 'NONE' | 'AWS_IAM' | 'CUSTOM' | 'JWT';
  AuthorizerId?: string | undefined;
  AuthorizationScopes?: string[] | undefined;
  OperationName?: string | undefined;
  ApiKeyRequired: boolean;
  ApiGatewayManaged?: boolean | undefined;
  // From here on, of WebSocket APIs only.
  ModelSelectionExpression?: string | undefined;
  /** Model key → name of a model. */
  RequestModels?: Record<string, string> | undefined;
  /** `route.request.querystring.name` → required. */
  RequestParameters?: Record<string, { Required?: boolean | undefined }> | undefined;
  RouteResponseSelectionExpression?: string | undefined;
}

/** A route of a WebSocket API that has one answers the messages it gets. */
export interface RouteResponse {
  RouteResponseId: string;
  RouteId: string;
  RouteResponseKey: string;
  ModelSelectionExpression?: string | undefined;
  ResponseModels?: Record<string, string> | undefined;
  ResponseParameters?: Record<string, { Required?: boolean | undefined }> | undefined;
}

export type ContentHandlingStrategy = 'CONVERT_TO_BINARY' | 'CONVERT_TO_TEXT';

/** What becomes of the answer of an integration that is no proxy. WebSocket APIs only. */
export interface HttpIntegrationResponse {
  IntegrationResponseId: string;
  IntegrationId: string;
  /** `$default`, or a regular expression between slashes: `/2\d\d/`. */
  IntegrationResponseKey: string;
  ContentHandlingStrategy?: ContentHandlingStrategy | undefined;
  ResponseParameters?: Record<string, string> | undefined;
  ResponseTemplates?: Record<string, string> | undefined;
  TemplateSelectionExpression?: string | undefined;
}

/** WebSocket APIs only. */
export interface HttpModel {
  ModelId: string;
  Name: string;
  ContentType: string;
  Description?: string | undefined;
  /** JSON schema, draft 4. */
  Schema?: string | undefined;
}

export interface HttpIntegration {
  IntegrationId: string;
  /** The first two; WebSocket APIs have them all. */
  IntegrationType: 'AWS_PROXY' | 'HTTP_PROXY' | 'AWS' | 'HTTP' | 'MOCK';
  IntegrationSubtype?: string | undefined;
  IntegrationMethod?: string | undefined;
  IntegrationUri?: string | undefined;
  ConnectionType: string;
  ConnectionId?: string | undefined;
  CredentialsArn?: string | undefined;
  Description?: string | undefined;
  PayloadFormatVersion?: string | undefined;
  RequestParameters?: Record<string, string> | undefined;
  ResponseParameters?: Record<string, Record<string, string>> | undefined;
  TimeoutInMillis: number;
  TlsConfig?: { ServerNameToVerify?: string | undefined } | undefined;
  ApiGatewayManaged?: boolean | undefined;
  // From here on, of WebSocket APIs only.
  ContentHandlingStrategy?: ContentHandlingStrategy | undefined;
  IntegrationResponseSelectionExpression?: string | undefined;
  PassthroughBehavior?: 'WHEN_NO_MATCH' | 'WHEN_NO_TEMPLATES' | 'NEVER' | undefined;
  RequestTemplates?: Record<string, string> | undefined;
  TemplateSelectionExpression?: string | undefined;
}

export interface HttpAuthorizer {
  AuthorizerId: string;
  Name: string;
  AuthorizerType: 'REQUEST' | 'JWT';
  AuthorizerUri?: string | undefined;
  AuthorizerCredentialsArn?: string | undefined;
  AuthorizerPayloadFormatVersion?: string | undefined;
  AuthorizerResultTtlInSeconds?: number | undefined;
  EnableSimpleResponses?: boolean | undefined;
  IdentitySource?: string[] | undefined;
  JwtConfiguration?: { Audience?: string[] | undefined; Issuer?: string | undefined } | undefined;
}

export interface HttpDeployment {
  DeploymentId: string;
  Description?: string | undefined;
  CreatedDate: number;
  AutoDeployed: boolean;
  DeploymentStatus: 'DEPLOYED';
}

export interface RouteSettings {
  DataTraceEnabled?: boolean | undefined;
  DetailedMetricsEnabled?: boolean | undefined;
  LoggingLevel?: string | undefined;
  ThrottlingBurstLimit?: number | undefined;
  ThrottlingRateLimit?: number | undefined;
}

export interface HttpStage {
  StageName: string;
  AutoDeploy: boolean;
  DeploymentId?: string | undefined;
  Description?: string | undefined;
  StageVariables?: Record<string, string> | undefined;
  DefaultRouteSettings: RouteSettings;
  RouteSettings: Record<string, RouteSettings>;
  AccessLogSettings?: { DestinationArn?: string | undefined; Format?: string | undefined } | undefined;
  ClientCertificateId?: string | undefined;
  LastDeploymentStatusMessage?: string | undefined;
  Tags?: Record<string, string> | undefined;
  ApiGatewayManaged?: boolean | undefined;
  CreatedDate: number;
  LastUpdatedDate: number;
}

/** All that a deployment freezes. */
export interface HttpApiSnapshot {
  api: HttpApi;
  routes: HttpRoute[];
  integrations: HttpIntegration[];
  authorizers: HttpAuthorizer[];
  /** WebSocket APIs only. */
  routeResponses?: RouteResponse[] | undefined;
  integrationResponses?: HttpIntegrationResponse[] | undefined;
  models?: HttpModel[] | undefined;
}
