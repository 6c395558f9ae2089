import { fastify } from "fastify";

export interface DocsPage {
  readonly html: string;
  readonly script: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Everything comes from this server; the page's own settings stand in it, and its script writes its styles. */
const HEADERS = {
  "content-security-policy":
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
} as const;

let page: Promise<DocsPage> | null = null;

/**
 * The page that shows docs/openapi.json, and its script. The plugin that has them weighs 5 MB and takes a while to load, so it is asked, in a server of
 * its own, when somebody first opens the page.
 */
export function readDocsPage(): Promise<DocsPage> {
  page ??= loadPage();
  return page;
}

async function loadPage(): Promise<DocsPage> {
  const { default: scalar } = await import("@scalar/fastify-api-reference");
  const server = fastify();
  await server.register(scalar, {
    routePrefix: "/docs",
    configuration: {
      url: "/openapi.json",
      pageTitle: "Triggers API",
      withDefaultFonts: false,
      telemetry: false,
      showDeveloperTools: "never",
      agent: { disabled: true },
      mcp: { disabled: true },
      hideClientButton: true,
    },
  });
  const html = await server.inject("/docs/");
  const script = await server.inject("/docs/js/scalar.js");
  await server.close();
  return { html: placed(html.body), script: script.body, headers: HEADERS };
}

/** The page is made for a path with a slash at its end, says nothing of its language, and lets the browser look for an icon. */
function placed(html: string): string {
  const named = html
    .replace("<html>", '<html lang="en">')
    .replace("<head>", '<head><link rel="icon" href="data:,">');
  return named.replace('src="js/scalar.js"', 'src="/docs/js/scalar.js"');
}
