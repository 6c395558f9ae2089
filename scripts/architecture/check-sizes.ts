import ts from "typescript";
import { eachNode, linesOf, type SourceFile, type Violation } from "./source-file.ts";

const sourceLines = 300;
const testLines = 500;
const functionLines = 60;
const parameters = 3;

const testCalls = /^(describe|suite|it|test|beforeEach|beforeAll|afterEach|afterAll)\b/;

export function checkSizes(file: SourceFile): Violation[] {
  return [...checkFileLines(file), ...checkFunctions(file)];
}

function checkFileLines(file: SourceFile): Violation[] {
  const lines = file.text.split("\n").length - (file.text.endsWith("\n") ? 1 : 0);
  const limit = file.isTest ? testLines : sourceLines;
  return lines > limit
    ? [{ rule: "file-size", path: file.path, detail: `${lines} lines, at most ${limit}` }]
    : [];
}

function checkFunctions(file: SourceFile): Violation[] {
  const violations: Violation[] = [];
  eachNode(file.ast, (node) => {
    const where = `${nameOf(node)} (line ${linesOf(file, node).first})`;
    if (ts.isFunctionLike(node) && "body" in node && node.body !== undefined) {
      const lines = ownLines(file, node);
      if (lines > functionLines) {
        violations.push({
          rule: "function-size",
          path: file.path,
          detail: `${where} has ${lines} lines, at most ${functionLines}`,
        });
      }
    }
    if (ts.isFunctionLike(node) && hasOwnSignature(node) && node.parameters.length > parameters) {
      violations.push({
        rule: "parameters",
        path: file.path,
        detail: `${where} takes ${node.parameters.length} parameters, at most ${parameters}`,
      });
    }
  });
  return violations;
}

/** Lines of a function without the test cases and groups in it: each of those counts for itself. */
function ownLines(file: SourceFile, fn: ts.Node): number {
  let lines = spanOf(file, fn);
  const subtract = (node: ts.Node): void => {
    if (node !== fn && isTestCallback(file, node)) lines -= spanOf(file, node);
    else ts.forEachChild(node, subtract);
  };
  subtract(fn);
  return lines;
}

function spanOf(file: SourceFile, node: ts.Node): number {
  const { first, last } = linesOf(file, node);
  return last - first + 1;
}

function isTestCallback(file: SourceFile, node: ts.Node): boolean {
  if (!file.isTest || !isCallback(node)) return false;
  return ts.isCallExpression(node.parent) && testCalls.test(node.parent.expression.getText(file.ast));
}

function isCallback(node: ts.Node): boolean {
  if (!ts.isArrowFunction(node) && !ts.isFunctionExpression(node)) return false;
  return ts.isCallExpression(node.parent) || ts.isNewExpression(node.parent);
}

/** Whether we chose the parameters: not those of a callback, an override, a type or a function with a declared type. */
function hasOwnSignature(node: ts.SignatureDeclaration): boolean {
  if (isCallback(node) || ts.isConstructorDeclaration(node)) return false;
  if (ts.isFunctionTypeNode(node) || ts.isConstructorTypeNode(node)) return false;
  if (ts.isMethodDeclaration(node) && node.modifiers?.some((m) => m.kind === ts.SyntaxKind.OverrideKeyword)) {
    return false;
  }
  return !(ts.isVariableDeclaration(node.parent) && node.parent.type !== undefined);
}

function nameOf(node: ts.Node): string {
  if (ts.isFunctionLike(node) && node.name !== undefined) return node.name.getText();
  return node.parent && ts.isVariableDeclaration(node.parent) ? node.parent.name.getText() : "a function";
}
