import { useSignal } from '@preact/signals';
import { useLive } from '../live/context.ts';
import { Problem } from '../parts/problem.tsx';

/** Who is logged in, and the way out. */
export function Who() {
  const live = useLive();
  const thrown = useSignal<unknown>(undefined);
  const session = live.session.value;
  if (session.kind !== 'in') return null;
  const { name, role } = session.who;
  return (
    <>
      <span class="quiet">{live.isOfCluster ? name : `${name}, ${role}`}</span>
      <button
        type="button"
        onClick={() => {
          live.logOut().catch((cause: unknown) => (thrown.value = cause));
        }}
      >
        Log out
      </button>
      <Problem thrown={thrown.value} />
    </>
  );
}
