import type { MembershipView, RolloutView } from '../../../src/client/index.ts';
import { useLive } from '../live/context.ts';
import { rolloutPath } from '../live/place.ts';
import { Link } from '../parts/link.tsx';
import { PhaseMark } from '../parts/phase-mark.tsx';
import type { Panel } from './panel.ts';
import { DataTable } from './parts/data-table.tsx';

/** The Rollouts that are released as one, in the order in which they begin. */
export const GROUP: Panel = {
  id: 'group',
  title: 'Group',
  isFor: ({ group }) => group !== undefined,
  Body: GroupBody,
};

const COLUMNS = [
  { title: 'Rollout' },
  { title: 'Order', isNumber: true },
  { title: 'Phase' },
  { title: 'In the newest release of the group' },
];

function GroupBody({ rollout }: { rollout: RolloutView }) {
  const { known } = useLive();
  const name = rollout.group?.name;
  const members = [...known.value.rollouts.values()]
    .flatMap((one) =>
      one.group?.name === name && one.group !== undefined ? [{ one, place: one.group }] : [],
    )
    .sort((a, b) => a.place.order - b.place.order || a.one.name.localeCompare(b.one.name));
  return (
    <DataTable
      caption={`Members of ${name ?? ''}`}
      columns={COLUMNS}
      rows={members.map(({ one, place }) => [
        one.name === rollout.name ? one.name : <Link to={rolloutPath(one)}>{one.name}</Link>,
        String(place.order),
        <PhaseMark phase={one.phase} />,
        stateWords(place),
      ])}
    />
  );
}

const STATE_WORDS: Readonly<Record<NonNullable<MembershipView['state']>, string>> = {
  waiting: 'waits for its turn',
  running: 'is being released',
  goingBack: 'is going back',
  unchanged: 'had this version before',
  undone: 'was taken back, since another failed',
  dropped: 'was not begun, since another failed',
  promoted: 'promoted',
  completed: 'completed',
  rolledBack: 'rolled back',
  aborted: 'aborted',
  failed: 'failed',
};

function stateWords({ state, release, stays }: MembershipView): string {
  const words =
    state === undefined || release === undefined ? 'in none' : `${release}: ${STATE_WORDS[state]}`;
  return stays ? `${words}; it stays as it is when another fails` : words;
}
