/** How the pages look. Classes that end in `-customizable` are AWS's: SetUICustomization's CSS speaks of them. */

/**
 * Colours, roundings, places and images are custom properties: styles of managed login set them. What AWS has a class for
 * is styled by that class alone: an owner's rule for it comes later, and counts.
 */
export const style = `
:root{color-scheme:light dark;--ground:#e9eef2;--ground-2:#d5dfe8;--card:#fff;--ink:#17212b;--quiet:#4c5a67;--line:#76838f;
--heading:#17212b;--accent:#0b5c8c;--button:#0b5c8c;--button-ink:#fff;--button-strong:#084a71;--bad:#a1201b;--bad-ground:#fdecea;--good:#14603a;--good-ground:#e6f4ec;
--radius:14px;--button-radius:10px;--input-radius:9px;--alert-radius:9px;--across:center;--down:center;--density:1;--logo-place:center;--header-place:start;--footer-place:start}
@media (prefers-color-scheme:dark){:root{--ground:#0f161c;--ground-2:#1b2731;--card:#17212a;--ink:#e8eef3;--quiet:#a9b8c4;--line:#7d8d9a;
--heading:#e8eef3;--accent:#7cc4ee;--button:#7cc4ee;--button-ink:#06202f;--button-strong:#a5d8f5;--bad:#ffb4ab;--bad-ground:#3d1a18;--good:#9bdcb8;--good-ground:#123324;--card-line:rgb(255 255 255/.09)}}
*{box-sizing:border-box}
html{font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;color:var(--ink);background:var(--ground)}
body{margin:0;min-height:100vh;display:flex;flex-direction:column;background:var(--ground-image,linear-gradient(160deg,var(--ground),var(--ground-2))) center/cover}
.stage{flex:1;display:flex;flex-direction:column;align-items:var(--across);justify-content:var(--down);gap:20px;padding:24px 12px}
.bar{display:flex;align-items:center;justify-content:var(--header-place);min-height:64px;padding:12px 24px;background:var(--header-image,none) center/cover var(--header,var(--card));border-bottom:1px solid var(--header-line,transparent)}
.footer{justify-content:var(--footer-place);background:var(--footer-image,none) center/cover var(--footer,var(--card));border-bottom:0;border-top:1px solid var(--footer-line,transparent)}
.bar-logo{display:block;max-height:40px;max-width:100%}
main{width:100%;max-width:26rem;background:var(--card-image,none) center/cover var(--card);border:1px solid var(--card-line,transparent);border-radius:var(--radius);
padding:calc(28px*var(--density)) 24px calc(24px*var(--density));overflow:hidden;box-shadow:0 1px 2px rgb(10 30 50/.12),0 18px 48px rgb(10 30 50/.14)}
.banner-customizable{margin:calc(-28px*var(--density)) -24px 18px;padding:24px 24px 0}
picture{display:flex;justify-content:var(--logo-place)}
.logo-customizable{display:block;max-width:60%;max-height:72px}
.stage>picture{width:100%;max-width:26rem}
main>picture{margin:20px 0 0}
header{margin:0 0 calc(18px*var(--density))}
header picture{justify-content:start}
.graphic{display:block;max-width:100%;max-height:96px;margin:0 0 14px}
.drawing{width:52px;height:52px;padding:12px;border-radius:50%;fill:none;stroke:var(--accent);stroke-width:1.6;stroke-linecap:round;stroke-linejoin:round;background:color-mix(in srgb,var(--accent) 12%,transparent)}
.pool{margin:0;color:var(--quiet);font-size:.875rem;overflow-wrap:anywhere}
h1{margin:2px 0 0;color:var(--heading);font-size:1.5rem;line-height:1.25;font-weight:650;letter-spacing:-.01em;overflow-wrap:anywhere;text-wrap:balance}
p{margin:0 0 14px;overflow-wrap:anywhere}
form{margin:0}
.field{margin:0 0 calc(16px*var(--density))}
label,.legend{display:block;margin:0 0 5px;font-weight:600;font-size:.9375rem;color:var(--label,inherit)}
.inputField-customizable{width:100%;min-height:44px;padding:9px 12px;font:inherit;color:inherit;background:var(--input,transparent);
border:1px solid var(--line);border-radius:var(--input-radius)}
.inputField-customizable:hover{border-color:var(--focus,var(--accent))}
input[aria-invalid=true]:not([type=radio]){border-color:var(--bad);box-shadow:0 0 0 1px var(--bad)}
input.away[type=text]{position:absolute;width:1px;height:1px;min-height:0;margin:-1px;padding:0;border:0;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.code{font-size:1.25rem;font-variant-numeric:tabular-nums;letter-spacing:.18em}
:focus-visible{outline:3px solid var(--focus,var(--accent));outline-offset:2px}
button,.button,[type=submit]{display:flex;align-items:center;justify-content:center;gap:10px;width:100%;min-height:46px;padding:10px 16px;font:inherit;font-weight:600;
text-align:center;text-decoration:none;cursor:pointer;border-radius:var(--button-radius);border:1px solid transparent;overflow-wrap:anywhere}
.submitButton-customizable{color:var(--button-ink);background:var(--button);border-color:var(--button-line,transparent)}
.submitButton-customizable:hover{color:var(--button-ink-strong,var(--button-ink));background:var(--button-strong);border-color:var(--button-line-strong,transparent)}
.submitButton-customizable:active{background:var(--button-active,var(--button-strong))}
.idpButton-customizable,.socialButton-customizable{color:var(--idp-ink,var(--ink));background:var(--idp,transparent);border-color:var(--idp-line,var(--line));margin:0 0 10px}
.idpButton-customizable:hover,.socialButton-customizable:hover{color:var(--idp-ink-strong,var(--idp-ink,var(--ink)));background:var(--idp-strong,var(--idp,transparent));border-color:var(--idp-line-strong,var(--accent))}
.plain{color:var(--plain-ink,var(--ink));background:var(--plain,transparent);border-color:var(--plain-line,var(--line));margin:0 0 10px}
.plain:hover{color:var(--plain-ink-strong,var(--plain-ink,var(--ink)));background:var(--plain-strong,var(--plain,transparent));border-color:var(--plain-line-strong,var(--accent))}
.link{display:inline;width:auto;min-height:0;padding:0;border:0;background:none;color:var(--accent);font-weight:600;text-decoration:underline;text-underline-offset:3px}
a{color:var(--accent);text-underline-offset:3px}
a:not(.button):hover,.link:hover{color:var(--accent-strong,var(--accent));text-decoration-thickness:2px}
.aside{margin:-6px 0 calc(16px*var(--density));font-size:.9375rem;text-align:end}
.under{margin:18px 0 0;text-align:center;color:var(--quiet)}
.errorMessage-customizable,.notice{margin:0 0 16px;padding:10px 12px;border-radius:var(--alert-radius);border:1px solid currentcolor}
.errorMessage-customizable{color:var(--bad);background:var(--bad-ground);border-color:var(--bad-line,currentcolor)}
.notice{color:var(--good);background:var(--good-ground)}
.hint{margin:5px 0 0;color:var(--hint,var(--quiet));font-size:.875rem}
.or{display:flex;text-align:center;align-items:center;gap:12px;margin:calc(18px*var(--density)) 0;color:var(--quiet);font-size:.875rem;font-weight:400}
.or::before,.or::after{content:"";flex:1;border-top:1px solid var(--divider,color-mix(in srgb,var(--line) 50%,transparent))}
.choice{display:flex;gap:10px;align-items:center;margin:0 0 10px;padding:11px 12px;min-height:46px;background:var(--option,transparent);border:1px solid var(--option-line,var(--line));border-radius:var(--input-radius);font-weight:500;cursor:pointer}
.choice:has(:checked){border-color:var(--selected,var(--accent));box-shadow:0 0 0 1px var(--selected,var(--accent))}
[type=radio]{accent-color:var(--selected,var(--accent));width:18px;height:18px;margin:0;flex:none}
fieldset{margin:0 0 16px;padding:0;border:0;min-width:0}
legend{padding:0;margin:0 0 8px;font-weight:600}
.qr{display:block;width:100%;max-width:13rem;margin:0 auto 12px;background:#fff;padding:10px;border-radius:9px}
.secret{display:block;font-family:ui-monospace,monospace;overflow-wrap:anywhere;padding:8px 10px;border:1px dashed var(--line);border-radius:9px}
.legalText-customizable{margin:0 0 16px;color:var(--quiet);font-size:.8125rem}
@media (min-width:720px){.stage{padding:32px 48px}}
@media (max-width:360px){main{padding-inline:16px}.banner-customizable{margin-inline:-16px}}
@media (prefers-reduced-motion:no-preference){button,.button,[type=submit],input,.choice{transition:background .12s,border-color .12s,box-shadow .12s}}
@media (forced-colors:active){main,button,.button,[type=submit]{border:1px solid}}
`;
