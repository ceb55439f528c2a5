import type { Notice } from '../../engine/notices.ts';
import type { ChannelSettings, Listener } from '../../rollout/model-notify.ts';
import type { RevisionId } from '../../rollout/model.ts';
import { localSecrets } from '../../system/secret.ts';
import { attempt } from '../attempt.ts';
import type { Sent } from '../channel.ts';

/** A release that was rolled back, with what matters to the test replaced. */
export function aNotice(differences: Partial<Notice> = {}): Notice {
  const { release = 12, moment = 'rolledBack' } = differences;
  return {
    key: `shop-${release}-m1-${moment}-team`,
    to: 'team',
    moment,
    release,
    revision: 'r1-bbbbbbbbbbbb' as RevisionId,
    stable: 'r1-aaaaaaaaaaaa' as RevisionId,
    by: { kind: 'user', name: 'ana' },
    startedAt: Date.UTC(2026, 10, 30, 12),
    at: Date.UTC(2026, 10, 30, 12, 3, 20),
    reason: 'errors: 5.1% where stable has 0.1% <b>&',
    verdict: 'bad',
    findings: ['errors: bad, error ratio ×50 of stable, 95% between ×20 and ×90'],
    served: { requests: 2_000, errors: 102 },
    ...differences,
  };
}

/** A listener on a channel, with what matters to the test replaced. */
export function aListener(channel: ChannelSettings, differences: Partial<Listener> = {}): Listener {
  return { name: 'team', on: ['rolledBack'], channel, ...differences };
}

/** Sends one notice, with secrets in these variables. */
export function sendTo(
  listener: Listener,
  notice: Notice,
  secrets: Readonly<Record<string, string>> = {},
): Promise<Sent> {
  return attempt(
    { rollout: { name: 'shop' }, listener, notice },
    { secretAt: localSecrets(secrets), now: Date.now, signal: new AbortController().signal },
  );
}
