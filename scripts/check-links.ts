import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Every link of every document leads somewhere: a file or folder of the repository, an anchor of a document, or an address that is well formed. Nothing is asked of the
 * network.
 */
const ROOT = fileURLToPath(new URL("..", import.meta.url));
const PASSED_OVER = new Set(["node_modules", ".git", "data", "dist", "coverage"]);

const documents = findDocuments(ROOT);
const faults = documents.flatMap((path) =>
  linksOf(read(path)).flatMap((link) => {
    const fault = judge(path, link);
    return fault === null ? [] : [`${relative(ROOT, path)}: ${link}: ${fault}`];
  }),
);
for (const fault of faults) console.error(fault);
console.log(`${documents.length} documents, ${faults.length} broken links`);
process.exitCode = documents.length === 0 || faults.length > 0 ? 1 : 0;

function findDocuments(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return PASSED_OVER.has(entry.name) ? [] : findDocuments(path);
    return entry.name.endsWith(".md") || entry.name === "llms.txt" ? [path] : [];
  });
}

function read(path: string): string {
  return readFileSync(path, "utf8");
}

/** Without code, in which brackets are no links. */
function linksOf(markdown: string): readonly string[] {
  const prose = markdown.replaceAll(/^```.*?^```$/gms, "").replaceAll(/`[^`\n]+`/g, "code");
  return [...prose.matchAll(/\[(?:[^\]]|\\\])*\]\(([^()\s]+(?:\([^()\s]*\)[^()\s]*)*)\)/g)].map(
    ([, link = ""]) => link,
  );
}

/** Null: it leads somewhere. */
function judge(from: string, link: string): string | null {
  if (/^[a-z][a-z+.-]*:/i.test(link)) return judgeAddress(link);
  const [path = "", anchor] = link.split("#", 2);
  const target = path === "" ? from : resolve(dirname(from), decodeURIComponent(path));
  if (relative(ROOT, target).startsWith("..")) return "outside of the repository";
  if (!existsSync(target)) return "no such file";
  if (anchor === undefined) return null;
  if (statSync(target).isDirectory() || !target.endsWith(".md")) return "an anchor in what is no document";
  return anchorsOf(read(target)).has(anchor) ? null : "no such heading";
}

function judgeAddress(link: string): string | null {
  if (!URL.canParse(link)) return "not an address";
  const { protocol, hostname } = new URL(link);
  if (protocol === "mailto:") return null;
  return protocol === "https:" && hostname.includes(".") ? null : "must be an https address";
}

/** As GitHub makes them: lower case, no punctuation, hyphens for spaces, a number for a heading that was there before. */
function anchorsOf(markdown: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  const prose = markdown.replaceAll(/^```.*?^```$/gms, "");
  for (const [, heading = ""] of prose.matchAll(/^#{1,6} +(.*?) *#*$/gm)) {
    const text = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
    const slug = text.replaceAll(/[^\p{L}\p{N}\p{M}\p{Pc} -]/gu, "").replaceAll(" ", "-");
    let anchor = slug;
    for (let nth = 1; anchors.has(anchor); nth += 1) anchor = `${slug}-${nth}`;
    anchors.add(anchor);
  }
  return anchors;
}
