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
  const answer = (request: HttpRequest) =>
    isControlPath(request.path) ? answerControl(core, request, options.control) : handle(core, request);
  return (request) => {
    const { origin } = request.headers;
    if (origin === undefined) return answer(request);
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
  // A data plane decides for itself which pages may call it.
  if (core.isDataPlane(request)) return answer(request);
  const preflight = answerPreflight(request, cors);
  if (preflight) return preflight;
  if (!isOriginAllowed(origin, cors)) {
    const error = new AwsError('Forbidden', `Pages of ${origin} may not call this cloud.`, { status: 403 });
    return jsonError(error, core.ids.uuid());
  }
  const response = await answer(request);
  allowOrigin(response, origin);
  return response;
}
