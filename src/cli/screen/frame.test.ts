import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anEvent, aReleasingView, aView, THEN } from '../../../test/cli/views.ts';
import { createPaint } from '../output/paint.ts';
import { widthOf } from '../output/text.ts';
import { frameOf } from './frame.ts';
import { heard, logged, newState, remarked, type ScreenState } from './state.ts';

const paint = createPaint(false);

/** The last seconds of a release of `shop`, or of whatever is in `views`. */
function watched(open: string | undefined, views = [aReleasingView()], seconds = 20): ScreenState {
  let state = newState({ hasKeys: true, ...(open === undefined ? {} : { open }) });
  for (let second = 20 - seconds; second < 20; second += 1) {
    for (const rollout of views) state = heard(state, { kind: 'rollout', rollout }, THEN + second * 1_000);
  }
  for (const event of [anEvent(1), anEvent(2)]) state = heard(state, { kind: 'event', event }, THEN);
  return state;
}

function frame(state: ScreenState, columns: number, rows: number): readonly string[] {
  const shown = frameOf(state, { size: { columns, rows }, paint, now: THEN + 20_000 });
  return shown.map((line) => line.trimEnd());
}

describe('the screen of a release', () => {
  it('tells the whole story where there is room', () => {
    expect(frame(watched('shop'), 100, 26)).toEqual([
      'shop  Progressing  release 2  r1-aaaaaaaaaaaa → r1-bbbbbbbbbbbb  13s old, 59m47s left',
      'no harm so far; at most 110s more',
      'http://127.0.0.1:8080/',
      '',
      '▸ 1/4  canary 5%                       11s; judged, 10s to 2m; at most 1m49s more',
      '· 2/4  canary 50%                      within 1m49s  judged, 10s to 2m',
      '· 3/4  all traffic to the new version  in 10s to 3m49s',
      '· 4/4  retire the old version          in 10s to 3m49s',
      '',
      `stable     95%  3/3 ready  r1-aaaaaaaaaaaa  ${'█'.repeat(53)}▎`,
      `canary      5%  1/1 ready  r1-bbbbbbbbbbbb  ${'█'.repeat(2)}▊`,
      '',
      'last 3m                     requests/s                         errors                            p99',
      'stable                     ████  190.0                    ▂▂▂▂   0.1%                    ▆▆▆▆  45 ms',
      'canary                     ████   10.2                    ████     5%                    ████  61 ms',
      '',
      'evidence: undecided — not enough evidence',
      '  errors  harm [████████        ]  50%  safe [                ]   0%  undecided  102 requests',
      '          5% of 102 requests against 0.1%',
      '',
      '03:04:06Z  StepStarted  step 1',
      '03:04:07Z  StepStarted  step 2',
      '',
      '',
      '',
      'p promote  space pause  a abort  P fully  u undo  l logs  ? help  q quit',
    ]);
  });

  it('has a bar and lines for each of several variants, by its name and in a colour of its own', () => {
    const view = aReleasingView();
    const variants = ['variant:green', 'variant:red'] as const;
    const [stable, canary] = view.route ?? [];
    const [ofStable, ofCanary] = view.rates;
    const several = {
      ...view,
      groups: view.groups.filter(({ track }) => track === 'stable'),
      route: [stable!, ...variants.map((track) => ({ ...canary!, track }))],
      rates: [ofStable!, ...variants.map((track) => ({ ...ofCanary!, track }))],
    };
    const lines = frame(watched('shop', [several]), 100, 26);
    for (const name of variants) {
      expect(lines.filter((line) => line.startsWith(`${name} `))).toEqual([
        expect.stringMatching(/ 5% +r1-bbbbbbbbbbbb +█+/),
        expect.stringMatching(/█+ +10\.2 .* 5% .* 61 ms$/),
      ]);
    }
    const look = { size: { columns: 100, rows: 26 }, paint: createPaint(true), now: THEN + 20_000 };
    const coloursOf = (name: string) =>
      frameOf(watched('shop', [several]), look)
        .filter((line) => line.startsWith(`${name} `))
        .flatMap((line) => line.match(/\u001B\[3\dm(?=[▁-█])/g) ?? []);
    const [green, red] = variants.map((name) => new Set(coloursOf(name)));
    expect([green?.size, red?.size]).toEqual([1, 1]);
    expect(green).not.toEqual(red);
  });

  it('keeps what matters most on a terminal of ten rows and forty columns', () => {
    expect(frame(watched('shop'), 40, 10)).toEqual([
      'shop  Progressing  release 2',
      'r1-aaaaaaaaaaaa → r1-bbbbbbbbbbbb',
      '13s old, 59m47s left',
      '▸ 1/4  canary 5%   11s; judged, 10s to …',
      'stable 95%  canary 5%',
      'stable    190.0    0.1%   45 ms',
      'canary     10.2      5%   61 ms',
      'evidence: undecided — not enough eviden…',
      '03:04:07Z  StepStarted  step 2',
      'p promote  space pause  ? help  q quit',
    ]);
  });

  it('says how long the steps behind took', () => {
    const starts = [1, 2].map((step) => anEvent(step * 30, { message: `step ${step} of 4: canary` }));
    let state = watched('shop', [aReleasingView({ step: 1 })]);
    for (const event of starts) state = heard(state, { kind: 'event', event }, THEN);
    expect(frame(state, 100, 30)).toContain('✓ 1/4  canary 5%                       done in 30s');
  });

  it('shows what a data plane would do where none says what it does', () => {
    const { route: _, ...view } = aReleasingView();
    const lines = frame(watched('shop', [view]), 100, 30);
    expect(lines.some((line) => line.startsWith('canary      5%'))).toBe(true);
  });

  it('moves the bars from where they were to where they belong', () => {
    let state = heard(newState({ hasKeys: true, open: 'shop' }), { kind: 'rollout', rollout: aView() }, THEN);
    state = heard(state, { kind: 'rollout', rollout: aReleasingView() }, THEN + 1_000);
    const shareAt = (now: number): string | undefined =>
      frameOf(state, { size: { columns: 100, rows: 30 }, paint, now })
        .find((line) => line.startsWith('canary'))
        ?.slice(8, 14)
        .trim();
    expect([1_000, 1_300, 1_600, 9_000].map((ms) => shareAt(THEN + ms))).toEqual(['0%', '2.5%', '5%', '5%']);
  });

  it('gives logs the room that the rest can spare', () => {
    let state: ScreenState = { ...watched('shop'), logs: [] };
    for (let line = 0; line < 100; line += 1) state = logged(state, `canary-0  line ${line}`);
    const lines = frame(state, 80, 24);
    expect(lines.filter((line) => line.startsWith('canary-0')).length).toBeGreaterThan(4);
    expect(lines).toContain('canary-0  line 99');
    expect(lines[0]).toContain('shop  Progressing');
  });

  it('says what was refused at its foot, for a while', () => {
    const state = remarked(watched('shop'), {
      text: 'promote shop: not permitted',
      tone: 'bad',
      at: THEN + 19_000,
    });
    expect(frame(state, 80, 24).at(-2)).toBe('promote shop: not permitted');
    const later = frameOf(state, { size: { columns: 80, rows: 24 }, paint, now: THEN + 60_000 });
    expect(later.join('\n')).not.toContain('not permitted');
  });

  it('offers no keys where none are read', () => {
    expect(frame({ ...watched('shop'), hasKeys: false }, 80, 24).at(-1)).toBe('Ctrl-C ends');
  });
});

describe('the screen of all Rollouts', () => {
  const names = Array.from({ length: 40 }, (_, index) => `shop-${String(index).padStart(2, '0')}`);
  const views = names.map((name) => ({ ...aReleasingView(), name }));

  it('has as many columns as there is room for', () => {
    const titles = [100, 60, 40, 20].map((columns) =>
      frame(watched(undefined, views), columns, 10)[0]?.trim(),
    );
    expect(titles).toEqual([
      'name     phase        step  split                  req/s  errors    p99  ready',
      'name     phase        step  req/s  errors    p99  ready',
      'name     phase        step  errors',
      'name     phase',
    ]);
  });

  it('shows the chosen one, however far down the list it is', () => {
    for (const selected of names) {
      const lines = frame({ ...watched(undefined, views, 1), selected }, 80, 12);
      expect(lines.some((line) => line.startsWith(`▸  ${selected}`))).toBe(true);
    }
  });

  it('says what to do when there are none', () => {
    expect(frame(newState({ hasKeys: true }), 100, 10)[0]).toContain('coalmine apply');
  });
});

describe('a frame', () => {
  const texts = fc.string({ unit: 'binary', maxLength: 60 });
  const hostile = fc.record({ name: texts, message: texts, reason: texts, line: texts, remark: texts });

  it('is never wider than the terminal, never has more rows, and commands nothing, whatever texts say', () => {
    fc.assert(
      fc.property(
        hostile,
        fc.integer({ min: 1, max: 130 }),
        fc.integer({ min: 1, max: 50 }),
        (said, columns, rows) => {
          const view = { ...aReleasingView(), name: said.name, message: said.message };
          const { judgement } = view.release!;
          const release = { ...view.release!, judgement: { ...judgement!, reason: said.reason } };
          for (const open of [undefined, said.name]) {
            let state = watched(undefined, [{ ...view, release }], 2);
            const [name = ''] = state.known.keys();
            if (open !== undefined) state = { ...state, open: name };
            state = logged({ ...state, logs: [] }, said.line);
            state = remarked(state, { text: said.remark, tone: 'bad', at: THEN + 20_000 });
            const lines = frameOf(state, { size: { columns, rows }, paint, now: THEN + 20_000 });
            expect(lines).toHaveLength(rows);
            for (const line of lines) {
              expect(widthOf(line)).toBeLessThanOrEqual(columns);
              expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
            }
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
