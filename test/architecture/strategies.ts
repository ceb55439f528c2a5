import ts from 'typescript';
import { complaint, walk, type Module } from './module.ts';

/** Kinds of strategies that are nothing else. `canary` and `shadow` are tracks too. */
const UNMISTAKABLE: ReadonlySet<string> = new Set(['recreate', 'ramped', 'blueGreen', 'ab']);
const AMBIGUOUS: ReadonlySet<string> = new Set(['canary', 'shadow']);
const COMPARISONS: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.EqualsEqualsToken,
  ts.SyntaxKind.EqualsEqualsEqualsToken,
  ts.SyntaxKind.ExclamationEqualsToken,
  ts.SyntaxKind.ExclamationEqualsEqualsToken,
]);

/** The folders that may know one strategy from another. */
export const STRATEGY_FOLDERS: readonly string[] = ['strategy', 'rollout'];

/** Complaints about a module that does one thing for one strategy and another for the next. */
export function strategyComplaints(module: Module): readonly string[] {
  const complaints: string[] = [];
  walk(module.source, (node) => {
    if (branchesOnStrategy(node))
      complaints.push(complaint(module, node, 'only strategy/ and rollout/ tell strategies apart'));
  });
  return complaints;
}

function branchesOnStrategy(node: ts.Node): boolean {
  if (ts.isBinaryExpression(node)) return isComparison(node) || isMembershipTest(node);
  if (ts.isSwitchStatement(node)) return isStrategySwitch(node);
  return ts.isElementAccessExpression(node) && isStrategyKind(node.argumentExpression);
}

function isComparison({ left, operatorToken, right }: ts.BinaryExpression): boolean {
  if (!COMPARISONS.has(operatorToken.kind)) return false;
  return isKindAgainst(left, right) || isKindAgainst(right, left);
}

/** `'canary' in spec.strategy` */
function isMembershipTest({ left, operatorToken, right }: ts.BinaryExpression): boolean {
  if (operatorToken.kind !== ts.SyntaxKind.InKeyword) return false;
  return isKindAgainst(left, right);
}

function isStrategySwitch({ expression, caseBlock }: ts.SwitchStatement): boolean {
  const cases = caseBlock.clauses.filter(ts.isCaseClause);
  return isStrategyKind(expression) || cases.some((clause) => isKindAgainst(clause.expression, expression));
}

function isKindAgainst(literal: ts.Expression, other: ts.Expression): boolean {
  if (!ts.isStringLiteralLike(literal)) return false;
  return UNMISTAKABLE.has(literal.text) || (AMBIGUOUS.has(literal.text) && /strategy/i.test(other.getText()));
}

/** `strategy`, `rollout.strategy`, `rollout.strategy.kind`, `canaryStrategy.kind` */
function isStrategyKind(expression: ts.Expression): boolean {
  return /strategy(\??\.kind)?$/i.test(expression.getText());
}
