import type { Command } from 'commander';
import type { Io } from './io.ts';
import { Session, type GlobalOptions } from './session.ts';

/** What a command does: answers its exit status. */
export type Action<O> = (session: Session, options: O, operands: readonly string[]) => Promise<number>;

/** What the commands are hung on. */
export interface Cli {
  readonly program: Command;
  /** Adapts an action to commander, which passes operands, options and the command. */
  readonly act: <O extends object>(action: Action<O>) => (...given: unknown[]) => Promise<void>;
}

/** Ties a program to its process; `onExit` is told the status of the command that ran. */
export function createCli(program: Command, io: Io, onExit: (status: number) => void): Cli {
  return {
    program,
    act:
      <O extends object>(action: Action<O>) =>
      async (...given) => {
        const command = given.at(-1) as Command;
        const options = command.optsWithGlobals<GlobalOptions & O>();
        const session = new Session(io, options);
        try {
          onExit(await action(session, options, command.args));
        } finally {
          await session.close();
        }
      },
  };
}
