/** What stands over a page that asks for one thing: an owner's image, or a drawing of ours. */
import type { Brand } from './brand.ts';
import { pictureHtml } from './brandImages.ts';
import { Html, html } from './html.ts';

/** AWS's names of the assets, less `_GRAPHIC`. */
export type GraphicName = 'EMAIL' | 'SMS' | 'AUTH_APP' | 'PASSWORD' | 'PASSKEY';

/** Lines in a square of 24. */
const drawings: Readonly<Record<GraphicName, string>> = {
  EMAIL: '<rect x="3" y="5.5" width="18" height="13" rx="2.5"/><path d="m3.8 7.2 8.2 6 8.2-6"/>',
  SMS: '<path d="M5.5 4.5h13a2.5 2.5 0 0 1 2.5 2.5v7a2.5 2.5 0 0 1-2.5 2.5H11l-4.5 3.5v-3.5h-1A2.5 2.5 0 0 1 3 14V7a2.5 2.5 0 0 1 2.5-2.5Z"/><path d="M8 10.5h.01M12 10.5h.01M16 10.5h.01"/>',
  AUTH_APP:
    '<rect x="6.5" y="2.5" width="11" height="19" rx="2.5"/><path d="m9.5 12 1.8 1.8 3.2-3.6"/><path d="M11 18.5h2"/>',
  PASSWORD:
    '<rect x="4.5" y="10.5" width="15" height="10" rx="2.5"/><path d="M8 10.5V7.5a4 4 0 0 1 8 0v3"/><path d="M12 14.5v2"/>',
  PASSKEY:
    '<circle cx="8.5" cy="8.5" r="4"/><path d="M2.5 19.5c.4-3.2 2.800-5.200 6-5.200 1 0 1.900.2 2.700.500"/><circle cx="17" cy="12" r="3"/><path d="M17 15v6l1.700-1.500L17 18"/>',
};

export function graphicHtml({ graphics }: Brand, name: GraphicName | undefined): Html | undefined {
  const one = name === undefined ? undefined : graphics?.(name);
  if (name === undefined || one === undefined) return undefined;
  if (one !== 'ours') return pictureHtml(one, 'graphic');
  return html`<svg class="graphic drawing" viewBox="0 0 24 24" aria-hidden="true">${new Html(drawings[name])}</svg>`;
}
