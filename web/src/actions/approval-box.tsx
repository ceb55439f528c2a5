import { useSignal } from '@preact/signals';
import { ENDPOINTS, formatDuration } from '../../../src/client/browser.ts';
import type { RolloutView } from '../../../src/client/index.ts';
import { useLive } from '../live/context.ts';
import { approvalOf, hasSay } from '../live/permission.ts';
import { Dialog } from './dialog.tsx';
import { DialogField } from './fields.tsx';

type Answer = 'Approve' | 'Reject';

const MEANINGS: Readonly<Record<Answer, string>> = {
  Approve: 'You say yes. The release goes on once enough have.',
  Reject: 'You say no. The release is aborted, and all traffic goes back to the stable version.',
};

/** A gate that waits for people: yes and no for who has a say, and for everybody else whose word is waited for. */
export function ApprovalBox({ rollout }: { rollout: RolloutView }) {
  const live = useLive();
  const approval = approvalOf(rollout);
  if (approval === undefined) return null;
  const { gate, by, forMs } = approval;
  return (
    <section class="card gate" aria-labelledby="gate-title">
      <h2 id="gate-title">The gate {gate} waits for approval</h2>
      <p>
        By {by.join(', ')}; since {formatDuration(Math.round(forMs / 1_000) * 1_000)}.
      </p>
      {hasSay(live.sessionFor(rollout), approval, rollout.name) ? (
        <Answers rollout={rollout} gate={gate} />
      ) : (
        <p class="quiet">You have no say in it.</p>
      )}
    </section>
  );
}

function Answers({ rollout, gate }: { rollout: RolloutView; gate: string }) {
  const { ask } = useLive();
  const opened = useSignal<Answer | undefined>(undefined);
  const { name } = rollout;
  const answer = opened.value;
  return (
    <div class="actions">
      <button type="button" class="main" onClick={() => (opened.value = 'Approve')}>
        Approve
      </button>
      <button type="button" class="danger" onClick={() => (opened.value = 'Reject')}>
        Reject
      </button>
      {answer !== undefined && (
        <Dialog
          title={`${answer} at ${gate}: ${name}`}
          meaning={MEANINGS[answer]}
          confirm={answer}
          isDangerous={answer === 'Reject'}
          onConfirm={({ comment = '' }) => {
            const more = comment === '' ? {} : { comment };
            return ask(ENDPOINTS.approve, {
              about: rollout,
              body: { gate, reject: answer === 'Reject', ...more },
            });
          }}
          onClose={() => (opened.value = undefined)}
        >
          <DialogField field={{ kind: 'text', name: 'comment', label: 'Comment' }} rollout={rollout} />
        </Dialog>
      )}
    </div>
  );
}
