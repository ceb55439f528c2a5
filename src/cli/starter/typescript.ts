import { literal } from './literal.ts';
import type { Starter } from './document.ts';
import type { Noted } from './noted.ts';

/** The text of a coalmine.ts that declares these Rollouts. */
export function typescriptOf(declared: readonly Noted[]): string {
  const [only, second] = declared;
  const body =
    only !== undefined && second === undefined
      ? `${comments(only.notes, '')}export default defineRollout(${literal(only.document)});`
      : `export default defineRollout([\n${declared.map(item).join('')}]);`;
  return `import { defineRollout } from 'coalmine';\n\n${body}\n`;
}

function item({ document, notes }: Noted): string {
  return `${comments(notes, '  ')}  ${literal(document, '  ')},\n`;
}

function comments(notes: readonly string[], indent: string): string {
  return notes.map((note) => `${indent}// ${note}\n`).join('');
}

/** The text of a first coalmine.ts, with comments on what to change. */
export function starterProgram({ name, command, build, isPlaceholder }: Starter): string {
  const notes = [
    'What coalmine runs here, and how new versions of it are released.',
    '"coalmine validate" checks this file; "coalmine plan" shows what a release would do.',
    'Each process has to listen on 127.0.0.1 and the port in $PORT, a different one each time.',
    'A function ({ env }) => ({ … }) may be declared as well, to compute what is here.',
    ...(isPlaceholder ? ['Replace the command by how your program is started.'] : []),
  ];
  const process = {
    from: '.',
    ...(build === undefined ? {} : { build }),
    command,
    replicas: 2,
    ready: { tcp: {}, within: '30s' },
    stop: { drain: '20s' },
  };
  const checks = [
    { name: 'errors', errors: {}, worseBy: '50%', safe: '2x', floor: '0.2%' },
    { name: 'latency', latency: {}, worseBy: '10%' },
  ];
  const spec = {
    workload: { process },
    traffic: { gateway: {} },
    strategy: { canary: { weights: ['5%', '25%', '50%'] } },
    analysis: { checks },
  };
  return typescriptOf([{ document: { metadata: { name }, spec }, notes }]);
}
