import { Option } from 'commander';
import type { LogLine } from '../../api/resources.ts';
import type { Cli } from '../cli.ts';
import { INTERRUPTED } from '../io.ts';
import { countOption, operand } from '../option-values.ts';

interface LogsOptions {
  readonly track?: string;
  readonly revision?: string;
  readonly hook?: string;
  readonly follow?: boolean;
  readonly tail?: number;
}

/** `logs NAME` */
export function addLogs({ program, act }: Cli): void {
  program
    .command('logs')
    .argument('<name>', 'the Rollout')
    .description('print what the processes wrote, or a hook')
    .addOption(new Option('--track <track>', 'only this track').choices(['stable', 'canary']))
    .addOption(new Option('--revision <id>', 'only this revision').conflicts('track'))
    .addOption(
      new Option('--hook <hook>', 'what the runs of this hook wrote').conflicts(['track', 'revision']),
    )
    .option('--follow', 'go on with what is written from now on')
    .option('--tail <lines>', 'begin so many lines before the end', countOption)
    .action(
      act<LogsOptions>(async (session, options, operands) => {
        const { tail, follow, hook, track, revision } = options;
        const of = revision ?? track;
        const client = await session.client();
        const query = {
          ...(of === undefined ? {} : { of }),
          ...(hook === undefined ? {} : { hook }),
          ...(tail === undefined ? {} : { tail }),
          ...(follow === undefined ? {} : { follow }),
        };
        const { interrupted } = session.io;
        for await (const line of client.logs(operand(operands), query, interrupted)) {
          if (session.format === 'table') session.say([lineOf(line)]);
          else session.sayJson(line);
        }
        return interrupted.aborted ? INTERRUPTED : 0;
      }),
    );
}

function lineOf(line: LogLine): string {
  if ('hook' in line) return `${line.hook} #${line.release}  ${line.text}`;
  const { revision, instance, text } = line;
  return `${instance.includes(revision) ? instance : `${revision}/${instance}`}  ${text}`;
}
