import type { Strategy } from '../rollout/model.ts';
import { UNBUILT } from '../rollout/support.ts';

/** Every strategy there is a word for. */
export type StrategyName = Strategy['kind'];

/** What there is to know of a strategy before it is chosen. */
export interface Explanation {
  readonly name: StrategyName;
  /** False: the word is known, and this version refuses it. */
  readonly isBuilt: boolean;
  readonly summary: string;
  readonly goodFor: string;
  readonly pros: readonly string[];
  readonly cons: readonly string[];
  readonly cost: string;
  readonly needs: string;
  readonly wayBack: string;
  /** As it is written in a Rollout. */
  readonly example: string;
}

const EXPLANATIONS: readonly Omit<Explanation, 'isBuilt'>[] = [
  {
    name: 'recreate',
    summary: 'The old version stops, then the new one starts.',
    goodFor: 'programs of which only one version may run: a schema that both cannot share, a lock',
    pros: ['never two versions at once', 'no more replicas than usual', 'works with anything'],
    cons: ['a gap in which nobody serves', 'all users meet the new version at once', 'nothing is judged'],
    cost: 'no more replicas than usual; the time both take to stop and start',
    needs: 'nothing',
    wayBack: 'the same again, with the same gap',
    example: 'recreate: {}',
  },
  {
    name: 'ramped',
    summary: 'Replicas are replaced a few at a time, and traffic follows them.',
    goodFor: 'the everyday release of something with several replicas, where capacity is dear',
    pros: ['few replicas more than usual', 'works with and without traffic', 'can stop at a partition'],
    cons: [
      'how many users meet it depends on the replicas: of four, 25 % at once',
      'the way back takes as long as the way there',
    ],
    cost: 'up to `maxSurge` replicas more, a quarter unless said otherwise',
    needs: 'two versions that can run side by side',
    wayBack: 'by the same steps in reverse, within the same bounds',
    example: 'ramped: { maxSurge: 25%, maxUnavailable: 0 }',
  },
  {
    name: 'blueGreen',
    summary: 'A second, complete set of replicas gets all traffic in one change of the route.',
    goodFor: 'releases that must not be mixed for long, with a way back that waits for nothing',
    pros: [
      'no user meets both versions in turn',
      'the way back is one change of the route, also for a while after the promotion',
    ],
    cons: ['all users meet the new version at once', 'nothing can be compared at the same time'],
    cost: 'twice the replicas, for as long as it bakes and the old version is kept',
    needs: 'traffic; checks with fixed limits (`max`, `slo`, `condition`), or somebody who watches',
    wayBack: 'at once, by a bad verdict during the bake and by `undo` while the old version is kept',
    example: 'blueGreen: { bake: 10m, keepStable: 30m }',
  },
  {
    name: 'canary',
    summary:
      'The new version gets a small part of the traffic, or of the replicas, and more as it proves itself.',
    goodFor: 'whatever can be judged by its numbers: harm is found while few users meet it',
    pros: [
      'few users meet a bad version',
      'both versions are compared at the same time, under the same load',
      'goes on early when the evidence is enough',
    ],
    cons: ['takes its time', 'two versions serve side by side for all of it'],
    cost: 'the replicas that its share needs; twice as many for the moment of the switch, a quarter more without traffic',
    needs: 'checks, and requests enough to judge by; two versions that can run side by side',
    wayBack: 'at once with traffic; by the same steps without',
    example: 'canary: { weights: [1%, 5%, 25%, 50%] }',
  },
  {
    name: 'ab',
    summary: 'An experiment: variants side by side, for users who stay with theirs, until one is better.',
    goodFor: 'questions about what users prefer, not about what breaks',
    pros: ['says which variant is better, and how sure that is', 'users keep their variant'],
    cons: ['takes days', 'needs many users', 'two variants to run and to take care of'],
    cost: 'twice the replicas, for as long as the experiment lasts',
    needs: 'traffic, something that tells users apart, and a goal that can be counted',
    wayBack: 'at once: all users to the stable variant',
    example:
      'ab: { unit: { cookie: uid }, variants: [{ name: blue, stable: true }, { name: green, env: { BUTTON: green } }], goal: { conversion: { method: POST, path: /orders } } }',
  },
  {
    name: 'shadow',
    summary: 'The new version gets copies of requests; its answers are compared and thrown away.',
    goodFor: 'rewrites and replacements that must answer as the old version does',
    pros: ['no user ever meets it', 'real requests, before any risk is taken'],
    cons: ['requests that write are left out, or done twice', 'nothing is learned of what users do next'],
    cost: 'the replicas that take the copies, and the load that these cause behind them; where answers are compared, a quarter of them once more for the old version',
    needs: 'traffic, and requests that may be repeated',
    wayBack: 'none is needed',
    example: 'shadow: { share: 10%, compare: { body: {} }, then: { canary: { weights: [5%, 50%] } } }',
  },
];

/** The six, from the simplest on. */
export function explainStrategies(): readonly Explanation[] {
  const unbuilt = new Set(UNBUILT.map(({ path }) => path));
  return EXPLANATIONS.map((one) => ({ ...one, isBuilt: !unbuilt.has(`spec.strategy.${one.name}`) }));
}
