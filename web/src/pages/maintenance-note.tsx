import { dateTime, formatDuration } from '../../../src/client/browser.ts';
import type { RolloutView } from '../../../src/client/index.ts';

/** That a Rollout is closed to its users, since when, and what they are told; nothing while it is open. */
export function MaintenanceNote({ rollout: { maintenance } }: { rollout: RolloutView }) {
  if (maintenance === undefined) return null;
  const { since, message, hasPage, retryAfterMs, holdMs, allowHeader } = maintenance;
  return (
    <section class="card gate" aria-labelledby="maintenance-title">
      <h2 id="maintenance-title">Closed to its users</h2>
      <p>
        In maintenance since <time dateTime={new Date(since).toISOString()}>{dateTime(since)}</time>
        {message !== undefined && <>: {message}</>}
      </p>
      <ul>
        <li>
          {holdMs === undefined
            ? 'Every request is answered with 503'
            : `Requests wait for ${formatDuration(holdMs)}, and are then answered with 503`}
          {hasPage && ', browsers by a page of its own'}.
        </li>
        <li>Users may come back after {formatDuration(retryAfterMs)}.</li>
        {allowHeader !== undefined && <li>Who knows the value of {allowHeader} is served.</li>}
      </ul>
    </section>
  );
}
