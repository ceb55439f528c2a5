import ts from 'typescript';
import { complaint, walk, type Module } from './module.ts';

/** Globals that bring in time, chance or the outside. */
const IMPURE_GLOBALS: ReadonlySet<string> = new Set([
  'performance',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'process',
  'fetch',
  'crypto',
  'console',
  'globalThis',
  'require',
]);

/** Members of otherwise pure globals that do. */
const IMPURE_MEMBERS: ReadonlySet<string> = new Set(['Date.now', 'Math.random']);

/** Complaints about a pure module that reads a clock, waits, throws dice or talks to the outside. */
export function purityComplaints(module: Module): readonly string[] {
  const complaints: string[] = [];
  const own = declaredNames(module.source);
  walk(module.source, (node) => {
    const what = impurityOf(node, own);
    if (what !== undefined) complaints.push(complaint(module, node, `${module.folder} is pure: no ${what}`));
  });
  return complaints;
}

function impurityOf(node: ts.Node, own: ReadonlySet<string>): string | undefined {
  if (ts.isPropertyAccessExpression(node)) {
    const text = `${node.expression.getText()}.${node.name.text}`;
    return IMPURE_MEMBERS.has(text) ? text : undefined;
  }
  // With an argument, a date is a way to write a given moment; without one it is the clock.
  if (ts.isNewExpression(node) && node.expression.getText() === 'Date' && (node.arguments ?? []).length === 0)
    return 'new Date()';
  if (ts.isCallExpression(node) && node.expression.getText() === 'Date') return 'Date()';
  const isGlobal = ts.isIdentifier(node) && IMPURE_GLOBALS.has(node.text) && !own.has(node.text);
  return isGlobal && isValue(node) ? node.text : undefined;
}

/** True where an identifier stands for a value, not for the name of a member. */
function isValue(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  if (ts.isBindingElement(parent)) return parent.initializer === node;
  if (ts.isTypeReferenceNode(parent) || ts.isQualifiedName(parent) || ts.isLiteralTypeNode(parent))
    return false;
  const isNamed =
    ts.isPropertySignature(parent) || ts.isMethodSignature(parent) || ts.isMethodDeclaration(parent);
  return !isNamed && !ts.isPropertyDeclaration(parent);
}

/** What the file itself gives a name to; such a name is not the global one. */
function declaredNames(source: ts.SourceFile): ReadonlySet<string> {
  const names = new Set<string>();
  walk(source, (node) => {
    const isDeclaration =
      ts.isVariableDeclaration(node) ||
      ts.isParameter(node) ||
      ts.isBindingElement(node) ||
      ts.isFunctionDeclaration(node) ||
      ts.isImportSpecifier(node);
    if (isDeclaration && node.name !== undefined && ts.isIdentifier(node.name)) names.add(node.name.text);
  });
  return names;
}
