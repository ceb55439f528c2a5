import ts from 'typescript';
import { complaint, type Module } from './module.ts';

/** Files that are started, not imported. */
const ENTRY_POINTS: ReadonlySet<string> = new Set([
  'src/cli/main.ts',
  'src/gateway/main.ts',
  'src/containers/main.ts',
  'src/cli/demo/service.ts',
  'src/config/program-worker.ts',
  'web/src/main.tsx',
]);

/** Complaints about what a module offers, and about work it does merely by being imported. */
export function exportComplaints(module: Module): readonly string[] {
  return module.source.statements.flatMap((statement, index) => {
    const what = [
      isDefaultExport(statement) ? 'name what you export' : undefined,
      isUndocumented(module.source.statements, index)
        ? `say in a comment what ${nameOf(statement)} is`
        : undefined,
      ts.isExpressionStatement(statement) && !ENTRY_POINTS.has(module.path) ? 'no work at import' : undefined,
    ];
    return what.filter((one) => one !== undefined).map((one) => complaint(module, statement, one));
  });
}

function isDefaultExport(statement: ts.Statement): boolean {
  if (ts.isExportAssignment(statement) || hasModifier(statement, ts.SyntaxKind.DefaultKeyword)) return true;
  if (!ts.isExportDeclaration(statement)) return false;
  const clause = statement.exportClause;
  return (
    clause !== undefined &&
    ts.isNamedExports(clause) &&
    clause.elements.some((element) => element.name.text === 'default')
  );
}

function isUndocumented(statements: readonly ts.Statement[], index: number): boolean {
  const statement = statements[index];
  if (statement === undefined || !hasModifier(statement, ts.SyntaxKind.ExportKeyword)) return false;
  if (ts.getJSDocCommentsAndTags(statement).length > 0) return false;
  // The first of several signatures speaks for all.
  const before = statements[index - 1];
  const isOverload = before !== undefined && ts.isFunctionDeclaration(before) && before.body === undefined;
  return !(isOverload && nameOf(before) === nameOf(statement));
}

function hasModifier(statement: ts.Statement, kind: ts.SyntaxKind): boolean {
  const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : [];
  return modifiers.some((modifier) => modifier.kind === kind);
}

function nameOf(statement: ts.Statement): string {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations[0]?.name.getText() ?? 'it';
  const { name } = statement as ts.Statement & { readonly name?: ts.Node };
  return name?.getText() ?? 'it';
}
