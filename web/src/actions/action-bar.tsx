import { useSignal } from '@preact/signals';
import type { RolloutView } from '../../../src/client/index.ts';
import { useLive } from '../live/context.ts';
import { may } from '../live/permission.ts';
import { ACTIONS, type Action } from './action.ts';
import { Dialog } from './dialog.tsx';
import { DialogField } from './fields.tsx';

/** What can be done to a Rollout now, by who may. */
export function ActionBar({ rollout }: { rollout: RolloutView }) {
  const live = useLive();
  const opened = useSignal<Action | undefined>(undefined);
  const said = useSignal('');
  if (!may(live.sessionFor(rollout), 'operator', rollout.name)) return null;
  const open = (action: Action | undefined): void => {
    opened.value = action;
  };
  return (
    <section class="card" aria-labelledby="actions-title">
      <h2 id="actions-title">Actions</h2>
      <Buttons rollout={rollout} onOpen={open} />
      {rollout.namespace !== undefined && (
        <p class="quiet">
          How many pods there are, its Deployment says: <code>kubectl scale</code> changes that.
        </p>
      )}
      <p role="status">{said}</p>
      {opened.value !== undefined && (
        <ActionDialog
          action={opened.value}
          rollout={rollout}
          onDone={(words) => (said.value = words)}
          onClose={() => {
            open(undefined);
          }}
        />
      )}
    </section>
  );
}

function Buttons({ rollout, onOpen }: { rollout: RolloutView; onOpen: (action: Action) => void }) {
  return (
    <div class="actions">
      {ACTIONS.filter(({ isOffered }) => isOffered(rollout)).map((action) => (
        <button
          key={action.id}
          type="button"
          {...(action.isDangerous === true ? { class: 'danger' } : {})}
          onClick={() => {
            onOpen(action);
          }}
        >
          {action.label}
        </button>
      ))}
    </div>
  );
}

interface ActionDialogProps {
  readonly action: Action;
  readonly rollout: RolloutView;
  readonly onDone: (words: string) => void;
  readonly onClose: () => void;
}

function ActionDialog({ action, rollout, onDone, onClose }: ActionDialogProps) {
  const { ask } = useLive();
  return (
    <Dialog
      title={`${action.label}: ${rollout.name}`}
      meaning={action.meaning}
      confirm={action.label}
      isDangerous={action.isDangerous === true}
      onConfirm={async (written) => {
        const now = await action.run(ask, rollout, written);
        onDone(`Asked for: ${action.label.toLowerCase()}.`);
        return now;
      }}
      onClose={onClose}
    >
      {action.field !== undefined && <DialogField field={action.field} rollout={rollout} />}
    </Dialog>
  );
}
