/** What an HTTP API consists of. https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/ */

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
  ProtocolType: 'HTTP';
  Description?: string | undefined;
  Version?: string | undefined;
  RouteSelectionExpression: string;
  ApiKeySelectionExpression: string;
  CorsConfiguration?: Cors | undefined;
  DisableExecuteApiEndpoint: boolean;
  IpAddressType: string;
  Tags?: Record<string, string> | undefined;
  CreatedDate: number;
  ImportInfo?: string[] | undefined;
  Warnings?: string[] | undefined;
}

export interface HttpRoute {
  RouteId: string;
  /** `GET /items/{id}` or `$default`. */
  RouteKey: string;
  /** `integrations/{id}`. */
  Target?: string | undefined;
  AuthorizationType: 'NONE' | 'AWS_IAM' | 'CUSTOM' | 'JWT';
  AuthorizerId?: string | undefined;
  AuthorizationScopes?: string[] | undefined;
  OperationName?: string | undefined;
  ApiKeyRequired: boolean;
  ApiGatewayManaged?: boolean | undefined;
}

export interface HttpIntegration {
  IntegrationId: string;
  IntegrationType: 'AWS_PROXY' | 'HTTP_PROXY';
  IntegrationSubtype?: string | undefined;
  IntegrationMethod?: string | undefined;
  IntegrationUri?: string | undefined;
  ConnectionType: string;
  ConnectionId?: string | undefined;
  CredentialsArn?: string | undefined;
  Description?: string | undefined;
  PayloadFormatVersion: string;
  RequestParameters?: Record<string, string> | undefined;
  ResponseParameters?: Record<string, Record<string, string>> | undefined;
  TimeoutInMillis: number;
  TlsConfig?: { ServerNameToVerify?: string | undefined } | undefined;
  ApiGatewayManaged?: boolean | undefined;
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
}
