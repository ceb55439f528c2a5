import type { Cli } from '../cli.ts';
import { padEnd } from '../output/text.ts';

/** `doctor` */
export function addDoctor({ program, act }: Cli): void {
  program
    .command('doctor')
    .description('check that coalmine can work here, and say what to do where it cannot')
    .action(
      act(async (session) => {
        const { examine } = await import('../doctor/examine.ts');
        const findings = await examine(session);
        const { paint } = session;
        const marks = { ok: paint.green('ok  '), warn: paint.yellow('warn'), fail: paint.red('fail') };
        await session.print(findings, () =>
          findings.flatMap(({ what, state, detail, todo }) => [
            `${marks[state]}  ${padEnd(what, 16)} ${detail}`,
            ...(todo === undefined ? [] : [`${' '.repeat(23)}${todo}`]),
          ]),
        );
        return findings.some(({ state }) => state === 'fail') ? 1 : 0;
      }),
    );
}
