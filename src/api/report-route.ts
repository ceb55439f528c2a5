import { Type } from 'typebox';
import { readerOf } from '../base/schema-reader.ts';
import { reportComment } from '../report/comment.ts';
import { PAGE_POLICY, reportPage } from '../report/page/page.ts';
import { reportPieces } from '../report/pieces.ts';
import { ReportTally, type Report } from '../report/report.ts';
import { ENDPOINTS } from './endpoints.ts';
import { releaseNumber } from './input.ts';
import { recordedCircumstances, recordedTicks } from './recorded-release.ts';
import { named, type Answer, type Route } from './route.ts';

/** Types that a report comes in besides JSON. */
export const REPORT_TYPES = ['text/html', 'text/markdown'] as const;

const QUERY = Type.Object(
  { format: Type.Optional(Type.Enum(['html', 'markdown', 'json'], { default: 'json' })) },
  { additionalProperties: false },
);
const readQuery = readerOf(QUERY, 'query');

/** The story of a release, made from what may be read of it anyway. */
export const REPORT: Route = {
  endpoint: ENDPOINTS.report,
  query: QUERY,
  otherTypes: REPORT_TYPES,
  workOf({ params, query }) {
    const { format = 'json' } = readQuery(query);
    const { name, number: written } = named(params);
    const number = releaseNumber(written);
    return async (operations) => {
      const circumstances = await recordedCircumstances(operations, name, number);
      const pages = recordedTicks(operations, name, number);
      if (format === 'json') return { value: undefined, pieces: reportPieces(circumstances, pages) };
      const tally = new ReportTally(circumstances);
      for await (const page of pages) for (const tick of page) tally.add(tick);
      return TEXTS[format](tally.report());
    };
  },
};

const TEXTS: Readonly<Record<'html' | 'markdown', (report: Report) => Answer>> = {
  html: (report) => ({ value: reportPage(report), headers: headersOf(REPORT_TYPES[0]) }),
  markdown: (report) => ({ value: reportComment(report), headers: headersOf(REPORT_TYPES[1]) }),
};

/** Whatever a page holds, it runs nothing, loads nothing and is no part of this server. */
function headersOf(type: string): Readonly<Record<string, string>> {
  return {
    'content-type': `${type}; charset=utf-8`,
    'content-security-policy': `${PAGE_POLICY}; sandbox; frame-ancestors 'none'`,
  };
}
