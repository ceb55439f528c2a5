import { useSignal } from '@preact/signals';
import { authorWord, dateTime, ENDPOINTS } from '../../../src/client/browser.ts';
import type { EventView, RolloutView } from '../../../src/client/index.ts';
import { useLive } from '../live/context.ts';
import { withEvents } from '../live/known.ts';
import { keyOf } from '../live/named.ts';
import type { Panel } from './panel.ts';
import { useAnswer } from './parts/use-answer.ts';

/** What happened, newest first, as it happens. */
export const EVENTS: Panel = { id: 'events', title: 'Events', isFor: () => true, Body: EventsBody };

/** Events that are asked for, and shown at most. */
const ASKED = 100;
const MOST_SHOWN = 200;
/** Before somebody wants more. */
const FEW = 10;

function EventsBody({ rollout }: { rollout: RolloutView }) {
  const { name, namespace } = rollout;
  const live = useLive();
  const isLong = useSignal(false);
  // What is lost is said at the top of the page; events that come are shown all the same.
  const { answer = [] } = useAnswer(keyOf(rollout), (signal) =>
    live.ask(ENDPOINTS.events, { about: rollout, query: { rollout: name, limit: ASKED }, signal }),
  );
  const heard = live.known.value.events.filter(
    (event) => event.rollout === name && event.namespace === namespace,
  );
  const events = withEvents(answer, heard, MOST_SHOWN).toReversed();
  if (events.length === 0) return <p>Nothing has happened yet.</p>;
  return (
    <>
      <div role="log" aria-label="Events, newest first">
        <ol class="events">
          {(isLong.value ? events : events.slice(0, FEW)).map((event) => (
            <Event key={event.id} event={event} />
          ))}
        </ol>
      </div>
      {events.length > FEW && (
        <button type="button" aria-expanded={isLong.value} onClick={() => (isLong.value = !isLong.value)}>
          {isLong.value ? 'Fewer' : `All ${events.length}`}
        </button>
      )}
    </>
  );
}

function Event({ event: { at, type, message, by } }: { event: EventView }) {
  return (
    <li>
      <time dateTime={new Date(at).toISOString()}>{dateTime(at)}</time> <strong>{type}</strong> {message}
      {by !== undefined && <span class="quiet"> by {authorWord(by)}</span>}
    </li>
  );
}
