import { useSignal } from '@preact/signals';
import { counted, effectWords, fractionOfLimit } from '../../../../src/client/browser.ts';
import type { CheckJudgement, Strength } from '../../../../src/analysis/judgement.ts';
import { effectBar, type Margins } from '../numbers/effect-scale.ts';
import { useDesk } from '../release/desk-context.tsx';
import { Bar } from './bar.tsx';
import { Chart } from './chart.tsx';
import { EffectPicture } from './effect-picture.tsx';
import { VerdictMark } from './verdict-mark.tsx';

/** One check: what it says and why, how much of the evidence that decides is there, and how large the effect is. */
export function CheckEvidence({ check, margins }: { check: CheckJudgement; margins: Margins }) {
  const { name, verdict, reason, harm, safe, effect, label, samples } = check;
  const named = `${name}: `;
  return (
    <article class="check" aria-label={`Check ${name}`}>
      <h3>
        {name} <VerdictMark verdict={verdict} />
        {label !== undefined && <span class="quiet"> {label}</span>}
      </h3>
      <p>{reason.startsWith(named) ? reason.slice(named.length) : reason}</p>
      {harm !== undefined && <StrengthBar strength={harm} what="harm" towards="what stops the release" />}
      {safe !== undefined && <StrengthBar strength={safe} what="safe" towards="what proves it safe" />}
      {effect !== undefined && <EffectPicture bar={effectBar(effect, margins)} margins={margins} />}
      {effectWords(check).map((words) => (
        <p key={words}>{words}</p>
      ))}
      <p class="quiet">{counted(samples, 'sample')} of the candidate in this step</p>
      <OverTime name={name} />
    </article>
  );
}

function StrengthBar(props: { strength: Strength; what: 'harm' | 'safe'; towards: string }) {
  const part = fractionOfLimit(props.strength);
  return (
    <p class="strength">
      <Bar part={part} of={props.what} />
      Evidence of {props.what === 'harm' ? 'harm' : 'safety'}: {Math.floor(part * 100)} % of {props.towards}
    </p>
  );
}

/** The same over time; drawn for whoever opens it. */
function OverTime({ name }: { name: string }) {
  const isOpen = useSignal(false);
  const { reading } = useDesk();
  const lines = reading.value?.recorded.evidence.get(name);
  if (lines === undefined) return null;
  return (
    <details onToggle={(event) => (isOpen.value = event.currentTarget.open)}>
      <summary>Evidence of {name} over time</summary>
      {isOpen.value && (
        <Chart
          title={`Evidence of ${name}, in percent of what decides`}
          parts={[lines]}
          version={lines.length}
          names={lines.names}
          written={(value) => `${value.toFixed(0)} %`}
          limit={{ at: 100, title: 'where it decides' }}
        />
      )}
    </details>
  );
}
