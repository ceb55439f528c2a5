import type { Session } from '../session.ts';
import { answerLines } from './answer-lines.ts';
import { analyzeCanary } from './canary.ts';
import { analyzeFiles } from './files.ts';
import { modeOf, type AnalyzeOptions } from './options.ts';
import { analyzeRelease } from './release.ts';

/** Judges what the options name and answers the exit status. */
export async function analyze(
  session: Session,
  options: AnalyzeOptions,
  operands: readonly string[],
): Promise<number> {
  switch (modeOf(options, operands)) {
    case 'lines':
      return answerLines(session, options);
    case 'files':
      return analyzeFiles(session, options);
    case 'canary':
      return analyzeCanary(session, options);
    case 'replay':
    case 'release':
      return analyzeRelease(session, options, operands);
    case 'queries': {
      // The client of the server takes longer to load than anything else here.
      const { analyzeQueries } = await import('./queries.ts');
      return analyzeQueries(session, options);
    }
  }
}
