import { posix } from "node:path";
import ts from "typescript";
import { eachNode, type SourceFile } from "./source-file.ts";

export interface Import {
  readonly from: SourceFile;
  /** The file imported, or null for a package. */
  readonly to: string | null;
  readonly specifier: string;
}

/** Static and dynamic imports, re-exports and types: whatever makes one file know another. */
export function importsOf(file: SourceFile): Import[] {
  const imports: Import[] = [];
  eachNode(file.ast, (node) => {
    const specifier = specifierOf(node);
    if (specifier === null) return;
    const isRelative = specifier.startsWith(".");
    const to = isRelative ? posix.join(posix.dirname(file.path), specifier) : null;
    imports.push({ from: file, to, specifier });
  });
  return imports;
}

function specifierOf(node: ts.Node): string | null {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return textOf(node.moduleSpecifier);
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return textOf(node.argument.literal);
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    return textOf(node.arguments[0]);
  }
  return null;
}

function textOf(node: ts.Node | undefined): string | null {
  return node !== undefined && ts.isStringLiteralLike(node) ? node.text : null;
}

/** Each cycle once, as the paths along it. */
export function findCycles(imports: readonly Import[]): string[][] {
  const edges = new Map<string, Set<string>>();
  for (const { from, to } of imports) {
    if (to !== null) edges.set(from.path, (edges.get(from.path) ?? new Set()).add(to));
  }
  const cycles: string[][] = [];
  const done = new Set<string>();
  const walk = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) cycles.push([...trail.slice(start), path]);
    if (start >= 0 || done.has(path)) return;
    for (const next of edges.get(path) ?? []) walk(next, [...trail, path]);
    done.add(path);
  };
  for (const path of edges.keys()) walk(path, []);
  return cycles;
}
