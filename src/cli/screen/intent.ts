import type { RolloutView, SteerRequest } from '../../api/resources.ts';

/** What a key asks for. */
export type Intent =
  | { readonly kind: 'quit' }
  | { readonly kind: 'suspend' }
  | { readonly kind: 'repaint' }
  | { readonly kind: 'logs'; readonly name: string; readonly on: boolean }
  | { readonly kind: 'approve'; readonly name: string; readonly gate?: string }
  | { readonly kind: 'steer'; readonly name: string; readonly request: SteerRequest };

/** What steers a release, and what cannot be taken back: that is asked about first. */
type Steers = (view: RolloutView) => { readonly intent: Intent; readonly question?: string };

/** What each key does to the Rollout at hand. */
export const STEERING: ReadonlyMap<string, Steers> = new Map<string, Steers>([
  ['p', ({ name }) => ({ intent: { kind: 'steer', name, request: { verb: 'promote' } } })],
  [
    'P',
    ({ name }) => ({
      intent: { kind: 'steer', name, request: { verb: 'promote', full: true } },
      question: `skip all steps of ${name} that are left?`,
    }),
  ],
  [
    ' ',
    ({ name, release }) => ({
      intent: { kind: 'steer', name, request: { verb: release?.paused === true ? 'resume' : 'pause' } },
    }),
  ],
  [
    'a',
    ({ name }) => ({
      intent: { kind: 'steer', name, request: { verb: 'abort', reason: 'from the terminal' } },
      question: `abort the release of ${name} and go back?`,
    }),
  ],
  ['A', ({ name, release }) => ({ intent: { kind: 'approve', name, ...gateOf(release) } })],
  [
    'u',
    ({ name }) => ({
      intent: { kind: 'steer', name, request: { verb: 'undo' } },
      question: `go back to the version that served before this one of ${name}?`,
    }),
  ],
]);

/** The gate that was seen: should the release stand at another by now, that is not the one that was meant. */
function gateOf(release: RolloutView['release']): { readonly gate?: string } {
  return release?.held?.kind === 'gate' ? { gate: release.held.name } : {};
}

/** What is about to be done, in words. */
export function wordsOf(intent: Intent): string {
  if (intent.kind === 'approve') return `approve ${intent.gate ?? 'the gate'} of ${intent.name}`;
  if (intent.kind !== 'steer') return intent.kind;
  const { request, name } = intent;
  return `${request.verb}${request.verb === 'promote' && request.full === true ? ' fully' : ''} ${name}`;
}
