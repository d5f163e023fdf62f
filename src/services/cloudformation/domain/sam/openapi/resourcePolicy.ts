import { refuseDocument } from '../errors.ts';
import { pythonText } from '../intrinsics.ts';
import { put, py, str } from '../python/py27.ts';
import { asList, type Dict, isEmpty, isMap, isPresent, isText, sameValue, text } from '../values.ts';

/** Builds the resource policy of a REST API from the lists of accounts, addresses and VPCs of `Auth.ResourcePolicy`. */
export class ResourcePolicy {
  readonly document: Dict;

  constructor(document: Dict) {
    this.document = document;
  }

  /** Adds what the settings say of one path, whose ARNs `uris` gives. */
  add(settings: Dict, uris: () => Dict[]): void {
    this.addAccounts(settings.AwsAccountWhitelist, 'Allow', uris);
    this.addAccounts(settings.AwsAccountBlacklist, 'Deny', uris);
    this.addAddresses(settings.IpRangeWhitelist, 'NotIpAddress', uris);
    this.addAddresses(settings.IpRangeBlacklist, 'IpAddress', uris);
    this.addVpcs(settings, 'Blacklist', 'StringEquals', uris);
    this.addVpcs(settings, 'Whitelist', 'StringNotEquals', uris);
  }

  addStatements(statements: unknown): void {
    if (statements === undefined || statements === null) return;
    this.setVersion();
    if (this.document.Statement === undefined) put(this.document, 'Statement', statements);
    else this.append(asList(statements), true);
  }

  private addAccounts(accounts: unknown, effect: string, uris: () => Dict[]): void {
    if (isEmpty(accounts)) return;
    if (!isMap(accounts) && !Array.isArray(accounts)) {
      refuseDocument(`Type of '${pythonText(accounts)}' must be a list or dictionary`);
    }
    this.setVersion();
    const statement = py({
      Effect: str(effect),
      Action: str('execute-api:Invoke'),
      Resource: uris(),
      Principal: py({ AWS: asList(accounts) }),
    });
    if (this.document.Statement === undefined) put(this.document, 'Statement', statement);
    else this.append([statement], false);
  }

  private addAddresses(addresses: unknown, operator: string, uris: () => Dict[]): void {
    if (isEmpty(addresses)) return;
    this.allowExcept(uris(), py({ [operator]: py({ 'aws:SourceIp': asList(addresses) }) }));
  }

  private addVpcs(
    settings: Dict,
    kind: 'Whitelist' | 'Blacklist',
    operator: string,
    uris: () => Dict[],
  ): void {
    const known = settings[`SourceVpc${kind}`];
    if (known !== undefined && known !== null && !asList(known).every(isText)) {
      refuseDocument(
        `SourceVpc${kind} must be a list of strings. Use IntrinsicVpc${kind} instead for values that use Intrinsic Functions`,
      );
    }
    const condition = py();
    const extend = (key: string, ids: unknown[]) => {
      if (ids.length > 0) put(condition, key, [...asList(condition[key]), ...ids]);
    };
    extend(
      'aws:SourceVpc',
      asList(known).filter((id) => text(id).startsWith('vpc-')),
    );
    extend(
      'aws:SourceVpce',
      asList(known).filter((id) => text(id).startsWith('vpce-')),
    );
    extend('aws:SourceVpc', asList(settings[`IntrinsicVpc${kind}`]));
    extend('aws:SourceVpce', asList(settings[`IntrinsicVpce${kind}`]));
    if (isPresent(condition)) this.allowExcept(uris(), py({ [operator]: condition }));
  }

  /** Everyone may invoke, except those the condition matches. */
  private allowExcept(uris: Dict[], condition: Dict): void {
    this.setVersion();
    const statement = (effect: string) =>
      py({ Effect: str(effect), Action: str('execute-api:Invoke'), Resource: uris, Principal: str('*') });
    const allow = statement('Allow');
    const deny = statement('Deny');
    put(deny, 'Condition', condition);
    if (this.document.Statement === undefined) put(this.document, 'Statement', [allow, deny]);
    else this.append([allow, deny], true);
  }

  private append(statements: unknown[], onlyNew: boolean): void {
    const all = asList(this.document.Statement);
    for (const statement of statements) {
      if (!onlyNew || !all.some((known) => sameValue(known, statement))) all.push(statement);
    }
    put(this.document, 'Statement', all);
  }

  private setVersion(): void {
    put(this.document, 'Version', str('2012-10-17'));
  }
}
