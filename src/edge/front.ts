/** What stands before the pipeline: the control plane, and what browsers may ask. */
import { AwsError, type HttpRequest, type HttpResponse } from '../kernel/index.ts';
import { answerControl, type ControlOptions, isControlPath } from './control.ts';
import type { Core } from './core.ts';
import { allowOrigin, answerPreflight, type CorsOptions, isOriginAllowed } from './cors.ts';
import { handle } from './pipeline.ts';
import { jsonError } from './plainError.ts';

export interface FrontOptions {
  readonly control: ControlOptions;
  readonly cors?: CorsOptions;
}

/** @returns what `EdgeServer` answers with. It never throws. */
export function createFront(
  core: Core,
  options: FrontOptions,
): (request: HttpRequest) => Promise<HttpResponse> {
  const cors = options.cors ?? {};
  const control = { ...options.control, allowedOrigins: cors.allowedOrigins ?? [] };
  const answer = (request: HttpRequest) =>
    isControlPath(request.path) ? answerControl(core, request, control) : handle(core, request);
  return (request) => {
    const { origin, 'sec-fetch-site': site } = request.headers;
    if (origin === undefined) {
      return site === 'cross-site' && isAction(core, request)
        ? refused(core, 'other sites')
        : answer(request);
    }
    return answerBrowser(core, request, origin, cors, answer);
  };
}

async function answerBrowser(
  core: Core,
  request: HttpRequest,
  origin: string,
  cors: CorsOptions,
  answer: (request: HttpRequest) => Promise<HttpResponse>,
): Promise<HttpResponse> {
  // A data plane decides for itself which pages may call it; the control plane is nobody's, under whatever host.
  if (!isControlPath(request.path) && core.isDataPlane(request)) return answer(request);
  const preflight = answerPreflight(request, cors);
  if (preflight) return preflight;
  if (!isOriginAllowed(origin, cors)) return refused(core, origin);
  const response = await answer(request);
  allowOrigin(response, origin);
  return response;
}

/** The only form of a GET that changes something: pages of any site can have a browser send it, as an image's address. */
function isAction(core: Core, request: HttpRequest): boolean {
  return request.query.includes('Action=') && !core.isDataPlane(request);
}

async function refused(core: Core, origin: string): Promise<HttpResponse> {
  const error = new AwsError('Forbidden', `Pages of ${origin} may not call this cloud.`, { status: 403 });
  return jsonError(error, core.ids.uuid());
}
