import type { Argument, Command, Option } from 'commander';

/** A word that may come next, and what it means. */
export interface Candidate {
  readonly word: string;
  readonly meaning: string;
}

/** What may come next. */
export interface Candidates {
  readonly words: readonly Candidate[];
  /** True: names of Rollouts may come as well. */
  readonly rollouts: boolean;
  /** Names of the hooks of this Rollout may come as well. */
  readonly hooksOf?: string;
}

/** What the words before the one at hand mean. */
interface Position {
  /** From the program to the command at hand. */
  readonly path: readonly Command[];
  readonly operands: readonly string[];
  /** The option whose value comes next. */
  readonly awaiting: Option | undefined;
}

const NOTHING: Candidates = { words: [], rollouts: false };

/**
 * What may stand in the place of the last of `words` (those after the program's name), by the program's own
 * commands. Nothing, where a file may come: the shell knows those.
 */
export function candidatesFor(program: Command, words: readonly string[]): Candidates {
  const last = words.at(-1) ?? '';
  const { path, operands, awaiting } = positionAfter(program, words.slice(0, -1));
  const command = path.at(-1) ?? program;
  if (words.slice(0, -1).includes('--')) return NOTHING;
  if (awaiting !== undefined) {
    const [rollout] = operands;
    const hooksOf = awaiting.long === '--hook' && rollout !== undefined ? { hooksOf: rollout } : {};
    return { words: startingWith(last, choicesOf(awaiting)), rollouts: false, ...hooksOf };
  }
  if (last.startsWith('-')) return { words: startingWith(last, path.flatMap(optionsOf)), rollouts: false };
  if (command.commands.length > 0) return { words: startingWith(last, commandsOf(command)), rollouts: false };
  const argument = argumentAt(command.registeredArguments, operands.length);
  if (argument === undefined) return NOTHING;
  return { words: startingWith(last, choicesOf(argument)), rollouts: argument.name() === 'name' };
}

function positionAfter(program: Command, words: readonly string[]): Position {
  let position: Position = { path: [program], operands: [], awaiting: undefined };
  for (const word of words) position = after(position, word);
  return position;
}

function after({ path, operands, awaiting }: Position, word: string): Position {
  if (awaiting !== undefined) return { path, operands, awaiting: undefined };
  if (word.startsWith('-')) return { path, operands, awaiting: valueOption(path, word) };
  const next = path.at(-1)?.commands.find((command) => command.name() === word);
  if (next !== undefined) return { path: [...path, next], operands: [], awaiting: undefined };
  return { path, operands: [...operands, word], awaiting: undefined };
}

/** The option that a word names, when the value comes as the next word. */
function valueOption(path: readonly Command[], word: string): Option | undefined {
  return path
    .flatMap((command) => command.options)
    .find((option) => (option.long === word || option.short === word) && option.required);
}

function argumentAt(all: readonly Argument[], index: number): Argument | undefined {
  const last = all.at(-1);
  return all[index] ?? (last?.variadic === true ? last : undefined);
}

function optionsOf({ options }: Command): readonly Candidate[] {
  return options.flatMap(({ long, hidden, description }) =>
    hidden || long == null ? [] : [{ word: long, meaning: description }],
  );
}

function commandsOf(command: Command): readonly Candidate[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .map((one) => ({ word: one.name(), meaning: one.description() }));
}

function choicesOf({ argChoices = [], description }: Argument | Option): readonly Candidate[] {
  return argChoices.map((word) => ({ word, meaning: description }));
}

function startingWith(start: string, all: readonly Candidate[]): readonly Candidate[] {
  return all.filter(({ word }) => word.startsWith(start));
}
