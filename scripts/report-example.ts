import { reportComment } from '../src/report/comment.ts';
import { reportPage } from '../src/report/page/page.ts';
import { reportOf, reportText } from '../src/report/report.ts';
import { aRecording } from '../src/report/testing/recordings.ts';

/**
 * A report of a release that the real engine and judges have made in virtual time, in each of its forms: the text of each
 * file by its name.
 */
export function exampleReport(): Readonly<Record<string, string>> {
  const recording = aRecording('failing');
  const report = reportOf(recording);
  return {
    'shop-1.html': reportPage(report),
    'shop-1.md': reportComment(report),
    'shop-1.json': reportText(recording),
  };
}
