import { useEffect, useRef } from 'preact/hooks';
import { usePlace } from '../live/place.ts';

/** The heading of a page, which is where a reader is put who has come to it by a link; `state` goes into the tab alone. */
export function PageTitle({ text, state }: { text: string; state?: string }) {
  const place = usePlace();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (place.hasMoved) heading.current?.focus({ preventScroll: true });
  }, [place]);
  useEffect(() => {
    document.title = [text, ...(state === undefined ? [] : [state]), 'coalmine'].join(' · ');
  }, [text, state]);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {text}
    </h1>
  );
}
