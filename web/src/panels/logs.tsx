import { useSignal, type Signal } from '@preact/signals';
import { useEffect, useId, useMemo } from 'preact/hooks';
import type { RolloutView } from '../../../src/client/index.ts';
import { hooksWithOutput } from '../live/hurdle.ts';
import { LogPane } from './logs/log-pane.tsx';
import { LogReader } from './logs/log-reader.ts';
import type { Panel } from './panel.ts';

/** What the processes and the hooks write, as they write it, for whoever opens it. */
export const LOGS: Panel = {
  id: 'logs',
  title: 'Logs',
  isFor: (rollout) =>
    rollout.groups.length > 0 || rollout.namespace !== undefined || hooksWithOutput(rollout).length > 0,
  Body: LogsBody,
};

function LogsBody({ rollout }: { rollout: RolloutView }) {
  const isOpen = useSignal(false);
  if (rollout.namespace !== undefined) return <OfPods namespace={rollout.namespace} />;
  return (
    <details onToggle={(event) => (isOpen.value = event.currentTarget.open)}>
      <summary>Follow the logs</summary>
      {isOpen.value && <Chosen rollout={rollout} />}
    </details>
  );
}

/** The lines of the processes, or of a hook, where there are any. */
function Chosen({ rollout }: { rollout: RolloutView }) {
  const id = useId();
  const hook = useSignal('');
  const hooks = hooksWithOutput(rollout);
  return (
    <>
      {hooks.length > 0 && (
        <p>
          <label for={id}>Written by</label>{' '}
          <select
            id={id}
            value={hook.value}
            onChange={(event) => {
              hook.value = event.currentTarget.value;
            }}
          >
            <option value="">the processes</option>
            {hooks.map((name) => (
              <option key={name} value={name}>
                the hook {name}
              </option>
            ))}
          </select>
        </p>
      )}
      <Followed key={hook.value} rollout={rollout} hook={hook.value === '' ? undefined : hook.value} />
    </>
  );
}

/** What pods write, the cluster keeps. */
function OfPods({ namespace }: { namespace: string }) {
  return (
    <p>
      What pods write is not shown here: <code>kubectl -n {namespace} logs POD --follow</code> does.
    </p>
  );
}

/** How lines are looked at; `until`: the last line that is shown while it is paused. */
interface Look {
  readonly text: Signal<string>;
  readonly isApart: Signal<boolean>;
  readonly until: Signal<number | undefined>;
}

function Followed({ rollout, hook }: { rollout: RolloutView; hook: string | undefined }) {
  const { name, groups } = rollout;
  const reader = useMemo(() => new LogReader(), [name]);
  const look: Look = { text: useSignal(''), isApart: useSignal(false), until: useSignal(undefined) };
  useEffect(() => {
    const leaving = new AbortController();
    void reader.follow({ name, ...(hook === undefined ? {} : { hook }) }, leaving.signal);
    return () => {
      leaving.abort();
    };
  }, [reader, name]);
  const writers = [...new Map(groups.map(({ revision, track }) => [revision as string, track as string]))];
  const panes = hook === undefined && look.isApart.value ? writers.map(([of]) => of) : [hook];
  return (
    <>
      <Controls look={look} reader={reader} hasTracks={hook === undefined} />
      {reader.failure.value !== undefined && <p role="alert">{reader.failure.value.message}</p>}
      <div class="log-panes">
        {panes.map((of) => (
          <LogPane
            key={of ?? ''}
            reader={reader}
            filter={{ text: look.text.value, ...(of === undefined ? {} : { of }) }}
            until={look.until.value}
            tracks={new Map(writers)}
          />
        ))}
      </div>
    </>
  );
}

function Controls(props: { look: Look; reader: LogReader; hasTracks: boolean }) {
  const { look, reader, hasTracks } = props;
  const { text, isApart, until } = look;
  const isPaused = until.value !== undefined;
  const missed = isPaused ? reader.shown.value - (until.value ?? 0) : 0;
  return (
    <div class="log-controls">
      <label>
        Lines with
        <input
          type="search"
          value={text.value}
          onInput={(event) => {
            text.value = event.currentTarget.value;
          }}
        />
      </label>
      {hasTracks && (
        <button type="button" aria-pressed={isApart.value} onClick={() => (isApart.value = !isApart.value)}>
          Tracks side by side
        </button>
      )}
      <button
        type="button"
        aria-pressed={isPaused}
        onClick={() => {
          until.value = isPaused ? undefined : reader.buffer.written;
        }}
      >
        Pause
      </button>
      <span role="status">{isPaused ? `Paused; ${Math.max(0, missed)} lines since` : 'Following'}</span>
    </div>
  );
}
