import { describe, expect, it } from 'vitest';
import { judgeVariants, type Variant, type VariantJudgement } from './variants.ts';

const EFFECT = { minimumEffect: 0.05 };
const THIRD = 1 / 3;

type Figures = readonly [trials: number, events: number];

function variant(name: string, [trials, events]: Figures, planned = 0.5): Variant {
  return { name, trials, events, planned };
}

function judged(control: Variant, ...candidates: Variant[]): VariantJudgement {
  return judgeVariants([control, ...candidates], EFFECT);
}

describe('the users of two variants', () => {
  it('are waited for', () => {
    const nobody = judged(variant('blue', [0, 0]), variant('green', [0, 0]));
    expect(nobody).toMatchObject({ verdict: 'undecided', isDecided: false });
    const few = judged(variant('blue', [400, 4]), variant('green', [400, 380]));
    expect(few).toMatchObject({ verdict: 'undecided', isDecided: false });
  });

  it('are better, worse, or not better by what is worth finding', () => {
    const control = variant('blue', [50_000, 5_000]);
    const better = judged(control, variant('green', [50_000, 6_000]));
    expect(better).toMatchObject({ verdict: 'good', isDecided: true, leader: 'green' });
    expect(better.candidates[0]?.effect).toBeCloseTo(0.2, 5);
    expect(better.candidates[0]?.interval?.[0]).toBeGreaterThan(0.1);
    expect(judged(control, variant('green', [50_000, 4_000])).verdict).toBe('bad');
    const same = judgeVariants([control, variant('green', [50_000, 5_000])], { minimumEffect: 0.1 });
    expect(same).toMatchObject({ verdict: 'undecided', isDecided: true });
    expect(judged(control, variant('green', [50_000, 5_050])).isDecided).toBe(false);
  });

  it('are not compared when they are not divided as planned', () => {
    const uneven = judged(variant('blue', [6_000, 600]), variant('green', [5_000, 900]));
    expect(uneven).toMatchObject({ verdict: 'invalid', isDecided: false });
    expect(uneven.reason).toMatch(/45 % of 11,000 users are with green, 50 % were planned/);
    const planned = judged(variant('blue', [6_000, 600], 6 / 11), variant('green', [5_000, 900], 5 / 11));
    expect(planned.verdict).toBe('good');
  });

  it('are found earlier by a sequence that is made for as many as the effect needs', () => {
    const [control, candidate] = [variant('blue', [120_000, 6_000]), variant('green', [120_000, 6_290])];
    const widthOf = ({ candidates: [one] }: VariantJudgement): number => {
      const [low, high] = one?.interval ?? [];
      return Number(high) - Number(low);
    };
    const meant = judgeVariants([control, candidate], EFFECT);
    const unmeant = judgeVariants([control, candidate], {});
    expect(widthOf(meant)).toBeLessThan(0.9 * widthOf(unmeant));
    const said = judgeVariants([control, candidate], { users: 240_000 });
    expect(widthOf(said)).toBeLessThan(0.9 * widthOf(unmeant));
  });
});

describe('what users had better not meet with', () => {
  const goal = { what: 'meet with a failed request', better: 'fewer' } as const;
  const ask = (...all: readonly [Variant, ...Variant[]]): VariantJudgement =>
    judgeVariants(all, { minimumEffect: 0.1, goal });
  const control = variant('blue', [50_000, 5_000]);

  it('is better when fewer do, worse when more do, and says so', () => {
    const better = ask(control, variant('green', [50_000, 4_000]));
    expect(better).toMatchObject({ verdict: 'good', isDecided: true, leader: 'green', goal });
    expect(better.reason).toBe(
      'fewer users meet with a failed request: 8 % of 50,000 users against 10 % of 50,000 users',
    );
    const worse = ask(control, variant('green', [50_000, 6_000]));
    expect(worse).toMatchObject({ verdict: 'bad', isDecided: true });
    expect(worse.reason).toMatch(/^more users meet with a failed request/);
  });

  it('is not better by what is worth finding when so many fewer can be excluded, whatever more there may be', () => {
    expect(ask(control, variant('green', [50_000, 5_050])).isDecided).toBe(true);
    expect(ask(control, variant('green', [50_000, 4_750])).isDecided).toBe(false);
  });

  it('leads to the variant with the fewest', () => {
    const third = (name: string, events: number): Variant => variant(name, [50_000, events], THIRD);
    const all = ask(third('blue', 5_000), third('green', 4_300), third('red', 3_600));
    expect(all).toMatchObject({ verdict: 'good', isDecided: true, leader: 'red' });
    // Known to be no better than the one that leads.
    expect(ask(third('blue', 5_000), third('green', 4_850), third('red', 3_600)).isDecided).toBe(true);
  });
});

describe('the users of three variants', () => {
  const blue = variant('blue', [50_000, 5_000], THIRD);

  it('lead to the best of those that are better', () => {
    const all = judged(
      blue,
      variant('green', [50_000, 5_600], THIRD),
      variant('red', [50_000, 6_400], THIRD),
    );
    expect(all).toMatchObject({ verdict: 'good', isDecided: true, leader: 'red' });
    expect(all.reason).toMatch(/green: more users convert: .*; red: more users convert: /);
  });

  it('do not wait for a variant that is known to be no better than the one that leads', () => {
    const green = variant('green', [50_000, 5_050], THIRD);
    expect(judged(blue, green, variant('red', [50_000, 6_400], THIRD)).isDecided).toBe(true);
    expect(judged(blue, green, variant('red', [50_000, 5_060], THIRD)).isDecided).toBe(false);
  });

  it('are bad only when all are worse', () => {
    const worse = variant('green', [50_000, 4_000], THIRD);
    expect(judged(blue, worse, variant('red', [50_000, 5_000], THIRD)).verdict).toBe('undecided');
    expect(judged(blue, worse, variant('red', [50_000, 3_900], THIRD))).toMatchObject({
      verdict: 'bad',
      isDecided: true,
    });
  });

  it('are divided as planned, or nothing is compared', () => {
    const lost = judged(
      blue,
      variant('green', [50_000, 5_000], THIRD),
      variant('red', [47_000, 5_900], THIRD),
    );
    expect(lost.verdict).toBe('invalid');
    expect(lost.reason).toMatch(/with green, 33 % were planned; 32 % of 147,000 users are with red/);
  });
});

describe('variants that are all the same', () => {
  // 5 % are promised over all of them and all looks; ten in a hundred would be missed by chance in a thousand years.
  const fewer = { what: 'meet with a failed request', better: 'fewer' } as const;
  it.each([
    [1, 'converting', undefined],
    [3, 'converting', undefined],
    [5, 'converting', undefined],
    [1, 'failing', fewer],
    [3, 'failing', fewer],
  ] as const)(
    'of %i none is called different in more than the promised cases of %s, however often one looks',
    (many, _, goal) => {
      const random = fractions(7 + many);
      const planned = 1 / (many + 1);
      const experiments = 200;
      let [wrong, mismatched] = [0, 0];
      for (let i = 0; i < experiments; i += 1) {
        let control = variant('control', [0, 0], planned);
        let others = Array.from({ length: many }, (_, n) => variant(`v${n}`, [0, 0], planned));
        for (let look = 0; look < 40; look += 1) {
          control = more(control, random);
          others = others.map((one) => more(one, random));
          const { verdict, candidates } = judgeVariants([control, ...others], {
            ...EFFECT,
            ...(goal === undefined ? {} : { goal }),
          });
          if (verdict === 'invalid') mismatched += 1;
          if (candidates.every((one) => one.verdict === 'undecided')) continue;
          wrong += 1;
          break;
        }
      }
      expect(wrong / experiments).toBeLessThan(0.1);
      expect(mismatched).toBe(0);
    },
  );
});

/** Some more users, of whom one in ten converts; not as many each time. */
function more(one: Variant, random: () => number): Variant {
  const users = 90 + Math.floor(20 * random());
  let added = 0;
  for (let i = 0; i < users; i += 1) if (random() < 0.1) added += 1;
  return { ...one, trials: one.trials + users, events: one.events + added };
}

/** Fractions that look random and are the same in every run. */
function fractions(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}
