/** Calls a function as API Gateway does: as its service principal, or as the role that the integration names. */
import { AwsError, parseArn, WireJson } from '../../../kernel/index.ts';
import { type AwsCaller, type Principal, servicePrincipal } from '../../../platform/index.ts';
import type { Room } from '../room.ts';
import type { Scope } from '../store.ts';

export interface InvokeRequest {
  functionArn: string;
  payload: string;
  /** The payload was made as JSON; what comes out of a template may be anything. */
  isJson?: boolean;
  /** `RequestResponse`, or `Event` when the caller sends `X-Amz-Invocation-Type: Event`. */
  invocationType: string;
  credentials: string | undefined;
  /** Who signed the request; stands for the credentials `arn:aws:iam::*:user/*`. */
  principal?: Principal | undefined;
  /** What the function's own policy is asked about. */
  sourceArn: string;
  timeoutMs: number;
}

export type InvokeResult =
  | { kind: 'answer'; payload: string; functionError: string | undefined }
  | { kind: 'timeout' }
  /** The call itself failed: no permission, no such function, throttled. */
  | { kind: 'failure'; code: string; why: string };

export async function invokeFunction(
  room: Room,
  aws: (as: Scope & { principal?: ReturnType<typeof servicePrincipal> }) => AwsCaller,
  scope: Scope,
  request: InvokeRequest,
): Promise<InvokeResult> {
  const arn = parseArn(request.functionArn);
  let caller = aws({
    account: scope.account,
    region: arn?.region || scope.region,
    principal: servicePrincipal('apigateway.amazonaws.com', scope.account, request.sourceArn),
  });
  const { clock } = room.platform;
  let cancel = () => {};
  const timeout = new Promise<InvokeResult>((resolve) => {
    const timer = clock.at(clock.now() + request.timeoutMs, () => resolve({ kind: 'timeout' }));
    cancel = () => timer.cancel();
  });
  const work = async (): Promise<InvokeResult> => {
    try {
      caller = await actingFor(caller, request);
      const output = await caller.call<{ Payload?: Uint8Array | string; FunctionError?: string }>(
        'lambda',
        'Invoke',
        {
          FunctionName: request.functionArn,
          InvocationType: request.invocationType,
          Payload: request.isJson ? new WireJson(request.payload) : Buffer.from(request.payload),
        },
      );
      return {
        kind: 'answer',
        payload: textOf(output.Payload),
        functionError: output.FunctionError,
      };
    } catch (error) {
      if (error instanceof AwsError)
        return { kind: 'failure', code: error.code, why: `${error.code}: ${error.message}` };
      throw error;
    }
  };
  try {
    return await Promise.race([work(), timeout]);
  } finally {
    cancel();
  }
}

/** The caller with the integration's credentials: a role, or whoever signed the request. */
export async function actingFor(
  caller: AwsCaller,
  { credentials, principal }: Pick<InvokeRequest, 'credentials' | 'principal'>,
): Promise<AwsCaller> {
  if (!credentials) return caller;
  if (!/^arn:[^:]+:iam::\*:user\/\*$/.test(credentials)) {
    return caller.asRole(credentials, 'BackplaneAssumeRoleSession');
  }
  if (principal) return caller.as({ principal });
  throw new AwsError('AccessDeniedException', "the caller's credentials are asked for, but nobody signed");
}

function textOf(payload: Uint8Array | string | undefined): string {
  if (payload === undefined) return '';
  if (typeof payload === 'string') return payload;
  return Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString();
}
