import { useComputed, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { RolloutView } from '../../../src/client/index.ts';
import { useLive } from '../live/context.ts';
import { EVERYTHING, found, type Search } from '../live/overview.ts';
import { keyOf } from '../live/named.ts';
import { rolloutPath, usePlace } from '../live/place.ts';
import type { Scope } from '../live/scope.ts';
import { PageTitle } from '../parts/page-title.tsx';
import { RolloutList } from '../parts/rollout-list.tsx';
import { Filters } from './filters.tsx';
import { foundWords } from './found-words.ts';
import { isCommand, rowAfter } from './list-keys.ts';
import { Namespaces } from './namespaces.tsx';

/** All Rollouts, those that need a person first. */
export function OverviewPage() {
  const { known, connection, scope, isOfCluster } = useLive();
  const search = useSignal<Search>(EVERYTHING);
  const shown = useComputed(() => found(known.value.rollouts.values(), search.value));
  const { field, list, current, onKeyDown } = useListKeys(() => shown.value);
  const { size } = known.value.rollouts;
  const isAsking = connection.value.kind === 'connecting';
  const { kind } = scope.value;
  return (
    <div class="overview" onKeyDown={onKeyDown}>
      <PageTitle text="Rollouts" />
      {kind !== 'all' && <Namespaces />}
      <Filters search={search} rollouts={known.value.rollouts} field={field} />
      <p role="status" class="quiet">
        {isAsking
          ? askingWords(kind)
          : foundWords({ shown: shown.value.length, all: size, search: search.value, isOfCluster })}
      </p>
      {shown.value.length < size && (
        <p>
          <button type="button" onClick={() => (search.value = EVERYTHING)}>
            Show all
          </button>
        </p>
      )}
      <div ref={list}>
        <RolloutList rollouts={shown.value} current={current.value} />
      </div>
    </div>
  );
}

/** The keyboard: `/` goes to the search, arrows through the rows, Enter into one; from the search into the first. */
function useListKeys(shown: () => readonly RolloutView[]) {
  const place = usePlace();
  const field = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const current = useSignal<string | undefined>(undefined);
  useEffect(() => {
    const find = (event: KeyboardEvent): void => {
      if (!isCommand(event, '/')) return;
      event.preventDefault();
      field.current?.focus();
    };
    addEventListener('keydown', find);
    return () => {
      removeEventListener('keydown', find);
    };
  }, []);
  const go = (to: number): void => {
    const there = shown()[to];
    current.value = there === undefined ? undefined : keyOf(there);
    if (to < 0) field.current?.focus();
    else requestAnimationFrame(() => list.current?.querySelector<HTMLElement>('[tabindex="0"]')?.focus());
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const isInField = event.target === field.current;
    if (!isInField && !isWithin(list.current, event.target)) return;
    const [first] = shown();
    if (isInField && event.key === 'Enter' && first !== undefined) place.go(rolloutPath(first));
    const at = isInField
      ? -1
      : Math.max(
          0,
          shown().findIndex((one) => keyOf(one) === current.value),
        );
    const to = rowAfter(shown().length, at, event);
    if (to === undefined) return;
    event.preventDefault();
    go(to);
  };
  return { field, list, current, onKeyDown };
}

function isWithin(element: Element | null, target: EventTarget | null): boolean {
  return element !== null && target instanceof Node && element.contains(target);
}

function askingWords(kind: Scope['kind']): string {
  return kind === 'unnamed' ? 'No namespace is named yet.' : 'Asking for Rollouts…';
}
