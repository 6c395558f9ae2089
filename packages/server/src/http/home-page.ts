/** The page needs nothing but itself. */
export const PAGE_HEADERS = {
  "content-security-policy":
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
} as const;

const STYLE = `
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 46rem; margin: 0 auto; padding: 2rem 1rem; color: #1a1a1a; background: #fff; }
h1 { line-height: 1.2; }
pre { background: #f2f2f2; border: 1px solid #c8c8c8; border-radius: 6px; padding: 1rem; overflow-x: auto; }
code { font: 0.9rem/1.5 ui-monospace, monospace; }
a { color: #0b57d0; }
a:focus-visible, pre:focus-visible { outline: 3px solid #0b57d0; outline-offset: 2px; }
@media (prefers-color-scheme: dark) {
  body { color: #ececec; background: #161616; }
  pre { background: #232323; border-color: #4a4a4a; }
  a { color: #8ab4f8; }
  a:focus-visible, pre:focus-visible { outline-color: #8ab4f8; }
}`;

/** A page for people who open the server in a browser: what runs here and the first three calls to make. */
export function makeHomePage({ origin, version }: { origin: string; version: string }): string {
  const base = escapeHtml(origin);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Triggers API</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>Triggers API</h1>
<p>Version ${escapeHtml(version)} is running here. Send an event with one call; it is stored before the call is answered, and waits in the inbox until somebody takes it.</p>
<h2>First steps</h2>
<p>Take the key that the server printed at its first start.</p>
${commands("Set the key", ["export KEY=tk_live_…"])}
<h3>1. Send an event</h3>
${commands("Send an event", [
  `curl ${base}/v1/events \\`,
  `  -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" \\`,
  `  -d '{"type":"order.created","payload":{"order_id":"ord_1","amount":4999}}'`,
])}
<h3>2. See what waits in the inbox</h3>
${commands("See what waits in the inbox", [`curl ${base}/v1/inbox -H "Authorization: Bearer $KEY"`])}
<h3>3. Take it, and say that it is done</h3>
${commands("Lease a delivery", [
  `curl ${base}/v1/inbox/lease \\`,
  `  -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" \\`,
  `  -d '{"limit":1,"lease_seconds":60}'`,
])}
${commands("Acknowledge a delivery", [
  `curl ${base}/v1/inbox/ack \\`,
  `  -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" \\`,
  `  -d '{"deliveries":[{"delivery_id":"…","lease_token":"…"}]}'`,
])}
<h2>More</h2>
<ul>
<li><a href="/docs">API reference</a></li>
<li><a href="/openapi.json">OpenAPI 3.1 description</a></li>
<li><a href="/docs/errors.md">Error codes</a></li>
<li><a href="/healthz">Health</a> and <a href="/readyz">readiness</a></li>
</ul>
</main>
</body>
</html>
`;
}

/** Focusable, so that long lines can be scrolled from the keyboard. */
function commands(label: string, lines: readonly string[]): string {
  return `<pre tabindex="0" role="region" aria-label="${label}"><code>${escapeKept(lines.join("\n"))}</code></pre>`;
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

/** The same for text in which parts are escaped already: no `&` of its own stands there. */
function escapeKept(text: string): string {
  return text.replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
