import type { ComponentChildren } from 'preact';
import { usePlace } from '../live/place.ts';

interface LinkProps {
  /** A path of the dashboard. */
  readonly to: string;
  readonly class?: string;
  readonly tabIndex?: number;
  readonly children: ComponentChildren;
}

/** A link within the dashboard: nothing is loaded, unless the reader wants it in another tab. */
export function Link({ to, children, ...more }: LinkProps) {
  const place = usePlace();
  return (
    <a
      href={to}
      {...more}
      onClick={(event) => {
        if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
        event.preventDefault();
        place.go(to);
      }}
    >
      {children}
    </a>
  );
}
