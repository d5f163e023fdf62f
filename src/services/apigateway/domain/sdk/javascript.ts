/**
 * A client of an API for browsers and Node.js, as GetSdk generates it: `apigClientFactory.newClient(config)` with a
 * function for every method, called with (params, body, additionalParams).
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-generate-sdk-javascript.html
 */
import type { ApiSnapshot, Method, Resource } from '../types.ts';
import { coreSource } from './javascriptCore.ts';

export interface SdkFunction {
  name: string;
  method: string;
  path: string;
  /** Names of what goes where; the values come in `params`. */
  query: string[];
  headers: string[];
}

/** @param endpoint with the stage: `https://a1b2c3.execute-api.eu-west-1.amazonaws.com/prod`. */
export function javascriptSdk(
  snapshot: ApiSnapshot,
  endpoint: string,
  region: string,
): Record<string, string> {
  const functions = sdkFunctions(snapshot.resources);
  return {
    'apiGateway-js-sdk/apigClient.js': clientSource(functions, endpoint, region),
    'apiGateway-js-sdk/lib/apiGatewayCore.js': coreSource,
    'apiGateway-js-sdk/README.md': readme(functions),
  };
}

/** `ANY` stands for all of these. */
const anyMethods = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'];

/** `/pets/{petId}` and `GET` → `petsPetIdGet`; `/` and `GET` → `rootGet`. In the order of paths. */
export function sdkFunctions(resources: readonly Resource[]): SdkFunction[] {
  const functions = new Map<string, SdkFunction>();
  for (const { path, resourceMethods } of [...resources].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    for (const [httpMethod, method] of Object.entries(resourceMethods)) {
      for (const verb of httpMethod === 'ANY' ? anyMethods : [httpMethod]) {
        // A method of its own wins over what ANY stands for.
        if (httpMethod === 'ANY' && resourceMethods[verb]) continue;
        const name = functionName(path, verb);
        functions.set(name, { name, method: verb, path, ...parametersOf(method) });
      }
    }
  }
  return [...functions.values()];
}

function functionName(path: string, method: string): string {
  const words = path.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
  if (words.length === 0) words.push('root');
  words.push(method.toLowerCase());
  const joined = words
    .map((word, at) => (at === 0 ? word[0]?.toLowerCase() : word[0]?.toUpperCase()) + word.slice(1))
    .join('');
  return /^\d/.test(joined) ? `_${joined}` : joined;
}

function parametersOf(method: Method): Pick<SdkFunction, 'query' | 'headers'> {
  const names = Object.keys(method.requestParameters ?? {});
  const under = (prefix: string) =>
    names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  return { query: under('method.request.querystring.'), headers: under('method.request.header.') };
}

function clientSource(functions: readonly SdkFunction[], endpoint: string, region: string): string {
  const table = functions
    .map(({ name, method, path, query, headers }) => {
      const call = JSON.stringify({ method, path, query, headers });
      return `  apigClient[${JSON.stringify(name)}] = function (params, body, additionalParams) {\n    return client.send(${call}, params, body, additionalParams);\n  };`;
    })
    .join('\n');
  return `// A client of the stage ${endpoint.replaceAll(/[\r\n]/g, '')}
// Load lib/apiGatewayCore.js before this file, or require() this file in Node.js.
var apigClientFactory = {};
apigClientFactory.newClient = function (config) {
  var core = typeof apiGatewayCore === 'undefined' ? require('./lib/apiGatewayCore.js') : apiGatewayCore;
  var client = core.newClient(${JSON.stringify({ endpoint, region })}, config);
  var apigClient = {};
${table}
  return apigClient;
};
if (typeof module === 'object' && module.exports) module.exports = apigClientFactory;
`;
}

function readme(functions: readonly SdkFunction[]): string {
  return `# Client

\`\`\`html
<script src="lib/apiGatewayCore.js"></script>
<script src="apigClient.js"></script>
\`\`\`

\`\`\`js
var apigClient = apigClientFactory.newClient({
  apiKey: '…', // sent as x-api-key
  accessKey: '…', secretKey: '…', sessionToken: '…', region: '…', // signs with SigV4
  now: Date.now, // the clock of signatures, in milliseconds
});
apigClient.METHOD(params, body, { headers: {}, queryParams: {} })
  .then(function (result) { result.status; result.data; }, function (error) { error.response; });
\`\`\`

Values of the path, the query string and headers go into \`params\` by name.

${functions.map(({ name, method, path }) => `- \`${name}\`: ${method} ${path}`).join('\n')}
`;
}
