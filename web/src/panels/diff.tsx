import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import { authorWord, dateTime, ENDPOINTS } from '../../../src/client/browser.ts';
import type { RevisionView } from '../../../src/api/revision-views.ts';
import type { RolloutView } from '../../../src/client/index.ts';
import { useLive } from '../live/context.ts';
import type { Panel } from './panel.ts';
import { comparedFirst } from './release/compared.ts';
import { Changes } from './parts/changes.tsx';
import { useAnswer } from './parts/use-answer.ts';

/** What is different between two versions, path by path. */
export const DIFF: Panel = {
  id: 'diff',
  title: 'What is different',
  isFor: ({ stable, wanted }) => stable !== undefined || wanted !== undefined,
  Body: DiffBody,
};

function DiffBody({ rollout }: { rollout: RolloutView }) {
  const live = useLive();
  const { stable, wanted } = rollout;
  const { answer, failure } = useAnswer(`${stable ?? ''} ${wanted ?? ''}`, (signal) =>
    live.ask(ENDPOINTS.revisions, { about: rollout, signal }),
  );
  if (failure !== undefined) return <p role="alert">{failure.message}</p>;
  if (answer === undefined) return <p role="status">Asking for the versions…</p>;
  const pair = comparedFirst(rollout, answer);
  if (pair === undefined) return <p>There is one version alone, so nothing to compare.</p>;
  return <Compared key={pair.join(' ')} rollout={rollout} revisions={answer} pair={pair} />;
}

interface ComparedProps {
  readonly rollout: RolloutView;
  readonly revisions: readonly RevisionView[];
  /** What is compared at first: before and after. */
  readonly pair: readonly [string, string];
}

function Compared({ rollout, revisions, pair: [before, after] }: ComparedProps) {
  const live = useLive();
  const from = useSignal(before);
  const to = useSignal(after);
  const [id, against] = [to.value, from.value];
  const { answer, failure } = useAnswer(`${against} ${id}`, (signal) =>
    live.ask(ENDPOINTS.revision, { about: rollout, values: { id }, query: { against }, signal }),
  );
  return (
    <>
      <div class="log-controls">
        <Choice
          title="Before"
          revisions={revisions}
          value={from.value}
          choose={(one) => (from.value = one)}
        />
        <Choice title="After" revisions={revisions} value={to.value} choose={(one) => (to.value = one)} />
      </div>
      {failure !== undefined && (
        <p role="alert">
          {failure.message}
          {failure.hint === undefined ? '' : ` ${failure.hint}`}
        </p>
      )}
      {answer?.changes !== undefined && <Changes changes={answer.changes} />}
    </>
  );
}

interface ChoiceProps {
  readonly title: string;
  readonly revisions: readonly RevisionView[];
  readonly value: string;
  readonly choose: (id: string) => void;
}

function Choice({ title, revisions, value, choose }: ChoiceProps) {
  const id = useId();
  return (
    <label for={id}>
      {title}
      <select
        id={id}
        value={value}
        onChange={(event) => {
          choose(event.currentTarget.value);
        }}
      >
        {revisions.map((one) => (
          <option key={one.id} value={one.id}>
            {revisionWords(one)}
          </option>
        ))}
      </select>
    </label>
  );
}

function revisionWords({ id, isStable, isRejected, createdAt, release, by }: RevisionView): string {
  return [
    id,
    ...(isStable ? ['stable'] : []),
    ...(isRejected ? ['rejected'] : []),
    ...(release === undefined ? [] : [`release ${release}`]),
    dateTime(createdAt),
    ...(by === undefined ? [] : [authorWord(by)]),
  ].join(' · ');
}
