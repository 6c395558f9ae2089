import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

export interface SourceFile {
  /** From the root of the repository, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly isTest: boolean;
  readonly ast: ts.SourceFile;
}

export interface Violation {
  readonly rule: string;
  readonly path: string;
  readonly detail: string;
}

/** Tests, and what only tests use: such files may import from any floor and be longer. */
export function isTestCode(path: string): boolean {
  return (
    path.endsWith(".test.ts") || /\/(contract|testing|simulation)\//.test(path) || path.startsWith("e2e/")
  );
}

export function parseSourceFile(path: string, text: string): SourceFile {
  const ast = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  return { path, text, isTest: isTestCode(path), ast };
}

/** Every TypeScript file of the repository that was written by hand. */
export function readSourceTexts(root: string): Map<string, string> {
  const folders = ["packages", "e2e", "benchmarks", "examples", "scripts"];
  const paths = folders.flatMap((folder) => listTypeScript(root, folder));
  return new Map(paths.map((path) => [path, readFileSync(join(root, path), "utf8")]));
}

const notOurs = new Set(["node_modules", "dist", "generated", "coverage"]);

function listTypeScript(root: string, folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return notOurs.has(entry.name) ? [] : listTypeScript(root, path);
    return /\.tsx?$/.test(entry.name) && !entry.name.endsWith(".d.ts") ? [path] : [];
  });
}

export function eachNode(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => eachNode(child, visit));
}

/** First and last line, from 1. */
export function linesOf(file: SourceFile, node: ts.Node): { readonly first: number; readonly last: number } {
  const first = file.ast.getLineAndCharacterOfPosition(node.getStart(file.ast)).line + 1;
  const last = file.ast.getLineAndCharacterOfPosition(node.getEnd()).line + 1;
  return { first, last };
}
