/** HTML that is safe by the way it is written: whatever stands in a template is escaped unless it is HTML itself. */

/** A piece of HTML. Only `html` makes it of texts that aren't literals. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Part = Html | string | number | false | undefined | readonly Part[];

export function html(literals: TemplateStringsArray, ...parts: readonly Part[]): Html {
  let text = literals[0] ?? '';
  for (const [index, part] of parts.entries()) text += written(part) + (literals[index + 1] ?? '');
  return new Html(text);
}

function written(part: Part): string {
  if (part === undefined || part === false) return '';
  if (part instanceof Html) return part.text;
  if (typeof part === 'object') return part.map(written).join('');
  return escaped(String(part));
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** For text and for attributes in quotes. */
export const escaped = (text: string): string => text.replace(/[&<>"']/g, (one) => entities[one] ?? one);
