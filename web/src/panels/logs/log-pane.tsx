import { useEffect, useRef } from 'preact/hooks';
import type { LogFilter, ShownLine } from './log-buffer.ts';
import type { LogReader } from './log-reader.ts';

/** Lines on the page at once. */
const MOST_SHOWN = 500;
/** So near to the end counts as there, in pixels. */
const NEAR = 40;

interface LogPaneProps {
  readonly reader: LogReader;
  readonly filter: LogFilter;
  /** The last line that is shown; undefined: the newest. */
  readonly until: number | undefined;
  /** The track of each revision. */
  readonly tracks: ReadonlyMap<string, string>;
}

/** Lines of log that stay at their end while the reader is there. Each is text, whatever is in it. */
export function LogPane({ reader, filter, until, tracks }: LogPaneProps) {
  const pane = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  const lines = reader.shown.value === 0 ? [] : reader.buffer.newest(MOST_SHOWN, filter, until);
  const last = lines.at(-1)?.id;
  useEffect(() => {
    if (isAtEnd.current && pane.current !== null) pane.current.scrollTop = pane.current.scrollHeight;
  }, [last, filter.text]);
  const title = filter.of === undefined ? 'Logs of all tracks' : `Logs of ${writerWords(filter.of, tracks)}`;
  return (
    <div
      ref={pane}
      class="log"
      role="region"
      aria-label={title}
      tabIndex={0}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        isAtEnd.current = scrollHeight - scrollTop - clientHeight < NEAR;
      }}
    >
      {filter.of !== undefined && <p class="quiet">{writerWords(filter.of, tracks)}</p>}
      {lines.length === 0 && <p class="quiet">No line yet.</p>}
      {lines.map((line) => (
        <Line key={line.id} line={line} tracks={tracks} isNamed={filter.of === undefined} />
      ))}
    </div>
  );
}

function Line(props: { line: ShownLine; tracks: ReadonlyMap<string, string>; isNamed: boolean }) {
  const { of, instance, text } = props.line;
  return (
    <p class="log-line">
      {props.isNamed && (
        <span class="quiet">
          {writerWords(of, props.tracks)}
          {instance === undefined ? '' : ` ${instance}`}{' '}
        </span>
      )}
      <bdi>{text}</bdi>
    </p>
  );
}

function writerWords(of: string, tracks: ReadonlyMap<string, string>): string {
  const track = tracks.get(of);
  return track === undefined ? of : `${track} ${of}`;
}
