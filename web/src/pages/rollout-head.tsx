import { counted, formatDuration, OUTCOME_WORDS } from '../../../src/client/browser.ts';
import type { ReleaseView, RolloutView } from '../../../src/client/index.ts';
import { PageTitle } from '../parts/page-title.tsx';
import { PhaseMark, phaseWords } from '../parts/phase-mark.tsx';
import { SplitBar } from '../parts/split-bar.tsx';
import { StepList } from '../parts/step-list.tsx';

/** What a Rollout is at: its phase, how traffic is divided, and where its release stands. */
export function RolloutHead({ rollout }: { rollout: RolloutView }) {
  const { name, phase, message, release, lastOutcome } = rollout;
  return (
    <section class="card head" aria-label={`State of ${name}`}>
      <div class="title">
        <PageTitle text={name} state={phaseWords(phase)} />
        <PhaseMark phase={phase} />
      </div>
      <p>{message}</p>
      <SplitBar rollout={rollout} />
      <Facts rollout={rollout} />
      {release !== undefined && <Release release={release} message={message} />}
      {release === undefined && lastOutcome !== undefined && (
        <p>
          Release {lastOutcome.release} was <strong>{OUTCOME_WORDS[lastOutcome.outcome]}</strong>:{' '}
          {lastOutcome.reason}
        </p>
      )}
    </section>
  );
}

function Facts({ rollout }: { rollout: RolloutView }) {
  const { address, stable, strategy, replicas, group, release, namespace, cluster } = rollout;
  return (
    <dl class="head-facts">
      {namespace !== undefined && <Fact word="Namespace">{namespace}</Fact>}
      {cluster !== undefined && <Fact word="Cluster">{cluster}</Fact>}
      {address !== undefined && (
        <Fact word="Address">
          <a href={address} rel="noreferrer">
            {address}
          </a>
        </Fact>
      )}
      {stable !== undefined && (
        <Fact word="Stable">
          <code>{stable}</code>
        </Fact>
      )}
      {release !== undefined && (
        <Fact word={`Release ${release.number} to`}>
          <code>{release.to}</code>
        </Fact>
      )}
      <Fact word="Strategy">{strategy}</Fact>
      <Fact word="Size">{counted(replicas, 'replica')}</Fact>
      {group !== undefined && <Fact word="Group">{group.name}</Fact>}
    </dl>
  );
}

function Fact({ word, children }: { word: string; children: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{word}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Release({ release, message }: { release: ReleaseView; message: string }) {
  const { goingBack, judgement, ageMs, deadlineMs } = release;
  return (
    <>
      {goingBack !== undefined && (
        <p>
          It goes back and will be <strong>{OUTCOME_WORDS[goingBack.outcome]}</strong>: {goingBack.reason}
        </p>
      )}
      {judgement !== undefined && goingBack === undefined && (
        <p>
          Verdict: <strong>{judgement.verdict}</strong>.{' '}
          {message.startsWith(judgement.reason) ? '' : judgement.reason}
        </p>
      )}
      <p class="quiet figures">
        {formatDuration(inSeconds(ageMs))} old; it ends within {formatDuration(inSeconds(deadlineMs))}.
      </p>
      <StepList release={release} />
    </>
  );
}

function inSeconds(ms: number): number {
  return Math.round(ms / 1_000) * 1_000;
}
