import type { Argument, Command, Option } from 'commander';
import { format, resolveConfig } from 'prettier';
import { EXIT_STATUSES } from '../src/cli/exit-statuses.ts';
import type { Io } from '../src/cli/io.ts';
import { createProgram } from '../src/cli/program.ts';

/** Where the page is kept, from the repository's root. */
export const CLI_PAGE = 'docs/reference/cli.md';

const INTRODUCTION = `# The commands

<!-- Written by scripts/cli-docs.mjs from src/cli; do not edit. -->

\`coalmine COMMAND\` works on the coalmine of a data directory: the one that \`--data-dir\` or
\`COALMINE_DATA_DIR\` names, else the nearest \`.coalmine\` of the working directory and those above it. Answers
go to standard output, everything else to standard error. Colours and live drawing are for terminals; \`NO_COLOR\`
and \`FORCE_COLOR\` are heeded.
`;

/** The page of the commands. */
export async function cliReference(): Promise<string> {
  const program = createProgram(NOWHERE, () => undefined);
  const page = [
    INTRODUCTION,
    '## Options of every command',
    ...optionTable(program.options),
    ...program
      .createHelp()
      .visibleCommands(program)
      .flatMap((command) => commandSection(command)),
    '## Exit statuses',
    '',
    '| status | meaning |',
    '| --- | --- |',
    ...EXIT_STATUSES.map(([status, meaning]) => `| ${status} | ${meaning} |`),
    '',
    'Which failure has which status: [errors](errors.md).',
  ].join('\n');
  return format(page, { ...(await resolveConfig(CLI_PAGE)), parser: 'markdown' });
}

const NOWHERE: Io = {
  stdout: { write: () => true },
  stderr: { write: () => true },
  env: {},
  cwd: '/',
  interrupted: new AbortController().signal,
  entry: '',
};

function commandSection(command: Command, parents: readonly string[] = []): readonly string[] {
  const operands = command.registeredArguments;
  const path = [...parents, command.name()];
  return [
    `${'#'.repeat(path.length + 1)} \`coalmine ${[...path, ...operands.map(usageOf)].join(' ')}\``,
    '',
    `${capitalised(command.description())}.`,
    ...(operands.length === 0
      ? []
      : ['', ...operands.map((one) => `- \`${one.name()}\`: ${one.description}`)]),
    ...optionTable(command.options),
    ...command.commands.flatMap((one) => commandSection(one, path)),
  ];
}

function optionTable(options: readonly Option[]): readonly string[] {
  const shown = options.filter((option) => !option.hidden);
  if (shown.length === 0) return [''];
  return ['', '| option | default | meaning |', '| --- | --- | --- |', ...shown.map(optionRow), ''];
}

function optionRow(option: Option): string {
  const preset: unknown = option.negate ? undefined : option.defaultValue;
  const choices = option.argChoices === undefined ? '' : `: ${option.argChoices.join(', ')}`;
  const shownPreset = typeof preset === 'string' || typeof preset === 'number' ? `\`${preset}\`` : '';
  return `| \`${option.flags}\` | ${shownPreset} | ${escaped(option.description)}${choices} |`;
}

function usageOf(argument: Argument): string {
  const name = argument.variadic ? `${argument.name()}...` : argument.name();
  return argument.required ? `<${name}>` : `[${name}]`;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function escaped(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}
