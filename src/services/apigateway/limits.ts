/** https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html unless another page is named. */

/** "Payload size", REST and HTTP APIs, in bytes; it can't be raised. */
export const payloadBytesMax = 10 * 1024 * 1024;
/** "Integration timeout for Regional APIs" by default, in milliseconds. */
export const integrationTimeoutDefaultMs = 29_000;
/** Integration.timeoutInMillis: "between 50 and 29,000 milliseconds" (Regional APIs may ask for more). */
export const integrationTimeoutMinMs = 50;
export const integrationTimeoutMaxMs = 300_000;
/** HTTP APIs: "Maximum integration timeout: 30 seconds". */
export const httpIntegrationTimeoutMs = 30_000;
/** "Resources per API". */
export const resourcesPerApi = 300;
/** "Stages per API". */
export const stagesPerApi = 10;
/** "AWS Lambda authorizers per API". */
export const authorizersPerApi = 10;
/** "Authorizer result TTL", in seconds: 300 by default, 3,600 at most. */
export const authorizerTtlDefaultSeconds = 300;
export const authorizerTtlMaxSeconds = 3600;
/** "Stage variable key/value length", in characters. */
export const stageVariableNameMax = 64;
export const stageVariableValueMax = 512;
/** "Mapping template size", in bytes. */
export const mappingTemplateBytesMax = 300 * 1024;
/** GetRestApis and its like: "The default value is 25 and the maximum value is 500". */
export const pageDefault = 25;
export const pageMax = 500;
/** "Throttle quota per account per Region": requests a second and the burst over it. */
export const accountRateLimit = 10_000;
export const accountBurstLimit = 5_000;
/** "Maximum resource policy size", in bytes. */
export const resourcePolicyBytesMax = 8192;
/** API names: "must be 1-1024 characters" (API reference, CreateRestApi; the console says the same). */
export const apiNameMax = 1024;
/** "Regional APIs per account per Region", and the same number of private ones. */
export const apisPerRegion = 600;
/** "Edge-optimized APIs per account per Region". */
export const edgeApisPerRegion = 120;
/** "Routes per API", "Integrations per API", "Stages per API", "Authorizers per API" of HTTP and WebSocket APIs. */
export const routesPerApi = 300;
export const integrationsPerApi = 300;
/** "Usage plans per account per Region". */
export const usagePlansPerAccount = 300;
/** "Public custom domain names per account per Region". */
export const domainNamesPerAccount = 120;
/** "Private custom domain names per account per Region". */
export const privateDomainNamesPerAccount = 50;
/** "Number of API mappings per domain". */
export const apiMappingsPerDomain = 200;
/** "Multi-level API mapping length for a custom domain name", in characters. */
export const apiMappingKeyMax = 300;
/** "Routing rules per domain" (rest-api-routing-rules.html). */
export const routingRulesPerDomain = 50;
/** "Client certificates per account per Region"; a certificate is good for 365 days (getting-started-client-side-ssl-authentication.html). */
export const clientCertificatesPerAccount = 60;
export const clientCertificateDays = 365;
/** "VPC links per account per Region", of REST APIs and of HTTP APIs. */
export const vpcLinksPerAccount = 20;
export const httpVpcLinksPerAccount = 10;
/** "Documentation parts per API". */
export const documentationPartsPerApi = 2000;
/** Compiled deployments kept in memory; ours: the least recently loaded goes first. */
export const compiledDeploymentsMax = 256;
/** "The default TTL value for API caching is 300 seconds. The maximum TTL value is 3600 seconds." */
export const cacheTtlDefaultSeconds = 300;
export const cacheTtlMaxSeconds = 3600;
/** "The maximum size of a response that can be cached is 1048576 bytes." (api-gateway-caching.html) */
export const cachedResponseBytesMax = 1_048_576;
/** Stage.cacheClusterSize: gigabytes of a cache cluster. */
export const cacheClusterSizes: readonly string[] = [
  '0.5',
  '1.6',
  '6.1',
  '13.5',
  '28.4',
  '58.2',
  '118',
  '237',
];
/** Bytes of cached responses of all stages together; ours: the smallest cluster's size. */
export const cachedBytesMax = 512 * 1024 * 1024;
/** "API Gateway currently limits log events to 1024 bytes." (api-gateway-known-issues.html) */
export const logEventBytesMax = 1024;
/** "Total combined size of request line and header values", in bytes. */
export const headerBytesMax = 10_240;
/** "The maximum streaming duration is 15 minutes" (response-transfer-mode.html). */
export const streamingTimeoutMs = 15 * 60 * 1000;
/** "Streams are subject to idle timeouts": 5 minutes, 30 seconds for edge-optimized endpoints. */
export const streamIdleMs = 5 * 60 * 1000;
export const streamIdleOfEdgeMs = 30_000;
/** GetUsage: days that are told at once ("the last 90 days", API reference). */
export const usageDaysMax = 90;
