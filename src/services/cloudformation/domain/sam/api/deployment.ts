import type { SamContext } from '../context.ts';
import { dataHash } from '../logicalIds.ts';
import { pythonJson } from '../python/json.ts';
import { pythonRepr } from '../python/repr.ts';
import { CfnResource } from '../resource.ts';
import { type Dict, isEmpty, isPresent, ref, text } from '../values.ts';

export interface DeploymentRequest {
  readonly apiId: string;
  /** The definition, or where it lies: the deployment is new when this is. */
  readonly definition: unknown;
  readonly openApiVersion: unknown;
  readonly domain: unknown;
  readonly alwaysDeploy: unknown;
  readonly attributes: Dict;
}

/**
 * The deployment of a REST API. Its logical id ends with a hash of everything that asks for a new deployment,
 * so that CloudFormation makes one when any of that changes and none otherwise.
 */
export function apiDeployment(request: DeploymentRequest, context: SamContext): CfnResource {
  const { apiId } = request;
  const deployment = new CfnResource(
    `${apiId}Deployment`,
    'AWS::ApiGateway::Deployment',
    {
      RestApiId: ref(apiId),
      // With OpenApiVersion set, SAM doesn't make the stage named Stage that API Gateway would add.
      StageName: isEmpty(request.openApiVersion) ? 'Stage' : undefined,
    },
    { attributes: request.attributes },
  );
  if (isEmpty(request.definition)) return deployment;
  const digest = dataHash(hashInput(request, context));
  deployment.logicalId += digest.slice(0, 10);
  deployment.properties.Description = `RestApi deployment id: ${digest}`;
  return deployment;
}

function hashInput(request: DeploymentRequest, context: SamContext): string {
  if (isPresent(request.alwaysDeploy)) return text(Math.floor(context.now() / 1000));
  const parts = [pythonRepr(request.definition)];
  if (isPresent(request.openApiVersion)) parts.push(text(request.openApiVersion));
  if (isPresent(request.domain)) parts.push(pythonJson(request.domain));
  const names = context.functionNames.get(request.apiId);
  if (names) parts.push(names);
  return parts.join('||');
}
