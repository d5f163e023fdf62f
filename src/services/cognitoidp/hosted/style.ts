/** How the pages look. Classes that end in `-customizable` are AWS's: SetUICustomization's CSS speaks of them. */

/** Colours and roundings are custom properties: styles of managed login set them. */
export const style = `
:root{color-scheme:light dark;--ground:#e9eef2;--ground-2:#d5dfe8;--card:#fff;--ink:#17212b;--quiet:#4c5a67;--line:#76838f;
--heading:#17212b;--accent:#0b5c8c;--button:#0b5c8c;--button-ink:#fff;--button-strong:#084a71;--bad:#a1201b;--bad-ground:#fdecea;--good:#14603a;--good-ground:#e6f4ec;--radius:14px;--button-radius:10px;--input-radius:9px}
@media (prefers-color-scheme:dark){:root{--ground:#0f161c;--ground-2:#1b2731;--card:#17212a;--ink:#e8eef3;--quiet:#a9b8c4;--line:#7d8d9a;
--heading:#e8eef3;--accent:#7cc4ee;--button:#7cc4ee;--button-ink:#06202f;--button-strong:#a5d8f5;--bad:#ffb4ab;--bad-ground:#3d1a18;--good:#9bdcb8;--good-ground:#123324}}
*{box-sizing:border-box}
html{font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;color:var(--ink);background:var(--ground)}
body{margin:0;min-height:100vh;display:flex;align-items:center;justify-content:center;padding:24px 12px;
background:linear-gradient(160deg,var(--ground),var(--ground-2));background-size:cover}
main{width:100%;max-width:26rem;background:var(--card);border-radius:var(--radius);padding:28px 24px 24px;
box-shadow:0 1px 2px rgb(10 30 50/.12),0 18px 48px rgb(10 30 50/.14)}
header{margin:0 0 18px}
.logo-customizable{display:block;max-width:60%;max-height:72px;margin:0 auto 12px}
.pool{margin:0;color:var(--quiet);font-size:.875rem;overflow-wrap:anywhere}
h1{margin:2px 0 0;color:var(--heading);font-size:1.5rem;line-height:1.25;font-weight:650;letter-spacing:-.01em}
p{margin:0 0 14px;overflow-wrap:anywhere}
form{margin:0}
.field{margin:0 0 16px}
label,.legend{display:block;margin:0 0 5px;font-weight:600;font-size:.9375rem}
input:not([type=hidden],[type=radio],[type=submit]){width:100%;min-height:44px;padding:9px 12px;font:inherit;color:inherit;background:transparent;
border:1px solid var(--line);border-radius:var(--input-radius)}
input[aria-invalid=true]:not([type=radio]){border-color:var(--bad)}
.code{font-variant-numeric:tabular-nums;letter-spacing:.18em}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
button,.button,[type=submit]{display:flex;align-items:center;justify-content:center;gap:10px;width:100%;min-height:46px;padding:10px 16px;font:inherit;font-weight:600;
text-align:center;text-decoration:none;cursor:pointer;border-radius:var(--button-radius);border:1px solid transparent}
.submitButton-customizable{color:var(--button-ink);background:var(--button)}
.submitButton-customizable:hover{background:var(--button-strong)}
.idpButton-customizable,.plain{color:var(--ink);background:transparent;border-color:var(--line);margin:0 0 10px}
.idpButton-customizable:hover,.plain:hover{border-color:var(--accent)}
.link{display:inline;width:auto;min-height:0;padding:0;border:0;background:none;color:var(--accent);font-weight:600;text-decoration:underline;text-underline-offset:3px}
a{color:var(--accent);text-underline-offset:3px}
.row{display:flex;justify-content:space-between;gap:12px;flex-wrap:wrap}
.under{margin:18px 0 0;text-align:center;color:var(--quiet)}
.errorMessage-customizable,.notice{margin:0 0 16px;padding:10px 12px;border-radius:9px;border:1px solid currentcolor}
.errorMessage-customizable{color:var(--bad);background:var(--bad-ground)}
.notice{color:var(--good);background:var(--good-ground)}
.hint{margin:5px 0 0;color:var(--quiet);font-size:.875rem}
.or{display:flex;font-weight:400;align-items:center;gap:12px;margin:18px 0;color:var(--quiet);font-size:.875rem}
.or::before,.or::after{content:"";flex:1;border-top:1px solid var(--line);opacity:.5}
.choice{display:flex;gap:10px;align-items:center;margin:0 0 10px;padding:11px 12px;border:1px solid var(--line);border-radius:9px;font-weight:500}
fieldset{margin:0 0 16px;padding:0;border:0}
legend{padding:0;margin:0 0 8px;font-weight:600}
.qr{display:block;width:100%;max-width:13rem;margin:0 auto 12px;background:#fff;padding:10px;border-radius:9px}
.secret{display:block;font-family:ui-monospace,monospace;overflow-wrap:anywhere;padding:8px 10px;border:1px dashed var(--line);border-radius:9px}
.legalText-customizable{margin:0 0 16px;color:var(--quiet);font-size:.8125rem}
@media (max-width:360px){main{padding:22px 16px 18px}}
@media (prefers-reduced-motion:no-preference){button,.button,[type=submit]{transition:background .12s,border-color .12s}}
`;
