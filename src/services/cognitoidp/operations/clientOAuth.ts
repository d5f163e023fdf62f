/** What an app client's settings say of OAuth. https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolClient.html */
import type { Reader } from '../../../store/index.ts';
import {
  InvalidOAuthFlowException,
  InvalidParameterException,
  ScopeDoesNotExistException,
} from '../errors.ts';
import type { ClientSettings, Pool } from '../store.ts';
import { isCustomScope, systemScopes } from '../tokens/scopes.ts';

/** @throws InvalidParameterException, InvalidOAuthFlowException, ScopeDoesNotExistException */
export async function checkOAuth(
  reader: Reader,
  pool: Pool,
  settings: ClientSettings,
  hasSecret: boolean,
): Promise<void> {
  const { AllowedOAuthFlows: flows = [], AllowedOAuthScopes: scopes = [] } = settings;
  const { CallbackURLs: callbacks = [], LogoutURLs: logouts = [], DefaultRedirectURI: standard } = settings;
  for (const url of [...callbacks, ...logouts]) checkUrl(url);
  if (standard !== undefined && !callbacks.includes(standard)) {
    throw new InvalidParameterException('DefaultRedirectURI must be one of the CallbackURLs.');
  }
  if (settings.AllowedOAuthFlowsUserPoolClient && (flows.length === 0 || scopes.length === 0)) {
    throw new InvalidOAuthFlowException(
      'AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows.',
    );
  }
  if (flows.includes('client_credentials')) {
    if (flows.length > 1) {
      throw new InvalidOAuthFlowException(
        'client_credentials flow can not be selected along with code flow or implicit flow.',
      );
    }
    if (!hasSecret) {
      throw new InvalidOAuthFlowException(
        'client_credentials flow can not be selected if client does not have a client secret.',
      );
    }
    const own = scopes.find((scope) => systemScopes.has(scope));
    if (own !== undefined) {
      throw new InvalidOAuthFlowException(`${own} is not supported with client_credentials flow.`);
    }
  } else if (flows.length > 0 && callbacks.length === 0) {
    throw new InvalidOAuthFlowException(
      'CallbackUrls can not be empty when code flow or implicit flow is selected.',
    );
  }
  for (const scope of scopes) {
    if (!systemScopes.has(scope) && !(await isCustomScope(reader, pool, scope))) {
      throw new ScopeDoesNotExistException(`Invalid scope requested: ${scope}`);
    }
  }
}

const loopbackHttp = /^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?(?:[/?]|$)/;
/** Schemes that browsers run or show instead of going there. */
const unsafeScheme = /^(?:javascript|data|vbscript|file|about|blob):/i;

/** "Be an absolute URI. … Not include a fragment component. … requires HTTPS over HTTP except for …localhost". */
function checkUrl(url: string): void {
  if (!/^[a-z][a-z0-9+.-]*:.+/i.test(url) || unsafeScheme.test(url) || !URL.canParse(url)) {
    throw new InvalidParameterException(`${url} is not a valid callback or logout URL.`);
  }
  if (url.includes('#')) throw new InvalidParameterException(`${url} cannot contain a fragment.`);
  if (/^http:/i.test(url) && !loopbackHttp.test(url)) {
    throw new InvalidParameterException(`${url} cannot use the HTTP protocol.`);
  }
}
