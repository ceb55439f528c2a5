import { readFileSync, readdirSync } from 'node:fs';
import { posix } from 'node:path';
import ts from 'typescript';

/** A source file, parsed. */
export interface Module {
  /** From the repository's root, as in `src/engine/advance.ts`. */
  readonly path: string;
  /** The folder below `src/`. */
  readonly folder: string;
  readonly source: ts.SourceFile;
}

/** Where a module names another one. */
export interface Import {
  readonly specifier: string;
  readonly node: ts.Node;
  /** The names taken, when they are named one by one. */
  readonly names: readonly string[] | undefined;
  /** True: nothing of it is there when the program runs. */
  readonly isOfTypes: boolean;
}

/** Parses one file; types are not looked up, so that the whole tree takes well under a second. */
export function moduleOf(path: string, text: string): Module {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
  return { path, folder: path.split('/')[1] ?? '', source };
}

/** Every file below `src/` that is part of the product: no tests, nor what only tests use (`testing/`). */
export function productModules(root: string): readonly Module[] {
  return modulesBelow(root, 'src');
}

/** Every file of the dashboard, but tests. */
export function dashboardModules(root: string): readonly Module[] {
  return modulesBelow(root, 'web/src').map((module) => ({ ...module, folder: webFolderOf(module.path) }));
}

/** The folder below `web/src/`; `main` for what stands beside them. */
export function webFolderOf(path: string): string {
  const [, , folder = '', ...rest] = path.split('/');
  return rest.length === 0 ? 'main' : folder;
}

function modulesBelow(root: string, directory: string): readonly Module[] {
  return readdirSync(posix.join(root, directory), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !name.includes('.test.ts') && !name.includes('/testing/'))
    .map((name) => moduleOf(`${directory}/${name}`, readFileSync(posix.join(root, directory, name), 'utf8')));
}

/** Calls `visit` with every node. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => {
    walk(child, visit);
  });
}

/** Every way to name a module: `import`, `export … from`, `import()`, and `import('…')` in a type. */
export function importsOf({ source }: Module): readonly Import[] {
  const imports: Import[] = [];
  walk(source, (node) => {
    const named = specifierOf(node);
    if (named !== undefined && ts.isStringLiteralLike(named)) {
      imports.push({ specifier: named.text, node, names: namesOf(node), isOfTypes: isOfTypes(node) });
    }
  });
  return imports;
}

function specifierOf(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isImportTypeNode(node))
    return ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined;
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
    return node.arguments[0];
  return undefined;
}

function isOfTypes(node: ts.Node): boolean {
  if (ts.isImportTypeNode(node)) return true;
  if (ts.isExportDeclaration(node)) return node.isTypeOnly;
  return ts.isImportDeclaration(node) && node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
}

function namesOf(node: ts.Node): readonly string[] | undefined {
  if (!ts.isImportDeclaration(node)) return undefined;
  const bindings = node.importClause?.namedBindings;
  if (bindings === undefined || !ts.isNamedImports(bindings)) return undefined;
  return bindings.elements.map((element) => (element.propertyName ?? element.name).text);
}

/** `path:line: what`, the way editors make it a link. */
export function complaint({ path, source }: Module, node: ts.Node, what: string): string {
  const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
  return `${path}:${line + 1}: ${what}`;
}
