/** What a pool's owner made of the pages: a logo, colours, CSS. */
import type { Visit } from '../oauth/visit.ts';

export interface Brand {
  /** Ready for a style element: nothing in it can end one. */
  css: string;
  /** Addresses. */
  logo?: string;
  favicon?: string;
}

export async function brandOf(_visit: Visit, _clientId: string | undefined): Promise<Brand> {
  return { css: '' };
}
