import { InvalidResource } from '../errors.ts';
import { asMap, type Dict, isMap, isText, text } from '../values.ts';

/** What a value of the resource must look like, deeper than a type: returns the path of what is wrong. */
type Model = (value: unknown) => string[] | undefined;

const fits =
  (accepts: (value: unknown) => boolean): Model =>
  (value) =>
    accepts(value) ? undefined : [];

const anything: Model = () => undefined;
const scalar = fits((value) => isText(value) || typeof value === 'number');
const scalarOrMap = fits((value) => isText(value) || typeof value === 'number' || isMap(value));
const boolean = fits(
  (value) => typeof value === 'boolean' || ['true', 'false'].includes(text(value).toLowerCase()),
);
const oneOf = (...values: string[]): Model => fits((value) => isText(value) && values.includes(text(value)));

const listOf =
  (item: Model): Model =>
  (value) =>
    Array.isArray(value) ? firstWrong(value.map((entry, index) => [String(index), item(entry)])) : [];

const mapOf =
  (item: Model): Model =>
  (value) =>
    isMap(value) ? firstWrong(Object.entries(value).map(([key, entry]) => [key, item(entry)])) : [];

/** A map of these members, the required ones marked by a `!`, and no others. */
const members =
  (known: Readonly<Record<string, Model>>): Model =>
  (value) => {
    if (!isMap(value)) return [];
    const names = Object.entries(known).map(([name, model]): [string, string[] | undefined] => {
      const key = name.replace('!', '');
      const member = value[key];
      if (member !== undefined && member !== null) return [key, model(member)];
      return [key, name.endsWith('!') ? [] : undefined];
    });
    const extra = Object.keys(value).filter((key) => !(key in known) && !(`${key}!` in known));
    return firstWrong([...names, ...extra.map((key): [string, string[]] => [key, []])]);
  };

function firstWrong(checked: readonly (readonly [string, string[] | undefined])[]): string[] | undefined {
  const wrong = checked.find(([, path]) => path !== undefined);
  return wrong ? [wrong[0], ...(wrong[1] ?? [])] : undefined;
}

const passThrough = (...names: string[]): Record<string, Model> =>
  Object.fromEntries(names.map((name) => [name, anything]));

const authorizer: Record<string, Model> = {
  'Type!': oneOf('AWS_IAM', 'API_KEY', 'AWS_LAMBDA', 'OPENID_CONNECT', 'AMAZON_COGNITO_USER_POOLS'),
  LambdaAuthorizer: members(
    passThrough('AuthorizerResultTtlInSeconds', 'AuthorizerUri!', 'IdentityValidationExpression'),
  ),
  OpenIDConnect: members(passThrough('AuthTTL', 'ClientId', 'IatTTL', 'Issuer')),
  UserPool: members(passThrough('AppIdClientRegex', 'AwsRegion', 'DefaultAction', 'UserPoolId!')),
};

const logging = members(passThrough('CloudWatchLogsRoleArn', 'ExcludeVerboseContent', 'FieldLogLevel'));
const runtime = members(passThrough('Name!', 'Version!'));
const sync = members({
  ...passThrough('ConflictDetection!', 'ConflictHandler'),
  LambdaConflictHandlerConfig: members(passThrough('LambdaConflictHandlerArn!')),
});

const graphQlApi = members({
  'Auth!': members({ ...authorizer, Additional: listOf(members(authorizer)) }),
  ...passThrough('Tags', 'Name'),
  XrayEnabled: boolean,
  ...passThrough('SchemaInline', 'SchemaUri'),
  Logging: (value) => (typeof value === 'boolean' ? undefined : logging(value)),
  DataSources: members({
    DynamoDb: mapOf(
      members({
        ...passThrough('TableName!', 'ServiceRoleArn', 'TableArn'),
        Permissions: listOf(oneOf('Read', 'Write')),
        ...passThrough('Name', 'Description', 'Region'),
        DeltaSync: members(passThrough('BaseTableTTL!', 'DeltaSyncTableName!', 'DeltaSyncTableTTL!')),
        ...passThrough('UseCallerCredentials', 'Versioned'),
      }),
    ),
    Lambda: mapOf(members(passThrough('FunctionArn!', 'ServiceRoleArn', 'Name', 'Description'))),
  }),
  Functions: mapOf(
    members({
      DataSource: scalarOrMap,
      Runtime: runtime,
      ...passThrough('InlineCode', 'CodeUri', 'Description', 'MaxBatchSize'),
      Name: scalar,
      Id: anything,
      Sync: sync,
    }),
  ),
  Resolvers: mapOf(
    mapOf(
      members({
        FieldName: scalar,
        Caching: members({ 'Ttl!': anything, CachingKeys: listOf(anything) }),
        ...passThrough('InlineCode', 'CodeUri', 'MaxBatchSize'),
        Pipeline: listOf(scalar),
        Runtime: runtime,
        Sync: sync,
      }),
    ),
  ),
  ApiKeys: mapOf(members(passThrough('ApiKeyId', 'Description', 'ExpiresOn'))),
  DomainName: members(passThrough('CertificateArn!', 'DomainName!', 'Description')),
  Cache: members(
    passThrough(
      'ApiCachingBehavior!',
      'Ttl!',
      'Type!',
      'AtRestEncryptionEnabled',
      'TransitEncryptionEnabled',
    ),
  ),
  ...passThrough(
    'Visibility',
    'OwnerContact',
    'IntrospectionConfig',
    'QueryDepthLimit',
    'ResolverCountLimit',
  ),
});

/** Checks the whole resource before anything is made of it, and names the first member that is wrong. */
export function checkGraphQlApi(logicalId: string, properties: Dict): void {
  const wrong = graphQlApi(asMap(properties));
  if (wrong) throw new InvalidResource(logicalId, `Property '${wrong.join('.')}' is invalid.`);
}

/** Without the members that are null. */
export function present(map: unknown): Dict {
  return Object.fromEntries(
    Object.entries(asMap(map)).filter(([, value]) => value !== undefined && value !== null),
  );
}
