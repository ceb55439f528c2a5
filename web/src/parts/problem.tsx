import { Failure, messageOf, problemText } from '../../../src/client/browser.ts';

/** What went wrong, where, and what to do about it; read aloud when it appears. */
export function Problem({ thrown }: { thrown: unknown }) {
  if (thrown === undefined) return <p role="alert" class="problem" />;
  const failure = thrown instanceof Failure ? thrown : undefined;
  return (
    <div role="alert" class="problem">
      {messageOf(thrown)}
      {failure?.problems.map((problem) => (
        <span class="hint" key={problem.path}>
          {problemText(problem)}
        </span>
      ))}
      {failure?.hint !== undefined && <span class="hint">{failure.hint}</span>}
    </div>
  );
}
