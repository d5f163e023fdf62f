/** The frame of every page: its head, its headers, and what keeps other sites out. */
import type { HttpResponse } from '../../../kernel/index.ts';
import type { Visit } from '../oauth/visit.ts';
import { brandOf } from './brand.ts';
import { pictureHtml } from './brandImages.ts';
import { type GraphicName, graphicHtml } from './graphics.ts';
import { Html, html } from './html.ts';
import { style } from './style.ts';
import { languageCookie, languageOf, say, sayError } from './texts.ts';
import { xsrfCookie } from './xsrf.ts';

export interface PageContent {
  title: string;
  body: Html;
  status?: number;
  /** What went wrong, in one sentence, in English: ours, or AWS's to the letter. Read out first. */
  error?: string | undefined;
  /** What went well. */
  notice?: string | undefined;
  /** Whose branding the page has. */
  clientId?: string | undefined;
  /** What stands over the title. */
  graphic?: GraphicName | undefined;
  /** A script of ours that the page can't do without (passkeys). */
  script?: string;
  /** Whether a form of the page may end at the app. */
  mayLeave?: boolean;
}

/** Ids of the sentences that fields refer to by `aria-describedby`. */
export const errorId = 'error';

export async function page(visit: Visit, content: PageContent): Promise<HttpResponse> {
  const { ctx, pool, domain } = visit;
  const nonce = Buffer.from(ctx.room.ids.bytes(18)).toString('base64');
  const brand = await brandOf(visit, content.clientId);
  const { title, notice, script } = content;
  const error = content.error === undefined ? undefined : sayError(visit, content.error);
  const cookies = [...xsrfCookie(visit), ...languageCookie(visit)];
  const logo = brand.logo && pictureHtml(brand.logo, 'logo-customizable');
  // The classic pages' CSS speaks of the banner, whether or not a logo is on it.
  const hasBanner = logo !== undefined || (domain.managedLoginVersion !== 2 && brand.css !== '');
  const document = html`<!doctype html>
<html lang="${languageOf(visit)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${error === undefined ? title : say(visit, 'errorTitle', { title })} – ${pool.name}</title>
${brand.favicon !== undefined && html`<link rel="icon" href="${brand.favicon}">`}
<style nonce="${nonce}">${new Html(style)}${new Html(brand.css)}</style>
</head>
<body>
${brand.header && html`<div class="bar header">${brand.header.logo && pictureHtml(brand.header.logo, 'bar-logo')}</div>`}
<div class="stage">
${brand.logoPlace === 'outside' && logo}
<main class="background-customizable">
${brand.logoPlace === undefined && hasBanner && html`<div class="banner-customizable">${logo}</div>`}
<header>
${graphicHtml(brand, content.graphic)}
<p class="pool">${pool.name}</p>
<h1>${title}</h1>
</header>
${error !== undefined && html`<p class="errorMessage-customizable" id="${errorId}" role="alert"${error.lang !== undefined && html` lang="${error.lang}"`}>${error.text}</p>`}
${notice !== undefined && html`<p class="notice" role="status">${notice}</p>`}
${content.body}
${brand.logoPlace === 'below' && logo}
</main>
${brand.logoPlace === 'outsideBelow' && logo}
</div>
${brand.footer && html`<div class="bar footer">${brand.footer.logo && pictureHtml(brand.footer.logo, 'bar-logo')}</div>`}
${script !== undefined && html`<script nonce="${nonce}">${new Html(script)}</script>`}
</body>
</html>
`;
  return {
    status: content.status ?? 200,
    headers: {
      'content-type': 'text/html;charset=UTF-8',
      'content-language': languageOf(visit),
      'content-security-policy': policy(nonce, script !== undefined, content.mayLeave ?? false),
      'cache-control': 'no-cache, no-store, max-age=0, must-revalidate',
      pragma: 'no-cache',
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
      ...(cookies.length > 0 ? { 'set-cookie': cookies } : {}),
    },
    body: document.text,
  };
}

/**
 * @param mayLeave browsers hold `form-action` against every redirect that follows a form, those of the app's own callback
 * included, whose targets nobody here knows: pages that may sign somebody in have no such rule.
 */
function policy(nonce: string, hasScript: boolean, mayLeave: boolean): string {
  return [
    "default-src 'none'",
    `style-src 'nonce-${nonce}'`,
    "img-src 'self' data:",
    ...(hasScript ? [`script-src 'nonce-${nonce}'`] : []),
    ...(mayLeave ? [] : ["form-action 'self'"]),
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
