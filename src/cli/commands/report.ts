import type { Cli } from '../cli.ts';
import type { ReportOptions } from '../report/targets.ts';

/** `report NAME` */
export function addReport({ program, act }: Cli): void {
  program
    .command('report')
    .argument('[name]', 'the Rollout')
    .description(
      'tell the story of a release as a page, a comment or JSON; without options NAME-NUMBER.html and its .json',
    )
    .option('--release <number>', 'not its newest release')
    .option('--from <file>', 'the release of an exported recording, or of the JSON of a report')
    .option('--html <file>', 'write a page of HTML; - is standard output')
    .option('--markdown <file>', 'write a comment for a pull request; - is standard output')
    .option('--json <file>', 'write all that it was made from; - is standard output')
    .action(
      act<ReportOptions>(async (session, options, operands) => {
        // Judges and charts take a while to load.
        const { report } = await import('../report/report.ts');
        return report(session, options, operands);
      }),
    );
}
