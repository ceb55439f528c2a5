import { bursting, disturbed } from './recorded-shapes.ts';
import { USUAL, type Fault, type SyntheticScenario } from './scenario.ts';
import { calm, quiet, restless, service, type Change, type Common } from './synthetic.ts';

interface Words {
  readonly id: string;
  readonly title: string;
  readonly from?: number;
  readonly target?: Fault['target'];
}

interface Harm {
  readonly change: (second: number, common: Common) => Change;
  readonly harmedShare: (second: number) => number;
  readonly common?: typeof calm;
}

function bad({ id, title, from = 0, target }: Words, harm: Harm): SyntheticScenario {
  const { change, harmedShare, common = calm } = harm;
  return {
    kind: 'synthetic',
    id,
    title,
    canaryPerSecond: USUAL.canary,
    fault: { from, harmedShare, ...(target === undefined ? {} : { target }) },
    stateAt: (second, noise) => {
      const shared = common(second, noise);
      return service(shared, second < from ? {} : change(second, shared));
    },
  };
}

/** Errors on top of what all arms share. */
function errors(rate: number, common?: typeof calm): Harm {
  return {
    change: (_, { errorRate = USUAL.errorRate }) => ({ errorRate: errorRate + rate - USUAL.errorRate }),
    harmedShare: () => rate - USUAL.errorRate,
    ...(common === undefined ? {} : { common }),
  };
}

function slower(factor: number, common?: typeof calm): Harm {
  return {
    change: () => ({ slowness: factor }),
    harmedShare: () => 1,
    ...(common === undefined ? {} : { common }),
  };
}

function slowTail(share: number, factor: number): Harm {
  return { change: () => ({ tail: { share, factor } }), harmedShare: () => share };
}

const RAMP_SECONDS = 3_600;
const RAMP_TO = 0.02;

/** Errors that rise to 2 % in an hour. */
const rising: Harm = {
  change: (second) => ({ errorRate: USUAL.errorRate + ramped(second) }),
  harmedShare: ramped,
};

function ramped(second: number): number {
  return ((RAMP_TO - USUAL.errorRate) * second) / RAMP_SECONDS;
}

/** One of three pods fails or is slow. */
function sickPod(errorRate: number, slowness: number): Harm {
  const harmed = slowness > 1 ? 1 : errorRate - USUAL.errorRate;
  return { change: () => ({ part: { share: 1 / 3, errorRate, slowness } }), harmedShare: () => harmed / 3 };
}

function quietFault(id: string, to: number): SyntheticScenario {
  return {
    kind: 'synthetic',
    id,
    title: `1 request/s, errors .5 → ${to * 100} %`,
    canaryPerSecond: 1,
    fault: { from: 0, harmedShare: () => to - 0.005 },
    stateAt: () => quiet(to),
  };
}

/** Releases that harm. */
export const FAULTS: readonly SyntheticScenario[] = [
  bad({ id: 'errors-0.5', title: 'errors .1 → .5 %', target: { median: 110 } }, errors(0.005)),
  bad({ id: 'errors-1', title: 'errors .1 → 1 %', target: { median: 40, p90: 80 } }, errors(0.01)),
  bad({ id: 'errors-2', title: 'errors .1 → 2 %' }, errors(0.02)),
  bad({ id: 'errors-5', title: 'errors .1 → 5 %', target: { median: 6 } }, errors(0.05)),
  bad({ id: 'errors-50', title: 'errors .1 → 50 %', target: { median: 3 } }, errors(0.5)),
  bad({ id: 'errors-1-bursts', title: 'errors → 1 %, tide and bursts' }, errors(0.01, restless)),
  bad({ id: 'errors-ramp', title: 'errors rise to 2 % in an hour' }, rising),
  bad({ id: 'latency-5', title: 'latency +5 %' }, slower(1.05)),
  bad({ id: 'latency-10', title: 'latency +10 %', target: { median: 140 } }, slower(1.1)),
  bad({ id: 'latency-30', title: 'latency +30 %', target: { median: 10 } }, slower(1.3)),
  bad({ id: 'tail-5', title: 'slowest 5 % × 1.3' }, slowTail(0.05, 1.3)),
  bad({ id: 'tail-2', title: 'slowest 2 % × 3', target: { median: 30 } }, slowTail(0.02, 3)),
  quietFault('quiet-5', 0.05),
  quietFault('quiet-50', 0.5),
  bad({ id: 'errors-1-late', title: 'errors → 1 % after 10 min', from: 600 }, errors(0.01)),
  bad({ id: 'latency-30-late', title: 'latency +30 % after 10 min', from: 600 }, slower(1.3)),
  bad({ id: 'pod-errors', title: '1 of 3 pods: errors 5 %' }, sickPod(0.05, 1)),
  bad({ id: 'pod-slow', title: '1 of 3 pods: latency +50 %' }, sickPod(USUAL.errorRate, 1.5)),
  bad({ id: 'nab-elb-errors-1', title: 'errors → 1 %, NAB ELB load' }, errors(0.01, bursting)),
  bad({ id: 'nab-ec2-latency-10', title: 'latency +10 %, NAB EC2 latency' }, slower(1.1, disturbed)),
];
