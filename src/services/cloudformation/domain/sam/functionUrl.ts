import { InvalidResource } from './errors.ts';
import { CfnResource } from './resource.ts';
import { type Dict, isEmpty, isIntrinsic, isMap, isPresent, text } from './values.ts';

/** The function's own URL, and for `AuthType: NONE` the two permissions that open it to everyone. */
export function functionUrl(
  lambda: CfnResource,
  alias: CfnResource | undefined,
  config: Dict,
  attributes: Dict,
): CfnResource[] {
  const id = lambda.logicalId;
  const isUnknown = isIntrinsic(config as unknown);
  if (!isUnknown) {
    checkAuthType(id, config.AuthType);
    checkCors(id, config.Cors);
  }
  const target = (alias ?? lambda).ref;
  const make = (suffix: string, type: string, properties: Dict) =>
    new CfnResource(`${id}${suffix}`, type, properties, { attributes });
  const url = make('Url', 'AWS::Lambda::Url', {
    Cors: isPresent(config.Cors) ? config.Cors : undefined,
    AuthType: config.AuthType,
    TargetFunctionArn: target,
    InvokeMode: config.InvokeMode,
  });
  if (isUnknown || text(config.AuthType) !== 'NONE') return [url];
  return [
    url,
    make('UrlPublicPermissions', 'AWS::Lambda::Permission', {
      Action: 'lambda:InvokeFunctionUrl',
      FunctionName: target,
      Principal: '*',
      FunctionUrlAuthType: config.AuthType,
    }),
    make('URLInvokeAllowPublicAccess', 'AWS::Lambda::Permission', {
      Action: 'lambda:InvokeFunction',
      FunctionName: target,
      Principal: '*',
      InvokedViaFunctionUrl: true,
    }),
  ];
}

function checkAuthType(id: string, authType: unknown): void {
  if (isIntrinsic(authType)) return;
  if (isEmpty(authType) || !['AWS_IAM', 'NONE'].includes(text(authType))) {
    throw new InvalidResource(
      id,
      'AuthType is required to configure function property `FunctionUrlConfig`. Please provide either AWS_IAM or NONE.',
    );
  }
}

const corsTypes: Readonly<Record<string, 'list' | 'bool' | 'int'>> = {
  AllowOrigins: 'list',
  AllowMethods: 'list',
  AllowCredentials: 'bool',
  AllowHeaders: 'list',
  ExposeHeaders: 'list',
  MaxAge: 'int',
};

function checkCors(id: string, cors: unknown): void {
  if (isEmpty(cors) || isIntrinsic(cors)) return;
  if (!isMap(cors)) throw new InvalidResource(id, "Property 'FunctionUrlConfig.Cors' should be a map.");
  for (const [name, value] of Object.entries(cors)) {
    const type = corsTypes[name];
    if (!type) throw new InvalidResource(id, `${name} is not a valid property for configuring Cors.`);
    if (isIntrinsic(value)) continue;
    const fits =
      type === 'list'
        ? Array.isArray(value)
        : typeof value === 'boolean' || (type === 'int' && Number.isInteger(value));
    if (!fits) throw new InvalidResource(id, `${name} must be of type ${type}.`);
  }
}
