import { useSignal } from '@preact/signals';
import { useLive } from '../live/context.ts';
import { namespacesIn } from '../live/scope.ts';
import { Problem } from '../parts/problem.tsx';

/** For somebody who may not see the Rollouts of all namespaces: says which are looked at. */
export function Namespaces() {
  const live = useLive();
  const thrown = useSignal<unknown>(undefined);
  const scope = live.scope.value;
  const show = async (form: HTMLFormElement): Promise<void> => {
    const written = new FormData(form).get('namespaces');
    thrown.value = undefined;
    try {
      await live.lookAt(namespacesIn(typeof written === 'string' ? written : ''));
    } catch (cause) {
      thrown.value = cause;
    }
  };
  return (
    <form
      class="card"
      onSubmit={(event) => {
        event.preventDefault();
        void show(event.currentTarget);
      }}
    >
      {scope.kind === 'unnamed' && (
        <p>Your account may not see the Rollouts of all namespaces. Name those where it may:</p>
      )}
      <div class="filters">
        <Names given={scope.kind === 'some' ? scope.namespaces : []} />
        <button type="submit" class="main">
          Show
        </button>
      </div>
      <Problem thrown={thrown.value} />
    </form>
  );
}

function Names({ given }: { readonly given: readonly string[] }) {
  return (
    <label>
      Namespaces, with commas between
      <input
        name="namespaces"
        type="text"
        autocomplete="off"
        spellcheck={false}
        defaultValue={given.join(', ')}
      />
    </label>
  );
}
