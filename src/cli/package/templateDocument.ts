/** A template's text and what it parses to. */
import { readFile } from 'node:fs/promises';
import { type Document, LineCounter, parseDocument } from 'yaml';
import { expandAliases } from './aliases.ts';
import { PackageError } from './packageError.ts';

export interface ParsedTemplate {
  readonly source: string;
  readonly document: Document;
  readonly lines: LineCounter;
}

/** The template without aliases: see aliases.ts. @throws PackageError with the line, when it isn't YAML. */
export function parsed(path: string, source: string): ParsedTemplate {
  const lines = new LineCounter();
  // Unknown tags are CloudFormation's short forms: they are none of our business, and no reason to warn.
  const document = parseDocument(source, { lineCounter: lines, logLevel: 'silent', keepSourceTokens: true });
  const broken = document.errors[0];
  if (broken) throw new PackageError(`${path}: ${broken.message}`, broken.linePos?.[0].line);
  const expanded = expandAliases(document, source);
  return expanded === source ? { source, document, lines } : parsed(path, expanded);
}

/** @throws PackageError */
export async function readTemplate(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new PackageError(
      isMissing ? `Template not found: ${path}` : `Can't read ${path}: ${String(error)}`,
    );
  }
}
