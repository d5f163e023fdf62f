/** From the access key of a request to the principal who sent it. */
import { AwsError } from '../kernel/index.ts';
import type { Credential, CredentialSource } from '../platform/index.ts';
import { IamModes, type Principal, rootOf } from '../platform/index.ts';
import type { SignedRequest } from './canonical.ts';
import { authenticationError, type ErrorFamily } from './errors.ts';
import {
  type CredentialScope,
  readSignature,
  readVersion2Claim,
  type Signature,
  sessionTokenOf,
  type Version2Claim,
} from './signature.ts';
import { verifySignature } from './sigv4.ts';

export interface RootKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface AuthenticatorOptions {
  readonly modes: IamModes;
  readonly defaultAccount: string;
  /** In `enforce`, the key pair of the root user; with its secret, a 12-digit key id is the root user of that account. */
  readonly rootKey: RootKey;
  readonly source: CredentialSource;
  /** Milliseconds since the epoch by the machine's clock. */
  machineNow?(): number;
}

/** Who a request says it is from, before its signature is verified. */
export interface Caller {
  readonly principal: Principal;
  readonly accessKeyId?: string;
  /** What has to be verified; absent when nothing has. */
  readonly claim?: { readonly signature: Signature; readonly secretAccessKey: string };
  /** What `enforce` would have refused. */
  readonly note?: string;
}

/** Frozen answers for the callers that need no look-up. */
const anonymousOf = (account: string): Caller => ({
  principal: { type: 'anonymous', account, arn: 'anonymous' },
});

const accountPattern = /^\d{12}$/;

/**
 * Finds the principal and verifies the signature, as the mode of its account wants: `enforce` refuses, `audit` verifies keys
 * whose secret is known and notes what is wrong, `off` verifies nothing.
 */
export class Authenticator {
  readonly #options: AuthenticatorOptions;
  readonly #anonymous: Caller;
  readonly #defaultRoot: Caller;
  #strict: Authenticator | undefined;

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
    this.#anonymous = anonymousOf(options.defaultAccount);
    this.#defaultRoot = { principal: rootOf(options.defaultAccount) };
  }

  /**
   * @param scope what the request claims; undefined for an unsigned one.
   * @throws AwsError in `enforce`: unknown key, expired token, incomplete signature.
   */
  identify(
    request: SignedRequest,
    scope: CredentialScope | undefined,
    family: ErrorFamily,
    now: number,
  ): Caller | Promise<Caller> {
    if (!scope) return this.#unsigned(request, family);
    const { rootKey } = this.#options;
    const { accessKeyId } = scope;
    if (accessKeyId === rootKey.accessKeyId) {
      return this.#isStrict(this.#options.defaultAccount)
        ? this.#rootClaim(request, scope, family, this.#options.defaultAccount)
        : this.#defaultRoot;
    }
    if (accountPattern.test(accessKeyId)) {
      return this.#isStrict(accessKeyId)
        ? this.#rootClaim(request, scope, family, accessKeyId)
        : { principal: rootOf(accessKeyId), accessKeyId };
    }
    const token = sessionTokenOf(request, scope.by);
    const found = this.#options.source.find(accessKeyId, token);
    return found instanceof Promise
      ? found.then((credential) => this.#known(request, scope, family, now, token, credential))
      : this.#known(request, scope, family, now, token, found);
  }

  /**
   * @param payloadHash called only when a signature has to be verified.
   * @returns what `enforce` would have refused, in the other modes. @throws AwsError in `enforce`.
   */
  verify(
    caller: Caller,
    request: SignedRequest,
    family: ErrorFamily,
    now: number,
    payloadHash: () => string,
  ): string | undefined {
    const { claim } = caller;
    if (!claim) return caller.note;
    try {
      verifySignature(request, claim.signature, {
        secretAccessKey: claim.secretAccessKey,
        payloadHash: payloadHash(),
        family,
        now,
        machineNow: this.#options.machineNow?.() ?? now,
        tokenUnsigned: claim.signature.service.startsWith('iotd'),
      });
      return caller.note;
    } catch (error) {
      if (this.#isStrict(caller.principal.account) || !(error instanceof AwsError)) throw error;
      return `${error.code}: ${error.message}`;
    }
  }

  /** The same, as if every account were enforced: for what no account's mode may open. */
  strictly(): Authenticator {
    this.#strict ??= new Authenticator({ ...this.#options, modes: new IamModes('enforce') });
    return this.#strict;
  }

  #isStrict(account: string): boolean {
    return this.#options.modes.of(account) === 'enforce';
  }

  #unsigned(request: SignedRequest, family: ErrorFamily): Caller | Promise<Caller> {
    const older = readVersion2Claim(request, family);
    if (older) return this.#version2(older, family);
    const authorization = request.headers.authorization;
    const isForeign = authorization !== undefined && /^AWS/.test(authorization);
    if (!isForeign) return this.#anonymous;
    if (this.#isStrict(this.#options.defaultAccount)) {
      throw authenticationError(
        family,
        authorization.startsWith('AWS4-HMAC-SHA256') ? 'incomplete' : 'unsupported',
      );
    }
    // SigV4a or a mangled header: in the modes that refuse nobody it is some unknown key.
    return this.#defaultRoot;
  }

  /** AWS takes signature version 2 no more; in the modes that refuse nobody its key says who asks. */
  #version2({ accessKeyId, sessionToken }: Version2Claim, family: ErrorFamily): Caller | Promise<Caller> {
    const { modes, rootKey, source } = this.#options;
    const error = authenticationError(family, 'unsupported');
    const noted = (caller: Caller): Caller => {
      const { account } = caller.principal;
      if (this.#isStrict(account)) throw error;
      return modes.of(account) === 'audit' ? { ...caller, note: `${error.code}: ${error.message}` } : caller;
    };
    if (accessKeyId === rootKey.accessKeyId) return noted(this.#defaultRoot);
    if (accountPattern.test(accessKeyId)) return noted({ principal: rootOf(accessKeyId), accessKeyId });
    const callerOf = (known: Credential | undefined): Caller =>
      noted(known ? { principal: known.principal, accessKeyId } : this.#defaultRoot);
    const found = source.find(accessKeyId, sessionToken);
    return found instanceof Promise ? found.then(callerOf) : callerOf(found);
  }

  #rootClaim(request: SignedRequest, scope: CredentialScope, family: ErrorFamily, account: string): Caller {
    const { secretAccessKey } = this.#options.rootKey;
    const signature = readSignature(request, scope, family);
    return {
      principal: rootOf(account),
      accessKeyId: scope.accessKeyId,
      claim: { signature, secretAccessKey },
    };
  }

  #known(
    request: SignedRequest,
    scope: CredentialScope,
    family: ErrorFamily,
    now: number,
    token: string | undefined,
    credential: Credential | undefined,
  ): Caller {
    const { modes, defaultAccount } = this.#options;
    if (!credential) {
      if (this.#isStrict(defaultAccount)) {
        const isTemporary = scope.accessKeyId.startsWith('ASIA') && token !== undefined;
        throw authenticationError(family, isTemporary ? 'tokenInvalid' : 'unknownKey');
      }
      return this.#defaultRoot;
    }
    const { principal } = credential;
    const { accessKeyId } = scope;
    const isStrict = this.#isStrict(principal.account);
    if (!isStrict && modes.of(principal.account) === 'off') return { principal, accessKeyId };
    const fault = faultOf(credential, token, now);
    if (fault) {
      const error = authenticationError(family, fault);
      if (isStrict) throw error;
      return { principal, accessKeyId, note: `${error.code}: ${error.message}` };
    }
    try {
      const signature = readSignature(request, scope, family);
      return { principal, accessKeyId, claim: { signature, secretAccessKey: credential.secretAccessKey } };
    } catch (error) {
      if (isStrict || !(error instanceof AwsError)) throw error;
      return { principal, accessKeyId, note: `${error.code}: ${error.message}` };
    }
  }
}

/** A long-term key has no session: AWS takes no token with it. */
function faultOf({ expiresAt }: Credential, token: string | undefined, now: number) {
  if (expiresAt !== undefined) return expiresAt <= now ? 'tokenExpired' : undefined;
  return token === undefined ? undefined : 'tokenInvalid';
}
