import type { Errand } from '../engine/errand.ts';
import type { GateAnswer } from '../engine/gates/answer.ts';
import type { WebhookSettings } from '../rollout/model-outside.ts';
import { Backoff, type BackoffLimits } from '../system/backoff.ts';
import { fetchReason } from '../system/fetch-reason.ts';
import { isSuccess, isWorthRepeating } from '../system/http-status.ts';
import { waitFor, deadlineIn } from '../system/waiting.ts';
import type { Secrets } from '../system/secret.ts';
import { webhookHeaders } from '../system/webhook-headers.ts';

/** One question may take so long. */
const REQUEST_MS = 10_000;
/** The pauses before a hook is sent again. */
const RETRY: BackoffLimits = { firstMs: 1_000, longestMs: 30_000 };
/** So much of an answer is shown. */
const QUOTED_CHARACTERS = 200;

/** What is sent, and told of each answer. */
export interface WebhookErrand {
  readonly rollout: string;
  readonly errand: Errand;
  readonly webhook: WebhookSettings;
  readonly secretAt: Secrets;
  /** What is told after the signal is of no use, and does no harm. */
  readonly onAnswer: (answer: GateAnswer) => void;
  readonly signal: AbortSignal;
}

/** Asks a gate's webhook again and again until it says yes. */
export async function askWebhook(order: WebhookErrand, everyMs: number): Promise<void> {
  const { onAnswer, signal } = order;
  while (!signal.aborted) {
    const { status, words } = await post(order);
    const isYes = status !== undefined && isSuccess(status);
    onAnswer(isYes ? { kind: 'yes', why: words } : { kind: 'notYet', why: words });
    if (isYes) return;
    await waitFor(everyMs, signal);
  }
}

/** Sends a hook until somebody has taken it, or refuses it for good. */
export async function callWebhook(order: WebhookErrand): Promise<void> {
  const { onAnswer, signal } = order;
  const backoff = new Backoff(RETRY);
  while (!signal.aborted) {
    const { status, words } = await post(order);
    if (status !== undefined && !isWorthRepeating(status)) {
      onAnswer({ kind: isSuccess(status) ? 'yes' : 'no', why: words });
      return;
    }
    onAnswer({ kind: 'notYet', why: `${words}; it is sent again` });
    await waitFor(backoff.next(), signal);
  }
}

interface Posted {
  /** Absent: there was no answer. */
  readonly status?: number;
  readonly words: string;
}

async function post({ rollout, errand, webhook, secretAt, signal }: WebhookErrand): Promise<Posted> {
  const { key, kind, name, release, revision, stable, at } = errand;
  const late = deadlineIn(REQUEST_MS);
  try {
    const body = JSON.stringify({ key, rollout, [kind]: name, release, revision, stable, at });
    const own = await webhookHeaders({ webhook, secretAt }, { key, body, at: Date.now() });
    const response = await fetch(webhook.url, {
      method: 'POST',
      redirect: 'manual',
      headers: { ...webhook.headers, ...own, 'content-type': 'application/json', 'idempotency-key': key },
      body,
      signal: AbortSignal.any([signal, late]),
    });
    await response.body?.cancel();
    return { status: response.status, words: `answered ${response.status}` };
  } catch (cause) {
    if (late.aborted) return { words: `gave no answer within ${REQUEST_MS / 1_000}s` };
    return { words: `could not be asked: ${fetchReason(cause).slice(0, QUOTED_CHARACTERS)}` };
  }
}
