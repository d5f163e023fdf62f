/**
 * Mapping templates: VTL with `$input`, `$context`, `$util` and `$stageVariables`.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
 */
import { Compile, parse } from 'velocityjs';
import { javaMethods } from './javaMethods.ts';
import { jsonPath } from './jsonPath.ts';
import { util } from './util.ts';

export interface TemplateParameters {
  path: Record<string, string>;
  querystring: Record<string, string>;
  header: Record<string, string>;
}

export interface TemplateInput {
  body: string;
  parameters: TemplateParameters;
  context: object;
  stageVariables: Record<string, string> | undefined;
}

export interface Rendered {
  text: string;
  /** What the template set with `#set($context.requestOverride…)` or `responseOverride`. */
  overrides: Overrides;
}

export interface Overrides {
  requestOverride?: {
    header?: Record<string, string>;
    path?: Record<string, string>;
    querystring?: Record<string, string>;
  };
  responseOverride?: { header?: Record<string, string>; status?: number | string };
}

/** Reference to nothing is an empty text, as API Gateway renders it, not the reference's own source. */
class Renderer extends Compile {
  protected override getReferences(ast: never, isValue?: boolean): string {
    const value: unknown = super.getReferences(ast, isValue);
    return isValue && (value === null || value === undefined) ? '' : (value as string);
  }
}

const parsed = new Map<string, ReturnType<typeof parse>>();
const parsedMax = 1000;

/** A template that says the same of every request. */
export function isLiteral(template: string): boolean {
  return !template.includes('$') && !template.includes('#');
}

/** @throws Error in the words of the VTL engine, when the template is malformed or fails. */
export function renderTemplate(template: string, input: TemplateInput): Rendered {
  if (isLiteral(template)) return { text: template, overrides: {} };
  let asts = parsed.get(template);
  if (!asts) {
    asts = parse(template);
    if (parsed.size >= parsedMax) parsed.clear();
    parsed.set(template, asts);
  }
  const overrides: Overrides = {
    requestOverride: { header: {}, path: {}, querystring: {} },
    responseOverride: { header: {} },
  };
  const context = { ...input.context, ...overrides };
  const text = new Renderer(asts, { customMethodHandlers: javaMethods }).render(
    {
      input: inputVariable(input),
      context,
      stageVariables: input.stageVariables ?? {},
      util,
    },
    undefined,
    true,
  );
  return { text, overrides: context };
}

/** `$input`. The body is parsed when a template first asks for a part of it. */
function inputVariable(input: TemplateInput) {
  const { body } = input;
  let known: TemplateParameters | undefined;
  const parametersOf = () => {
    known ??= input.parameters;
    return known;
  };
  let document: { value: unknown } | undefined;
  const read = () => {
    document ??= { value: parseBody(body) };
    return document.value;
  };
  return {
    body,
    json: (path: string) => {
      const value = jsonPath(read(), path);
      return value === undefined ? '""' : JSON.stringify(value);
    },
    // What isn't there is an empty text, so that templates may ask `!= ''`.
    path: (path: string) => jsonPath(read(), path) ?? '',
    params: (name?: string) => {
      const parameters = parametersOf();
      if (name === undefined) return parameters;
      return (
        parameters.path[name] ??
        parameters.querystring[name] ??
        headerParameter(parameters.header, name) ??
        ''
      );
    },
  };
}

function headerParameter(headers: Record<string, string>, name: string): string | undefined {
  const exact = headers[name];
  if (exact !== undefined) return exact;
  const lower = name.toLowerCase();
  for (const header in headers) if (header.toLowerCase() === lower) return headers[header];
  return undefined;
}

/** A body that is no JSON is a text; an empty one is an empty object. */
function parseBody(body: string): unknown {
  if (body.trim() === '') return {};
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}
