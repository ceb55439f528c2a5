import { ActionBar } from '../actions/action-bar.tsx';
import { ApprovalBox } from '../actions/approval-box.tsx';
import { useEffect } from 'preact/hooks';
import { useLive } from '../live/context.ts';
import { keyOf, type Named } from '../live/named.ts';
import { PANELS } from '../panels/panels.ts';
import { DeskProvider } from '../panels/release/desk-context.tsx';
import { Link } from '../parts/link.tsx';
import { PageTitle } from '../parts/page-title.tsx';
import { phaseWords } from '../parts/phase-mark.tsx';
import { HurdleNote } from './hurdle-note.tsx';
import { MaintenanceNote } from './maintenance-note.tsx';
import { RolloutHead } from './rollout-head.tsx';

/** One Rollout: what it is at, what can be done, and everything that is known of it. */
export function RolloutPage({ named }: { named: Named }) {
  const live = useLive();
  const { name, namespace } = named;
  const rollout = live.known.value.rollouts.get(keyOf(named));
  useEffect(() => {
    if (namespace !== undefined) void live.learnRole(namespace);
  }, [live, namespace]);
  if (rollout === undefined) return <Unknown name={name} />;
  return (
    <>
      <nav aria-label="Back">
        <Link to="/">All Rollouts</Link>
      </nav>
      <RolloutHead rollout={rollout} />
      <p class="hidden" role="status">
        {name}: {phaseWords(rollout.phase)}
      </p>
      <MaintenanceNote rollout={rollout} />
      <ApprovalBox rollout={rollout} />
      <HurdleNote rollout={rollout} />
      <ActionBar rollout={rollout} />
      <DeskProvider rollout={rollout}>
        {PANELS.filter((panel) => panel.isFor(rollout)).map(({ id, title, Body }) => (
          <section key={id} class="panel" aria-labelledby={`${id}-title`}>
            <h2 id={`${id}-title`}>{title}</h2>
            <Body rollout={rollout} />
          </section>
        ))}
      </DeskProvider>
    </>
  );
}

function Unknown({ name }: { name: string }) {
  const { connection } = useLive();
  if (connection.value.kind === 'connecting') return <p role="status">Asking for {name}…</p>;
  return (
    <>
      <PageTitle text={name} />
      <p>
        There is no such Rollout, or it is not yours to see. <Link to="/">All Rollouts</Link>
      </p>
    </>
  );
}
