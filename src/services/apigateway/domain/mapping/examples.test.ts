/** What the developer guide's examples of mapping templates do, each with its whole output. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { renderTemplate } from './template.ts';

interface Example {
  page: string;
  name: string;
  template: string;
  body: string;
  parameters?: {
    path?: Record<string, string>;
    querystring?: Record<string, string>;
    header?: Record<string, string>;
  };
  context?: object;
  stageVariables?: Record<string, string>;
  /** The whole output, or what it is as JSON. */
  text?: string;
  json?: unknown;
  overrides?: object;
}

const file = new URL('../../testing/examples/templates.json', import.meta.url);
const examples = JSON.parse(readFileSync(file, 'utf8')) as Example[];

describe('a mapping template of the developer guide', () => {
  it.each(examples)('$page: $name', (example) => {
    const { text, overrides } = renderTemplate(example.template, {
      body: example.body,
      parameters: { path: {}, querystring: {}, header: {}, ...example.parameters },
      context: example.context ?? {},
      stageVariables: example.stageVariables,
    });
    if (example.text === undefined) expect(JSON.parse(text)).toEqual(example.json);
    else expect(text).toBe(example.text);
    if (example.overrides) expect(overrides).toMatchObject(example.overrides);
  });
});
