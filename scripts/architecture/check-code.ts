import ts from "typescript";
import { eachNode, linesOf, type SourceFile, type Violation } from "./source-file.ts";

const forbiddenFolders = /^(utils?|helpers?|libs?|commons?|types?|services?|managers?)$/;
const belowTheEntrances = /^packages\/server\/src\/(domain|flow|seal|store|blobs|wakeups)\//;
const domain = "packages/server/src/domain/";
const randomNames =
  /^(randomUUID|randomUUIDv7|randomBytes|randomInt|randomFill|randomFillSync|getRandomValues)$/;

export function checkFolders(file: SourceFile): Violation[] {
  const bad = file.path
    .split("/")
    .slice(0, -1)
    .find((folder) => forbiddenFolders.test(folder));
  if (bad === undefined) return [];
  return [{ rule: "folder-name", path: file.path, detail: `${bad}/: put it beside its user or in domain/` }];
}

export function checkDefaultExports(file: SourceFile): Violation[] {
  return found(file, "default-export", (node) => {
    if (ts.isExportAssignment(node)) return "export default";
    if (node.kind === ts.SyntaxKind.DefaultKeyword && !ts.isDefaultClause(node.parent))
      return "export default";
    return ts.isExportSpecifier(node) && node.name.text === "default" ? "export { … as default }" : null;
  });
}

/** The environment is read in one place, so that every setting has one name, one check and one description. */
export function checkEnvironment(file: SourceFile): Violation[] {
  if (file.isTest || !/^packages\/[^/]+\/src\//.test(file.path) || file.path.endsWith("/src/config.ts")) {
    return [];
  }
  return found(file, "environment", (node) => {
    if (ts.isPropertyAccessExpression(node) && node.getText().replace(/\s/g, "") === "process.env") {
      return "process.env: read it in config.ts";
    }
    const isImport = ts.isImportSpecifier(node) && importedFrom(node) === "node:process";
    return isImport && (node.propertyName ?? node.name).text === "env" ? "env of node:process" : null;
  });
}

/** Time and randomness come in as parameters, so that the core can be simulated. */
export function checkClock(file: SourceFile): Violation[] {
  if (file.isTest || !belowTheEntrances.test(file.path)) return [];
  return found(file, "clock", (node) => {
    if (ts.isPropertyAccessExpression(node) && /^(Date\.now|Math\.random)$/.test(node.getText())) {
      return node.getText();
    }
    if (ts.isNewExpression(node) && node.expression.getText() === "Date" && !node.arguments?.length) {
      return "new Date()";
    }
    if (ts.isCallExpression(node) && node.expression.getText() === "Date") return "Date()";
    return file.path.startsWith(domain) && isRandomSource(node) ? node.getText() : null;
  });
}

function isRandomSource(node: ts.Node): boolean {
  if (ts.isImportSpecifier(node)) return randomNames.test((node.propertyName ?? node.name).text);
  return ts.isPropertyAccessExpression(node) && randomNames.test(node.name.text);
}

function importedFrom(node: ts.ImportSpecifier): string {
  const source = node.parent.parent.parent.moduleSpecifier;
  return ts.isStringLiteral(source) ? source.text : "";
}

function found(file: SourceFile, rule: string, judge: (node: ts.Node) => string | null): Violation[] {
  const violations: Violation[] = [];
  eachNode(file.ast, (node) => {
    const detail = judge(node);
    if (detail !== null) {
      violations.push({ rule, path: file.path, detail: `${detail} (line ${linesOf(file, node).first})` });
    }
  });
  return violations;
}
