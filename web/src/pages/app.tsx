import { unreachable } from '../../../src/client/browser.ts';
import { useLive } from '../live/context.ts';
import { keyOf } from '../live/named.ts';
import { usePlace, type Page } from '../live/place.ts';
import type { Theme } from '../live/theme.ts';
import { ConnectionNotice } from '../parts/connection-notice.tsx';
import { Link } from '../parts/link.tsx';
import { PageTitle } from '../parts/page-title.tsx';
import { ThemeButton } from '../parts/theme-button.tsx';
import { LoginPage } from './login.tsx';
import { OverviewPage } from './overview.tsx';
import { RolloutPage } from './rollout.tsx';
import { Who } from './who.tsx';

/** Everything: who is not logged in sees how to, and nothing else. */
export function App({ theme }: { theme: Theme }) {
  const live = useLive();
  const place = usePlace();
  return (
    <>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <header>
        <Link to="/" class="brand">
          coalmine
        </Link>
        <ThemeButton theme={theme} />
        <Who />
      </header>
      <ConnectionNotice />
      <main id="main" tabIndex={-1}>
        {live.session.value.kind === 'in' && pageOf(place.page.value)}
        {live.session.value.kind === 'out' && <LoginPage />}
        {live.session.value.kind === 'unknown' && <p role="status">Asking coalmine…</p>}
      </main>
    </>
  );
}

function pageOf(page: Page) {
  switch (page.kind) {
    case 'overview':
      return <OverviewPage />;
    case 'rollout':
      return <RolloutPage key={keyOf(page)} named={page} />;
    case 'nowhere':
      return <Nowhere />;
    default:
      return unreachable(page);
  }
}

function Nowhere() {
  return (
    <>
      <PageTitle text="There is nothing here" />
      <p>
        <Link to="/">All Rollouts</Link>
      </p>
    </>
  );
}
