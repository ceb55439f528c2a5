import './style/base.css';
import './style/frame.css';
import './style/overview.css';
import './style/rollout.css';
import { render } from 'preact';
import { LiveProvider } from './live/context.ts';
import { Live } from './live/live.ts';
import { Place, PlaceProvider } from './live/place.ts';
import { Theme } from './live/theme.ts';
import { App } from './pages/app.tsx';
import { loadPlots } from './panels/parts/plot.ts';

const live = new Live();
void live.begin();
render(
  <LiveProvider value={live}>
    <PlaceProvider value={new Place()}>
      <App theme={new Theme()} />
    </PlaceProvider>
  </LiveProvider>,
  document.body,
);
// Now, since later its server may be gone, or of another version. Whoever needs it in vain says so.
loadPlots().catch(() => undefined);
