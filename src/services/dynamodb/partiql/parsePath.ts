/** Document paths. */
import { ValidationException } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Path } from './ast.ts';
import { malformed, showSpan } from './errors.ts';
import type { Tokens } from './tokens.ts';

/** `a."b".c[0]['d']`; the current token is its first name. */
export function parsePath(tokens: Tokens): Path {
  const { kind, text, at } = tokens.current;
  if (kind !== 'identifier' && kind !== 'quoted') throw malformed('Expected identifier for simple path');
  tokens.next();
  const steps: [string, ...(string | number)[]] = [text];
  for (;;) {
    if (tokens.take('.')) steps.push(parseMember(tokens));
    else if (tokens.is('[')) steps.push(parseIndex(tokens));
    else break;
  }
  if (steps.includes('')) {
    tokens.note(new ValidationException('Path component cannot be an empty string'));
  }
  if (steps.length > limits.pathDepthMax) {
    tokens.note(
      new ValidationException(
        `The document path has too many nesting levels; nesting levels: ${steps.length}`,
      ),
    );
  }
  return { kind: 'path', steps, at };
}

function parseMember(tokens: Tokens): string {
  const { kind, text, at } = tokens.next();
  if (kind === 'identifier' || kind === 'quoted') return text;
  if (kind !== 'symbol' || text !== '*') throw malformed('Invalid path dot component');
  tokens.note(
    new ValidationException(`Unpivot path component like a.*.b are not supported at ${showSpan(at)}`),
  );
  return text;
}

/** A number, or a name as a string. */
function parseIndex(tokens: Tokens): string | number {
  tokens.next();
  const negative = tokens.take('-');
  const { kind, text, at } = tokens.next();
  tokens.expect(']', 'RIGHT_BRACKET');
  if (kind === 'string' && !negative) return text;
  if (kind === 'symbol' && text === '*') {
    return refuse(tokens, `Wildcard path component like a[*].b are not supported at ${showSpan(at)}`);
  }
  if (kind !== 'number' || !/^[0-9]+$/.test(text)) {
    return refuse(tokens, `Unexpected path component at ${showSpan(at)}`);
  }
  const index = Number(text);
  if (!negative && index <= 0x7fffffff) return index;
  const shown = negative ? `-${text}` : text;
  return refuse(tokens, `List index is not within the allowable range; index: [${shown}] at ${showSpan(at)}`);
}

function refuse(tokens: Tokens, message: string): number {
  tokens.note(new ValidationException(message));
  return 0;
}
