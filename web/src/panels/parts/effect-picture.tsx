import type { EffectBar, Margins } from '../numbers/effect-scale.ts';

/** An effect beside its limits: a point in its interval, a line where harm begins. Words beside it say the same. */
export function EffectPicture({ bar, margins }: { bar: EffectBar; margins: Margins }) {
  const { same, low, high, estimate, limit, safe, isOpen } = bar;
  return (
    <div class="effect">
      <svg width="100%" height="28" aria-hidden="true">
        {limit !== undefined && <rect class="effect-harm" {...harmArea(limit, same)} y="0" height="28" />}
        <line class="effect-same" x1={at(same)} x2={at(same)} y1="0" y2="28" />
        {limit !== undefined && <line class="effect-limit" x1={at(limit)} x2={at(limit)} y1="0" y2="28" />}
        {safe !== undefined && <line class="effect-safe" x1={at(safe)} x2={at(safe)} y1="0" y2="28" />}
        <line class="effect-interval" x1={at(low)} x2={at(high)} y1="14" y2="14" />
        <line class="effect-interval" x1={at(low)} x2={at(low)} y1="8" y2="20" />
        {!isOpen && <line class="effect-interval" x1={at(high)} x2={at(high)} y1="8" y2="20" />}
        {estimate !== undefined && <circle class="effect-point" cx={at(estimate)} cy="14" r="5" />}
      </svg>
      <p class="quiet">{scaleWords(bar, margins)}</p>
    </div>
  );
}

function at(place: number): string {
  return `${place * 100}%`;
}

/** Harm lies on the far side of the limit, seen from stable. */
function harmArea(limit: number, same: number): { readonly x: string; readonly width: string } {
  return limit >= same ? { x: at(limit), width: at(1 - limit) } : { x: '0%', width: at(limit) };
}

function scaleWords({ estimate, isOpen }: EffectBar, { limit, safe }: Margins): string {
  return [
    'thin line: as on stable',
    ...(limit === undefined ? [] : [`thick line: harm begins at ×${ratio(limit)}`]),
    ...(safe === undefined ? [] : [`dashed line: safe on this side of ×${ratio(safe)}`]),
    ...(estimate === undefined ? [] : ['point: the estimate']),
    isOpen ? 'the interval goes on beyond the right edge' : 'between the ends: the 95 % interval',
  ].join(' · ');
}

function ratio(value: number): string {
  return String(Number(value.toPrecision(3)));
}
