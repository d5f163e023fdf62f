/**
 * What DecodeAuthorizationMessage tells of a denial: the statements that deny, who asked, for what, and what conditions could
 * have read.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html
 */
import { parseArn } from '../../kernel/index.ts';
import { type ConditionKeys, type Principal, userIdOf } from '../../platform/index.ts';
import type { Candidate } from './candidates.ts';
import { made, requestContext } from './context.ts';
import { isForeign, isHushed } from './denials.ts';
import { judge, type Question, type Scene, sceneOf } from './evaluate.ts';

/** Bytes of the JSON: sealed and in Base64 it still fits in the headers that clients and proxies take. */
const textBytesMax = 2_816;

/** What is left out first where it would be too long. */
const sizes: readonly Size[] = [
  { values: 20, characters: 256, hasGlobalKeys: true, hasKeys: true, hasStatements: true },
  { values: 5, characters: 100, hasGlobalKeys: true, hasKeys: true, hasStatements: true },
  { values: 5, characters: 100, hasGlobalKeys: false, hasKeys: true, hasStatements: true },
  { values: 5, characters: 100, hasGlobalKeys: false, hasKeys: false, hasStatements: true },
  { values: 0, characters: 100, hasGlobalKeys: false, hasKeys: false, hasStatements: false },
];

interface Size {
  readonly values: number;
  readonly characters: number;
  readonly hasGlobalKeys: boolean;
  readonly hasKeys: boolean;
  readonly hasStatements: boolean;
}

/**
 * @returns JSON in AWS's form, at most 2,816 bytes; undefined where the caller's account may know no reasons, or for a name
 * that is longer than all that. What another account's policy and resource say of themselves isn't in it.
 */
export function authorizationMessage(question: Question, resource: string): string | undefined {
  const { principal, request, facts } = question;
  const context = requestContext(principal, request, facts, resource);
  const found: Candidate[] = [];
  const scene = sceneOf(question, resource, context, (candidate) => found.push(candidate));
  if (isHushed(scene)) return undefined;
  const { denial } = judge(question, scene);
  const denying = found.filter(
    ({ statement, isOfResource }) => statement.effect === 'Deny' && !(isOfResource && isForeign(scene)),
  );
  const serviceKeys = isForeign(scene) ? {} : (request.context ?? {});
  for (const size of sizes) {
    const keys = [
      ...(size.hasKeys
        ? Object.entries(serviceKeys).map(([key, value]) => [key, valuesOf(value)] as const)
        : []),
      ...(size.hasGlobalKeys ? globalKeys(scene, facts.region) : []),
    ];
    const text = JSON.stringify({
      allowed: false,
      explicitDeny: denial !== undefined,
      matchedStatements: {
        items: size.hasStatements
          ? denying.slice(0, size.values).map((candidate) => statementItem(candidate, principal, size))
          : [],
      },
      failures: { items: [] },
      context: {
        principal: principalItem(principal),
        action: request.action,
        resource,
        conditions: { items: keys.map(([key, values]) => keyItem(key, values, size)) },
      },
    });
    if (Buffer.byteLength(text) <= textBytesMax) return text;
  }
  return undefined;
}

function principalItem(principal: Principal) {
  const { arn } = principal;
  const id = userIdOf(principal);
  return principal.type === 'user' ? { id, name: principal.userName, arn } : { id, arn };
}

/** Whose policy it is, by id, as AWS names the principals of identity policies. */
function ownerOf(principal: Principal): string {
  if (principal.type === 'user') return principal.userId;
  return principal.type === 'role' ? principal.roleId : principal.account;
}

type Json = Readonly<Record<string, unknown>>;

/** The statement as it is written: what was compiled of it has no text any more. */
function statementItem({ document, statement, isOfResource }: Candidate, principal: Principal, size: Size) {
  const { Statement } = JSON.parse(document) as { Statement: Json | readonly Json[] };
  const all = [Statement].flat() as readonly Json[];
  const written = all[statement.position] ?? {};
  const list = (value: unknown) => items(textsIn(value), size);
  return {
    statementId: typeof written.Sid === 'string' ? cut(written.Sid, size) : '',
    effect: 'DENY',
    principals: isOfResource
      ? list(written.Principal ?? written.NotPrincipal)
      : items([ownerOf(principal)], size),
    principalGroups: { items: [] },
    actions: list(written.Action),
    ...(written.NotAction === undefined ? {} : { notActions: list(written.NotAction) }),
    resources: list(written.Resource),
    ...(written.NotResource === undefined ? {} : { notResources: list(written.NotResource) }),
    conditions: { items: conditionItems(written.Condition, size) },
  };
}

function conditionItems(block: unknown, size: Size) {
  return Object.values((block ?? {}) as Readonly<Record<string, Json>>)
    .flatMap((keys) => Object.entries(keys))
    .slice(0, size.values)
    .map(([key, value]) => keyItem(key, textsIn(value), size));
}

/** Values of an element, however it is nested: `{"AWS": ["…"]}`, `["…"]`, `"…"`. */
function textsIn(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  return typeof value === 'object' ? Object.values(value).flatMap(textsIn) : [String(value)];
}

function keyItem(key: string, values: readonly string[], size: Size) {
  return { key: cut(key, size), values: items(values, size) };
}

function items(values: readonly string[], size: Size) {
  return { items: values.slice(0, size.values).map((value) => ({ value: cut(value, size) })) };
}

function cut(text: string, { characters }: Size): string {
  return text.length > characters ? `${text.slice(0, characters)}…` : text;
}

function valuesOf(value: ConditionKeys[string]): readonly string[] {
  const values = made(value) ?? [];
  return typeof values === 'string' ? [values] : values;
}

/** As AWS writes them. Those that have no value aren't told. */
const globalNames: readonly string[] = [
  'aws:PrincipalArn',
  'aws:PrincipalAccount',
  'aws:PrincipalType',
  'aws:userid',
  'aws:username',
  'aws:SourceIp',
  'aws:UserAgent',
  'aws:SecureTransport',
  'aws:RequestedRegion',
  'aws:CurrentTime',
  'aws:MultiFactorAuthPresent',
  'aws:MultiFactorAuthAge',
  'aws:TokenIssueTime',
  'aws:SourceIdentity',
  'aws:FederatedProvider',
];

/** Keys about the caller and the request, and those that AWS's own messages have of the resource. */
function globalKeys(scene: Scene, region: string): (readonly [key: string, values: readonly string[]])[] {
  const { principal, resource, action } = scene;
  const own = globalNames.flatMap((name) => {
    const values = scene.context(name.toLowerCase());
    return values ? [[name, values] as const] : [];
  });
  const tags = 'tags' in principal ? Object.entries(principal.tags ?? {}) : [];
  const arn = parseArn(resource);
  const [kind = '', ...rest] = arn ? arn.resource.split(/[:/]/) : [];
  return [
    ['aws:Region', [arn?.region || region]],
    ['aws:Service', [action.slice(0, action.indexOf(':'))]],
    ...(arn ? ([['aws:Resource', [arn.resource]]] as const) : []),
    // What an S3 ARN begins with is a bucket's name.
    ...(arn && arn.service !== 's3' && rest.length > 0 ? ([['aws:Type', [kind]]] as const) : []),
    ...(scene.owner === undefined ? [] : ([['aws:Account', [scene.owner]]] as const)),
    ...(arn ? ([['aws:ARN', [resource]]] as const) : []),
    ...own,
    ...tags.map(([key, value]) => [`aws:PrincipalTag/${key}`, [value]] as const),
  ];
}
