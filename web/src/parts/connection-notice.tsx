import { timeOfDay } from '../../../src/client/browser.ts';
import { useLive } from '../live/context.ts';

/** Says that the server is lost and how old what is shown is; nothing while it is heard. */
export function ConnectionNotice() {
  const live = useLive();
  const connection = live.connection.value;
  return (
    <div role="status" class="connection" data-connection={connection.kind}>
      {connection.kind === 'lost' && (
        <p class="notice">
          <strong>{connection.failure.message}.</strong> What is shown was true at{' '}
          {timeOfDay(connection.since)}. It is looked for again and again.{' '}
          <button
            type="button"
            onClick={() => {
              live.retry();
            }}
          >
            Try now
          </button>
        </p>
      )}
    </div>
  );
}
