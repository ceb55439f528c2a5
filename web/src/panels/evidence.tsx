import { percent } from '../../../src/client/browser.ts';
import type { Judgement } from '../../../src/analysis/judgement.ts';
import type { RolloutView } from '../../../src/client/index.ts';
import { marginsIn } from './numbers/margins.ts';
import type { Panel } from './panel.ts';
import { CheckEvidence } from './parts/check-evidence.tsx';
import { Differences } from './parts/differences.tsx';
import { Experiment } from './parts/experiment.tsx';
import { ReleaseChoice } from './parts/release-choice.tsx';
import { VerdictMark } from './parts/verdict-mark.tsx';
import { useDesk } from './release/desk-context.tsx';

/** What each check says of the release, and how sure it is. */
export const EVIDENCE: Panel = {
  id: 'evidence',
  title: 'Evidence',
  isFor: ({ release, lastOutcome }) => release !== undefined || lastOutcome !== undefined,
  Body: EvidenceBody,
};

function EvidenceBody({ rollout }: { rollout: RolloutView }) {
  const release = useDesk().shown.value;
  const { judgement, experiment, differences } = release ?? {};
  return (
    <>
      <ReleaseChoice />
      {judgement === undefined && experiment === undefined && <p>Nothing was judged in this release.</p>}
      {judgement !== undefined && <Judged judgement={judgement} rollout={rollout} />}
      {release !== undefined && experiment !== undefined && (
        <Experiment judged={experiment} plan={release.plan} />
      )}
      {differences !== undefined && <Differences differences={differences} />}
    </>
  );
}

function Judged({ judgement, rollout }: { judgement: Judgement; rollout: RolloutView }) {
  const margins = marginsIn(rollout.document);
  return (
    <>
      <p>
        <VerdictMark verdict={judgement.verdict} /> {judgement.reason}
      </p>
      <ul class="checks">
        {judgement.checks.map((check) => (
          <li key={check.name}>
            <CheckEvidence check={check} margins={margins.get(check.name) ?? {}} />
          </li>
        ))}
      </ul>
      {togetherWords(judgement).map((words) => (
        <p key={words}>{words}</p>
      ))}
    </>
  );
}

/** What no single check says: the score, and whether traffic is divided as planned. */
function togetherWords({ score, assignment }: Judgement): readonly string[] {
  const { logE = 0, logLimit = 1 } = assignment?.mismatch ?? {};
  return [
    ...(score === undefined ? [] : [`Score ${score.score}, ${score.classification}: ${score.reason}`]),
    ...(assignment === undefined || logE < logLimit
      ? []
      : [
          `Traffic is not divided as planned: the candidate gets ${percent(assignment.share)} where ${percent(assignment.planned)} is planned.`,
        ]),
  ];
}
