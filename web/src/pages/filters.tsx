import type { Signal } from '@preact/signals';
import type { Ref } from 'preact';
import type { RolloutView } from '../../../src/client/index.ts';
import { clustersOf, namespacesOf, phaseCounts, PHASES, type Search } from '../live/overview.ts';
import { phaseWords } from '../parts/phase-mark.tsx';

interface FiltersProps {
  readonly search: Signal<Search>;
  readonly rollouts: ReadonlyMap<string, RolloutView>;
  readonly field: Ref<HTMLInputElement>;
}

/** Says which Rollouts are looked for. */
export function Filters({ search, rollouts, field }: FiltersProps) {
  const change = (difference: Partial<Search>): void => {
    search.value = { ...search.value, ...difference };
  };
  const phases = phaseCounts(rollouts.values()).map(countedPhase);
  return (
    <form class="filters" role="search" onSubmit={stay}>
      <label>
        Search (key /)
        <input
          ref={field}
          type="search"
          value={search.value.text}
          onInput={(event) => {
            change({ text: event.currentTarget.value });
          }}
        />
      </label>
      <Choice
        label="Phase"
        value={search.value.phase}
        choices={phases}
        onChoose={(value) => {
          change({ phase: PHASES.find((one) => one === value) ?? '' });
        }}
      />
      <Places search={search} rollouts={rollouts} change={change} />
    </form>
  );
}

interface PlacesProps extends Omit<FiltersProps, 'field'> {
  readonly change: (difference: Partial<Search>) => void;
}

/** Where Rollouts may be, as far as there is a choice. */
function Places({ search, rollouts, change }: PlacesProps) {
  const namespaces = namespacesOf(rollouts.values());
  const clusters = clustersOf(rollouts.values());
  return (
    <>
      {namespaces.length > 0 && (
        <Choice
          label="Namespace"
          value={search.value.namespace}
          choices={namespaces.map((value) => ({ value, words: value }))}
          onChoose={(value) => {
            change({ namespace: value });
          }}
        />
      )}
      {clusters.length > 1 && (
        <Choice
          label="Cluster"
          value={search.value.cluster}
          choices={clusters.map((value) => ({ value, words: value }))}
          onChoose={(value) => {
            change({ cluster: value });
          }}
        />
      )}
    </>
  );
}

function countedPhase([value, count]: ReturnType<typeof phaseCounts>[number]) {
  return { value, words: `${phaseWords(value)} (${count})` };
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly choices: readonly { readonly value: string; readonly words: string }[];
  readonly onChoose: (value: string) => void;
}

function Choice({ label, value, choices, onChoose }: ChoiceProps) {
  return (
    <label>
      {label}
      <select
        value={value}
        onChange={(event) => {
          onChoose(event.currentTarget.value);
        }}
      >
        <option value="">All</option>
        {choices.map((one) => (
          <option key={one.value} value={one.value}>
            {one.words}
          </option>
        ))}
      </select>
    </label>
  );
}

/** What is looked for is shown at once; there is nothing to send. */
function stay(event: Event): void {
  event.preventDefault();
}
