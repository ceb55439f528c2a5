import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { RolloutView } from '../../../src/client/index.ts';
import { useLive } from '../live/context.ts';
import { Problem } from '../parts/problem.tsx';
import type { Written } from './action.ts';

interface DialogProps {
  readonly title: string;
  readonly meaning: string;
  /** On the button that confirms. */
  readonly confirm: string;
  readonly isDangerous: boolean;
  /** Its fields. */
  readonly children?: ComponentChildren;
  /** Does it, and answers what the Rollout is like then; what it throws is shown, and the dialog stays open. */
  readonly onConfirm: (written: Written) => Promise<RolloutView>;
  /** It is closed: done, or left. */
  readonly onClose: () => void;
}

/** Asks once more before something is done, and shows what comes of it. Who leaves is back where he was. */
export function Dialog({ title, meaning, confirm, isDangerous, children, onConfirm, onClose }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  const close = (): void => {
    dialog.current?.close();
  };
  const { isBusy, thrown, send } = useSending(onConfirm, close);
  return (
    <dialog ref={dialog} aria-labelledby="dialog-title" aria-describedby="dialog-meaning" onClose={onClose}>
      <form aria-busy={isBusy} onSubmit={send}>
        <h2 id="dialog-title">{title}</h2>
        <p id="dialog-meaning">{meaning}</p>
        {children}
        <Problem thrown={thrown} />
        <div class="actions">
          <button type="submit" class={isDangerous ? 'danger' : 'main'} disabled={isBusy}>
            {isBusy ? 'Asking…' : confirm}
          </button>
          <button type="button" onClick={close}>
            Cancel
          </button>
        </div>
      </form>
    </dialog>
  );
}

/** Sends what is written, once at a time. */
function useSending(onConfirm: DialogProps['onConfirm'], close: () => void) {
  const live = useLive();
  const isBusy = useSignal(false);
  const thrown = useSignal<unknown>(undefined);
  const send = async (form: HTMLFormElement): Promise<void> => {
    if (isBusy.value) return;
    isBusy.value = true;
    thrown.value = undefined;
    try {
      const rollout = await onConfirm(writtenIn(form));
      close();
      live.hear(rollout);
      requestAnimationFrame(keepFocus);
    } catch (cause) {
      thrown.value = cause;
    } finally {
      isBusy.value = false;
    }
  };
  return {
    isBusy: isBusy.value,
    thrown: thrown.value,
    send: (event: SubmitEvent & { readonly currentTarget: HTMLFormElement }) => {
      event.preventDefault();
      void send(event.currentTarget);
    },
  };
}

/** The button that the reader came from may be gone with what it did. */
function keepFocus(): void {
  if (document.activeElement === document.body) document.getElementById('main')?.focus();
}

function writtenIn(form: HTMLFormElement): Written {
  const pairs = [...new FormData(form)].flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value.trim()] as const] : [],
  );
  return Object.fromEntries(pairs);
}
