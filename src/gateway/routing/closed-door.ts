import { digestOfPass, type Maintenance } from '../../engine/maintenance.ts';
import { answerWith, type OwnAnswer } from '../http1/answer.ts';
import type { ClientRequest } from '../http1/client-side.ts';
import type { Asked } from '../http1/job.ts';
import { noteRefused } from '../http1/refuse.ts';
import type { WaitingRoom } from './waiting-room.ts';

const STATUS = 503;
const TITLE = 'Down for maintenance';

/** What happens to a request while its Rollout is in maintenance. */
export interface Reception {
  readonly room: WaitingRoom;
  /** Serves the request after all. */
  readonly goIn: () => void;
}

/** True for a request that has been taken care of, since its Rollout is in maintenance: it waits, or was told so. */
export function isTurnedAway(asked: Asked, { room, goIn }: Reception): boolean {
  const { req, res, route } = asked;
  const { maintenance, rollout } = route;
  if (maintenance === undefined || isLetIn(maintenance, req)) return false;
  const goHome = (): void => {
    tell(asked, maintenance);
  };
  const { holdMs } = maintenance;
  if (holdMs === undefined || !room.take({ rollout, res, goIn, goHome }, holdMs)) goHome();
  return true;
}

function isLetIn({ allow }: Maintenance, { headers }: ClientRequest): boolean {
  const value = allow === undefined ? undefined : headers[allow.header];
  return typeof value === 'string' && digestOfPass(value) === allow?.digest;
}

function tell(asked: Asked, maintenance: Maintenance): void {
  const { req, res, requestId } = asked;
  const seconds = Math.ceil(maintenance.retryAfterMs / 1_000);
  answerWith(res, noticeFor(req.headers.accept ?? '', maintenance, seconds), [
    ...['Retry-After', String(seconds)],
    ...['Cache-Control', 'no-store'],
    ...['Vary', 'Accept'],
    ...['X-Request-Id', requestId],
  ]);
  noteRefused(asked, STATUS);
}

/** What browsers, programs and everybody else can read. */
function noticeFor(accept: string, { message, page }: Maintenance, retryAfterSeconds: number): OwnAnswer {
  if (/\btext\/html\b/i.test(accept))
    return { status: STATUS, type: 'text/html', body: page ?? plainPage(message) };
  const told = message ?? TITLE.toLowerCase();
  if (/\bjson\b/i.test(accept)) {
    const body = JSON.stringify({ status: STATUS, error: 'maintenance', message: told, retryAfterSeconds });
    return { status: STATUS, type: 'application/json', body: `${body}\n` };
  }
  return { status: STATUS, type: 'text/plain', body: `${STATUS} ${told}\n` };
}

function plainPage(message: string | undefined): string {
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width">',
    `<title>${TITLE}</title>`,
    '<body style="font: 1.1rem/1.5 system-ui, sans-serif; max-width: 36rem; margin: 15vh auto; padding: 0 1rem">',
    `<h1>${TITLE}</h1>`,
    `<p>${escaped(message ?? 'Please try again in a while.')}</p>`,
    '',
  ].join('\n');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
