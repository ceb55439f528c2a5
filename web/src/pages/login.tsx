import { useSignal } from '@preact/signals';
import { useLive } from '../live/context.ts';
import { PageTitle } from '../parts/page-title.tsx';
import { Problem } from '../parts/problem.tsx';

/** Says how to get in: by a link that coalmine prints, or by a token. */
export function LoginPage() {
  const live = useLive();
  const thrown = useSignal<unknown>(undefined);
  const logIn = async (form: HTMLFormElement): Promise<void> => {
    const token = new FormData(form).get('token');
    thrown.value = undefined;
    try {
      await live.logIn(typeof token === 'string' ? token.trim() : '');
    } catch (cause) {
      thrown.value = cause;
    }
  };
  return (
    <section class="card login">
      <PageTitle text="Log in" />
      {live.isOfCluster ? <WithAccount /> : <WithLink />}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void logIn(event.currentTarget);
        }}
      >
        <label>
          Token
          <input name="token" type="password" autocomplete="current-password" required />
        </label>
        <Problem thrown={thrown.value} />
        <div>
          <button type="submit" class="main">
            Log in
          </button>
        </div>
      </form>
    </section>
  );
}

function WithLink() {
  return (
    <p>
      On the machine that coalmine runs on, <code>coalmine dashboard</code> prints a link that lets you in. Or
      use a token, as <code>coalmine token create</code> makes them:
    </p>
  );
}

function WithAccount() {
  return (
    <p>
      Use the token of an account of this cluster, as <code>kubectl create token NAME</code> makes it. You see
      and do here what the roles of that account let it, and for as long as the token lasts:
    </p>
  );
}
