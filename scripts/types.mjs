// Writes the types of what the package exports into dist/types: those files alone that the entry reaches.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';

const ENTRY = resolve('src/client/index.ts');
const OUT = 'dist/types';

const { config } = ts.readConfigFile('tsconfig.json', ts.sys.readFile);
const { options } = ts.parseJsonConfigFileContent(
  {
    compilerOptions: {
      ...config.compilerOptions,
      noEmit: false,
      declaration: true,
      emitDeclarationOnly: true,
      noCheck: true,
      rootDir: 'src',
      outDir: OUT,
    },
    files: [ENTRY],
  },
  ts.sys,
  process.cwd(),
);
const written = new Map();
const { diagnostics } = ts
  .createProgram([ENTRY], options)
  .emit(undefined, (file, text) => void written.set(resolve(file), text));
if (diagnostics.length > 0)
  throw new Error(ts.formatDiagnostics(diagnostics, ts.createCompilerHost(options)));

const waiting = [resolve(OUT, 'client/index.d.ts')];
const reached = new Set();
for (const file of waiting) {
  const text = written.get(file);
  if (text === undefined || reached.has(file)) continue;
  reached.add(file);
  for (const [, from] of text.matchAll(/(?:from |import\()['"](\.[^'"]+)['"]/g)) {
    waiting.push(resolve(dirname(file), from.replace(/\.ts$/, '.d.ts')));
  }
}
for (const file of reached) {
  const path = join(OUT, relative(resolve(OUT), file));
  await mkdir(dirname(path), { recursive: true });
  // Specifiers end as they do where the types are read: beside JavaScript.
  await writeFile(path, written.get(file).replace(/((?:from |import\()['"]\.[^'"]+)\.ts(?=['"])/g, '$1.js'));
}
await readFile(join(OUT, 'client/index.d.ts'));
