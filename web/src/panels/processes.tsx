import { dateTime, ENDPOINTS, mebibytes, percent } from '../../../src/client/browser.ts';
import type { GroupView, InstanceView, RolloutView } from '../../../src/client/index.ts';
import { useLive } from '../live/context.ts';
import type { Panel } from './panel.ts';
import { DataTable } from './parts/data-table.tsx';
import { useAnswer } from './parts/use-answer.ts';

/** What runs: the processes of each revision. */
export const PROCESSES: Panel = {
  id: 'processes',
  title: 'Processes',
  isFor: ({ groups, namespace }) => groups.length > 0 || namespace !== undefined,
  Body: ({ rollout }: { rollout: RolloutView }) =>
    rollout.namespace === undefined ? <Groups groups={rollout.groups} /> : <PodGroups rollout={rollout} />,
};

function Groups({ groups }: { groups: readonly GroupView[] }) {
  return (
    <>
      {groups.map((group) => (
        <Group key={`${group.track} ${group.revision}`} group={group} />
      ))}
    </>
  );
}

/** What is heard of a Rollout of a cluster says nothing of its pods: they are asked for whenever it has moved. */
function PodGroups({ rollout }: { rollout: RolloutView }) {
  const live = useLive();
  const { phase, message, stable = '', release } = rollout;
  const moved = [phase, message, stable, release?.number, release?.step].join(' ');
  const { answer, failure } = useAnswer(moved, (signal) =>
    live.ask(ENDPOINTS.get, { about: rollout, signal }),
  );
  if (failure !== undefined) return <p class="quiet">{failure.message}</p>;
  if (answer === undefined) return <p role="status">Asking for the pods…</p>;
  return <Groups groups={answer.groups} />;
}

const COLUMNS = [
  { title: 'Process' },
  { title: 'State' },
  { title: 'Pid', isNumber: true },
  { title: 'Port', isNumber: true },
  { title: 'Restarts', isNumber: true },
  { title: 'Since' },
  { title: 'Memory', isNumber: true },
  { title: 'Of one core', isNumber: true },
];

function Group({ group: { track, revision, ready, running, failing, instances } }: { group: GroupView }) {
  return (
    <>
      <h3>
        {track} <code>{revision}</code>: {ready} of {running} ready
      </h3>
      {failing !== undefined && (
        <p>
          <strong>Failing:</strong> {failing}
        </p>
      )}
      {instances.length > 0 && (
        <DataTable
          caption={`Processes of ${track} ${revision}`}
          columns={COLUMNS}
          rows={instances.map(cellsOf)}
        />
      )}
    </>
  );
}

function cellsOf({
  id,
  state,
  pid,
  port,
  restarts,
  since,
  rssBytes,
  cores,
}: InstanceView): readonly string[] {
  return [
    id,
    state,
    pid === undefined ? '–' : String(pid),
    port === undefined ? '–' : String(port),
    String(restarts),
    dateTime(since),
    mebibytes(rssBytes),
    cores === undefined ? '–' : percent(cores),
  ];
}
