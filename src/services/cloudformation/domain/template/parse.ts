import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Scalar,
} from 'yaml';
import { TemplateError } from '../templateError.ts';
import { type Path, SourceMap } from './sourceMap.ts';

/** Template data: objects, arrays, strings, numbers and booleans, with the long form of every function. */
export type Tree = Readonly<Record<string, unknown>>;

export interface ParsedTemplate {
  readonly tree: Tree;
  readonly lines: SourceMap;
}

/**
 * Reads a template or a fragment, JSON or YAML with short-form functions, and remembers the line of every node.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html
 * @throws TemplateError when the text isn't well-formed, isn't an object, or holds a `null`.
 */
export function parseTemplate(text: string): ParsedTemplate {
  const isJson = /^\s*[{[]/.test(text) && parsesAsJson(text);
  const counter = new LineCounter();
  const document = readDocument(text, counter, isJson);
  if (!isMap(document.contents)) throw new TemplateError('Template format error: unsupported structure.');
  const lines = new SourceMap();
  const tree = new Reader(counter, lines, isJson).read(document.contents, []) as Tree;
  return { tree, lines };
}

function readDocument(text: string, counter: LineCounter, isJson: boolean): Document {
  let document: Document;
  try {
    // The failsafe schema leaves every scalar as written: which ones are numbers is decided below.
    document = parseDocument(text, {
      schema: 'failsafe',
      lineCounter: counter,
      uniqueKeys: !isJson,
      strict: false,
    });
  } catch (cause) {
    // A template nested thousands of levels deep exhausts the parser's stack.
    if (cause instanceof RangeError) throw new TemplateError('Template format error: nested too deeply.');
    throw cause;
  }
  const problem = document.errors[0];
  if (problem) {
    const at = problem.linePos?.[0];
    const where = at ? ` (line ${at.line}, column ${at.col})` : '';
    throw new TemplateError(`Template format error: YAML not well-formed.${where}`);
  }
  return document;
}

/** @returns true for JSON; a text that starts as JSON but isn't falls to YAML, whose flow style may look alike. */
function parsesAsJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

class Reader {
  readonly #counter: LineCounter;
  readonly #lines: SourceMap;
  readonly #isJson: boolean;

  constructor(counter: LineCounter, lines: SourceMap, isJson: boolean) {
    this.#counter = counter;
    this.#lines = lines;
    this.#isJson = isJson;
  }

  read(node: unknown, path: Path): unknown {
    if (isAlias(node)) {
      throw new TemplateError('Template error: YAML aliases are not allowed in CloudFormation templates');
    }
    const tag = (node as { tag?: string } | null)?.tag;
    const functionName = tag?.startsWith('!') ? longForm(tag) : undefined;
    const inner = functionName === undefined ? path : [...path, functionName];
    const value = this.#readUntagged(node, inner);
    if (functionName === undefined) return value;
    return { [functionName]: functionName === 'Fn::GetAtt' ? splitAttribute(value) : value };
  }

  #readUntagged(node: unknown, path: Path): unknown {
    if (isMap(node)) {
      const object: Record<string, unknown> = {};
      for (const pair of node.items) {
        const key = isScalar(pair.key) ? String(pair.key.value) : undefined;
        if (key === undefined || key === '__proto__') {
          throw new TemplateError('Template format error: every mapping key must be a string.');
        }
        const keyPath = [...path, key];
        this.#mark(pair.key, keyPath);
        object[key] = this.read(pair.value, keyPath);
      }
      return object;
    }
    if (isSeq(node)) {
      return node.items.map((item, index) => {
        const itemPath = [...path, index];
        this.#mark(item, itemPath);
        return this.read(item, itemPath);
      });
    }
    const value = isScalar(node) ? this.#scalar(node) : null;
    if (value === null) {
      throw new TemplateError(
        `Template format error: [/${path.join('/')}] 'null' values are not allowed in templates`,
      );
    }
    return value;
  }

  #scalar(node: Scalar): unknown {
    const text = String(node.value ?? '');
    if (node.type !== 'PLAIN') return text;
    if (text === '' || text === '~' || /^(null|Null|NULL)$/.test(text)) return null;
    if (this.#isJson ? text === 'true' : /^(true|True|TRUE|yes|Yes|YES|on|On|ON)$/.test(text)) return true;
    if (this.#isJson ? text === 'false' : /^(false|False|FALSE|no|No|NO|off|Off|OFF)$/.test(text))
      return false;
    // Only what a number prints as is a number: `2010-09-09`, `012345678901` and `1.10` keep their text.
    const number = Number(text);
    return Number.isFinite(number) && String(number) === text ? number : text;
  }

  #mark(node: unknown, path: Path): void {
    const offset = (node as { range?: [number, number, number] } | null)?.range?.[0];
    if (offset !== undefined) this.#lines.set(path, this.#counter.linePos(offset).line);
  }
}

function longForm(tag: string): string {
  const name = tag.slice(1);
  return name === 'Ref' || name === 'Condition' ? name : `Fn::${name}`;
}

/** `!GetAtt Table.Arn`: the name ends at the first dot, the attribute may have more (`Outputs.Url`). */
function splitAttribute(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const dot = value.indexOf('.');
  return dot < 0 ? [value] : [value.slice(0, dot), value.slice(dot + 1)];
}
