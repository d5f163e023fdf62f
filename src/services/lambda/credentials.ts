/** Temporary credentials of execution roles, assumed as Lambda, kept until they are about to expire. */
import { AwsError } from '../../kernel/index.ts';
import { type Platform, servicePrincipal } from '../../platform/index.ts';
import { InvalidParameterValueException } from './errors.ts';
import { credentialsMarginMs } from './limits.ts';

export interface RoleCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  /** Changes when they do: an environment holds the credentials it was started with. */
  readonly generation: number;
}

/** AssumeRole, RoleSessionName; function names may be shorter. */
const sessionNameLengthMin = 2;
/** Roles whose credentials are kept. */
const rolesMax = 10_000;

export class ExecutionCredentials {
  readonly #platform: Platform;
  readonly #kept = new Map<string, RoleCredentials>();
  readonly #underWay = new Map<string, Promise<RoleCredentials>>();
  #generation = 0;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  /** At once when they are at hand. @param functionArn fills `aws:SourceArn` of the role's trust policy. */
  of(
    role: string,
    functionName: string,
    functionArn: string,
    region: string,
  ): RoleCredentials | Promise<RoleCredentials> {
    const key = `${role}\0${functionArn}`;
    const kept = this.#kept.get(key);
    if (kept && kept.expiresAt - credentialsMarginMs > this.#platform.clock.now()) return kept;
    let underWay = this.#underWay.get(key);
    if (!underWay) {
      underWay = this.#assume(role, functionName, functionArn, region)
        .then((credentials) => this.#keep(key, credentials))
        .finally(() => this.#underWay.delete(key));
      this.#underWay.set(key, underWay);
    }
    return underWay;
  }

  #keep(key: string, credentials: RoleCredentials): RoleCredentials {
    if (this.#kept.size >= rolesMax) this.#kept.delete(this.#kept.keys().next().value as string);
    this.#kept.set(key, credentials);
    return credentials;
  }

  async #assume(
    role: string,
    functionName: string,
    functionArn: string,
    region: string,
  ): Promise<RoleCredentials> {
    const account = role.split(':')[4] ?? this.#platform.config.defaultAccount;
    const principal = servicePrincipal('lambda.amazonaws.com', account, functionArn);
    const generation = ++this.#generation;
    try {
      const { Credentials } = await this.#platform.aws({ account, region, principal }).call<{
        Credentials: {
          AccessKeyId: string;
          SecretAccessKey: string;
          SessionToken: string;
          Expiration: Date;
        };
      }>('sts', 'AssumeRole', {
        RoleArn: role,
        RoleSessionName: functionName.slice(0, 64).padEnd(sessionNameLengthMin, '_'),
      });
      return {
        accessKeyId: Credentials.AccessKeyId,
        secretAccessKey: Credentials.SecretAccessKey,
        sessionToken: Credentials.SessionToken,
        expiresAt: Credentials.Expiration.getTime(),
        generation,
      };
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      if (this.#platform.modes.of(account) === 'enforce') {
        throw new InvalidParameterValueException(
          'The role defined for the function cannot be assumed by Lambda.',
        );
      }
      // Where nothing is refused, a role that doesn't exist isn't either: the function acts as its account.
      this.#platform.telemetry.log('warn', `Lambda can't assume ${role}; the function acts as its account`, {
        function: functionArn,
        cause: error.message,
      });
      const hour = 3_600_000;
      return {
        accessKeyId: account,
        secretAccessKey: 'test',
        sessionToken: undefined,
        expiresAt: this.#platform.clock.now() + hour,
        generation,
      };
    }
  }
}
