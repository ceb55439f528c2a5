import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { dateTime, ENDPOINTS, unreachable } from '../../../src/client/browser.ts';
import type { RevisionView, RolloutView } from '../../../src/client/index.ts';
import { useLive } from '../live/context.ts';
import { Problem } from '../parts/problem.tsx';
import type { Field } from './action.ts';

/** What the API takes of a text. */
const LONGEST_TEXT = 4_096;
const MOST_REPLICAS = 10_000;

/** One field of a dialog. */
export function DialogField({ field, rollout }: { field: Field; rollout: RolloutView }) {
  const { kind, name, label } = field;
  switch (kind) {
    case 'text':
      return (
        <label>
          {label}
          <textarea name={name} rows={2} maxLength={LONGEST_TEXT} />
        </label>
      );
    case 'count':
      return (
        <label>
          {label}
          <input
            name={name}
            type="number"
            min={0}
            max={MOST_REPLICAS}
            required
            defaultValue={rollout.replicas}
          />
        </label>
      );
    case 'revision':
      return <RevisionField name={name} label={label} rollout={rollout} />;
    default:
      return unreachable(kind);
  }
}

function RevisionField({ name, label, rollout }: { name: string; label: string; rollout: RolloutView }) {
  const { askAll } = useLive();
  const revisions = useSignal<readonly RevisionView[]>([]);
  const thrown = useSignal<unknown>(undefined);
  useEffect(() => {
    askAll(ENDPOINTS.revisions, { about: rollout }).then(
      (all) => (revisions.value = all.filter(({ isStable, isKept }) => isKept && !isStable)),
      (cause: unknown) => (thrown.value = cause),
    );
  }, [askAll, rollout.name, revisions, thrown]);
  return (
    <>
      <label>
        {label}
        <select name={name}>
          <option value="">what was stable before</option>
          {revisions.value.map((one) => (
            <option key={one.id} value={one.id}>
              {revisionWords(one)}
            </option>
          ))}
        </select>
      </label>
      <Problem thrown={thrown.value} />
    </>
  );
}

function revisionWords({ id, release, createdAt, isRejected }: RevisionView): string {
  const by = release === undefined ? '' : `, release ${release}`;
  return `${id}${by}, ${dateTime(createdAt)}${isRejected ? ', rejected' : ''}`;
}
