/**
 * IAM on the management API: the action is the HTTP method, the resource the path.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-iam-policy-examples.html
 */
import { partitionOf } from '../../kernel/index.ts';
import type { AuthorizationRule } from '../../platform/index.ts';
import { passingOf } from './passedRoles.ts';
import type { Context, Room } from './room.ts';

/** Operation → `METHOD /path/{member of the input}`. */
export function rulesFrom(table: Readonly<Record<string, string>>): Record<string, AuthorizationRule<Room>> {
  const rules: Record<string, AuthorizationRule<Room>> = {};
  for (const [operation, route] of Object.entries(table)) {
    const [method, path = ''] = route.split(' ');
    rules[operation] = (ctx, input) => {
      const request = { action: `apigateway:${method}`, resources: [arnOf(ctx, fill(path, input))] };
      const passing = method === 'GET' || method === 'DELETE' ? undefined : passingOf(input);
      return passing ? [request, passing] : request;
    };
  }
  return rules;
}

function fill(path: string, input: Readonly<Record<string, unknown>>): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(input[name] ?? ''));
}

/** `arn:aws:apigateway:region::/restapis/a1b2c3`: without an account. */
export function arnOf(ctx: Context, path: string): string {
  return `arn:${partitionOf(ctx.region)}:apigateway:${ctx.region}::${path}`;
}

const api = '/restapis/{restApiId}';
const resource = `${api}/resources/{resourceId}`;
const method = `${resource}/methods/{httpMethod}`;
const integration = `${method}/integration`;
const domain = '/domainnames/{domainName}';

export const authorize = rulesFrom({
  CreateRestApi: 'POST /restapis',
  ImportRestApi: 'POST /restapis',
  PutRestApi: `PUT ${api}`,
  GetRestApi: `GET ${api}`,
  GetRestApis: 'GET /restapis',
  UpdateRestApi: `PATCH ${api}`,
  DeleteRestApi: `DELETE ${api}`,
  CreateResource: `POST ${api}/resources/{parentId}`,
  GetResource: `GET ${resource}`,
  GetResources: `GET ${api}/resources`,
  UpdateResource: `PATCH ${resource}`,
  DeleteResource: `DELETE ${resource}`,
  PutMethod: `PUT ${method}`,
  GetMethod: `GET ${method}`,
  UpdateMethod: `PATCH ${method}`,
  DeleteMethod: `DELETE ${method}`,
  PutMethodResponse: `PUT ${method}/responses/{statusCode}`,
  GetMethodResponse: `GET ${method}/responses/{statusCode}`,
  UpdateMethodResponse: `PATCH ${method}/responses/{statusCode}`,
  DeleteMethodResponse: `DELETE ${method}/responses/{statusCode}`,
  PutIntegration: `PUT ${integration}`,
  GetIntegration: `GET ${integration}`,
  UpdateIntegration: `PATCH ${integration}`,
  DeleteIntegration: `DELETE ${integration}`,
  PutIntegrationResponse: `PUT ${integration}/responses/{statusCode}`,
  GetIntegrationResponse: `GET ${integration}/responses/{statusCode}`,
  UpdateIntegrationResponse: `PATCH ${integration}/responses/{statusCode}`,
  DeleteIntegrationResponse: `DELETE ${integration}/responses/{statusCode}`,
  TestInvokeMethod: `POST ${method}`,
  CreateDeployment: `POST ${api}/deployments`,
  GetDeployment: `GET ${api}/deployments/{deploymentId}`,
  GetDeployments: `GET ${api}/deployments`,
  UpdateDeployment: `PATCH ${api}/deployments/{deploymentId}`,
  DeleteDeployment: `DELETE ${api}/deployments/{deploymentId}`,
  CreateStage: `POST ${api}/stages`,
  GetStage: `GET ${api}/stages/{stageName}`,
  GetStages: `GET ${api}/stages`,
  UpdateStage: `PATCH ${api}/stages/{stageName}`,
  DeleteStage: `DELETE ${api}/stages/{stageName}`,
  FlushStageCache: `DELETE ${api}/stages/{stageName}/cache/data`,
  FlushStageAuthorizersCache: `DELETE ${api}/stages/{stageName}/cache/authorizers`,
  CreateModel: `POST ${api}/models`,
  GetModel: `GET ${api}/models/{modelName}`,
  GetModels: `GET ${api}/models`,
  UpdateModel: `PATCH ${api}/models/{modelName}`,
  DeleteModel: `DELETE ${api}/models/{modelName}`,
  CreateRequestValidator: `POST ${api}/requestvalidators`,
  GetRequestValidator: `GET ${api}/requestvalidators/{requestValidatorId}`,
  GetRequestValidators: `GET ${api}/requestvalidators`,
  UpdateRequestValidator: `PATCH ${api}/requestvalidators/{requestValidatorId}`,
  DeleteRequestValidator: `DELETE ${api}/requestvalidators/{requestValidatorId}`,
  CreateAuthorizer: `POST ${api}/authorizers`,
  GetAuthorizer: `GET ${api}/authorizers/{authorizerId}`,
  GetAuthorizers: `GET ${api}/authorizers`,
  UpdateAuthorizer: `PATCH ${api}/authorizers/{authorizerId}`,
  DeleteAuthorizer: `DELETE ${api}/authorizers/{authorizerId}`,
  PutGatewayResponse: `PUT ${api}/gatewayresponses/{responseType}`,
  GetGatewayResponse: `GET ${api}/gatewayresponses/{responseType}`,
  GetGatewayResponses: `GET ${api}/gatewayresponses`,
  UpdateGatewayResponse: `PATCH ${api}/gatewayresponses/{responseType}`,
  DeleteGatewayResponse: `DELETE ${api}/gatewayresponses/{responseType}`,
  CreateDocumentationPart: `POST ${api}/documentation/parts`,
  GetDocumentationPart: `GET ${api}/documentation/parts/{documentationPartId}`,
  GetDocumentationParts: `GET ${api}/documentation/parts`,
  ImportDocumentationParts: `PUT ${api}/documentation/parts`,
  UpdateDocumentationPart: `PATCH ${api}/documentation/parts/{documentationPartId}`,
  DeleteDocumentationPart: `DELETE ${api}/documentation/parts/{documentationPartId}`,
  CreateDocumentationVersion: `POST ${api}/documentation/versions`,
  GetDocumentationVersion: `GET ${api}/documentation/versions/{documentationVersion}`,
  GetDocumentationVersions: `GET ${api}/documentation/versions`,
  UpdateDocumentationVersion: `PATCH ${api}/documentation/versions/{documentationVersion}`,
  DeleteDocumentationVersion: `DELETE ${api}/documentation/versions/{documentationVersion}`,
  GetExport: `GET ${api}/stages/{stageName}/exports/{exportType}`,
  GetSdk: `GET ${api}/stages/{stageName}/sdks/{sdkType}`,
  GetSdkType: 'GET /sdktypes/{id}',
  GetSdkTypes: 'GET /sdktypes',
  TestInvokeAuthorizer: `POST ${api}/authorizers/{authorizerId}`,
  GetModelTemplate: `GET ${api}/models/{modelName}/default_template`,
  CreateDomainName: 'POST /domainnames',
  GetDomainName: `GET ${domain}`,
  GetDomainNames: 'GET /domainnames',
  UpdateDomainName: `PATCH ${domain}`,
  DeleteDomainName: `DELETE ${domain}`,
  CreateDomainNameAccessAssociation: 'POST /domainnameaccessassociations',
  GetDomainNameAccessAssociations: 'GET /domainnameaccessassociations',
  DeleteDomainNameAccessAssociation: 'DELETE /domainnameaccessassociations/{domainNameAccessAssociationArn}',
  RejectDomainNameAccessAssociation: 'DELETE /rejectdomainnameaccessassociations',
  CreateBasePathMapping: `POST ${domain}/basepathmappings`,
  GetBasePathMapping: `GET ${domain}/basepathmappings/{basePath}`,
  GetBasePathMappings: `GET ${domain}/basepathmappings`,
  UpdateBasePathMapping: `PATCH ${domain}/basepathmappings/{basePath}`,
  DeleteBasePathMapping: `DELETE ${domain}/basepathmappings/{basePath}`,
  GenerateClientCertificate: 'POST /clientcertificates',
  GetClientCertificate: 'GET /clientcertificates/{clientCertificateId}',
  GetClientCertificates: 'GET /clientcertificates',
  UpdateClientCertificate: 'PATCH /clientcertificates/{clientCertificateId}',
  DeleteClientCertificate: 'DELETE /clientcertificates/{clientCertificateId}',
  CreateVpcLink: 'POST /vpclinks',
  GetVpcLink: 'GET /vpclinks/{vpcLinkId}',
  GetVpcLinks: 'GET /vpclinks',
  UpdateVpcLink: 'PATCH /vpclinks/{vpcLinkId}',
  DeleteVpcLink: 'DELETE /vpclinks/{vpcLinkId}',
  GetTags: 'GET /tags/{resourceArn}',
  TagResource: 'PUT /tags/{resourceArn}',
  UntagResource: 'DELETE /tags/{resourceArn}',
  GetAccount: 'GET /account',
  UpdateAccount: 'PATCH /account',
  CreateApiKey: 'POST /apikeys',
  ImportApiKeys: 'POST /apikeys',
  GetApiKey: 'GET /apikeys/{apiKey}',
  GetApiKeys: 'GET /apikeys',
  UpdateApiKey: 'PATCH /apikeys/{apiKey}',
  DeleteApiKey: 'DELETE /apikeys/{apiKey}',
  CreateUsagePlan: 'POST /usageplans',
  GetUsagePlan: 'GET /usageplans/{usagePlanId}',
  GetUsagePlans: 'GET /usageplans',
  UpdateUsagePlan: 'PATCH /usageplans/{usagePlanId}',
  DeleteUsagePlan: 'DELETE /usageplans/{usagePlanId}',
  CreateUsagePlanKey: 'POST /usageplans/{usagePlanId}/keys',
  GetUsagePlanKey: 'GET /usageplans/{usagePlanId}/keys/{keyId}',
  GetUsagePlanKeys: 'GET /usageplans/{usagePlanId}/keys',
  GetUsage: 'GET /usageplans/{usagePlanId}/usage',
  UpdateUsage: 'PATCH /usageplans/{usagePlanId}/keys/{keyId}/usage',
  DeleteUsagePlanKey: 'DELETE /usageplans/{usagePlanId}/keys/{keyId}',
});
