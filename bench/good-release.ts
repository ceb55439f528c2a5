// bench: how long a good release takes, under coalmine's policies and the others' ramps, at 1, 20 and 200 requests/s
import { RATES, rampRow, RAMP_CASES } from './detection/measure.ts';
import { POLICIES } from './detection/ramp.ts';
import { promotionTable } from './detection/report/more-tables.ts';

const RELEASES = 9;
const [good] = RAMP_CASES;

const rows = POLICIES.flatMap((policy) =>
  RATES.map((perSecond) => {
    const ends = Array.from({ length: RELEASES }, (_, seed) =>
      policy.release(perSecond, seed + 1, good!.candidate),
    );
    return rampRow({ ...good!, policy: policy.name, perSecond }, ends);
  }),
);
console.log(promotionTable(rows));
