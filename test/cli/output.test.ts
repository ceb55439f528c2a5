import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bar, splitBar } from '../../src/cli/output/bar.ts';
import { describeLines } from '../../src/cli/output/describe.ts';
import { latency, percent } from '../../src/client/figures.ts';
import { LiveArea } from '../../src/cli/output/live-area.ts';
import { eventTable, historyTable, rolloutTable } from '../../src/cli/output/lists.ts';
import { createPaint, wantsColor } from '../../src/cli/output/paint.ts';
import { planLines } from '../../src/cli/output/plan.ts';
import { renderRollout } from '../../src/cli/output/rollout.ts';
import { fit, harmless, widthOf, wrap } from '../../src/cli/output/text.ts';
import { aHistoryView, anEvent, aPlan, aReleasingView, aView, CANARY, STABLE } from './views.ts';

const plain = createPaint(false);
const look = { width: 100, color: false, events: [] };

describe('a Rollout, live', () => {
  it('shows where a release is, its steps, who is served what, and the evidence', () => {
    const lines = renderRollout(aReleasingView(), { ...look, events: [anEvent(1), anEvent(2)] });
    expect(lines).toEqual([
      'shop  Progressing  release 2: r1-aaaaaaaaaaaa → r1-bbbbbbbbbbbb, 12s of at most 1h',
      'no harm so far; at most 110s more',
      'http://127.0.0.1:8080/',
      '',
      '   #  step                            state',
      '▸  1  canary 5%                       10s; judged, 10s to 2m',
      '·  2  canary 50%                      judged, 10s to 2m',
      '·  3  all traffic to the new version',
      '·  4  retire the old version',
      '',
      `split   ${'█'.repeat(57)}▒▒▒`,
      '        █ stable 95%   ▒ canary 5%',
      '',
      'track   revision         ready  traffic  req/s  errors    p50    p99',
      'stable  r1-aaaaaaaaaaaa    3/3      95%  190.0    0.1%  20 ms  45 ms',
      'canary  r1-bbbbbbbbbbbb    1/1       5%   10.2      5%  26 ms  61 ms',
      '',
      'evidence: undecided — not enough evidence',
      `  errors  harm [████████        ]  50%  safe [                ]   0%  undecided  102 requests`,
      '          5% of 102 requests against 0.1%',
      '',
      '03:04:06Z  StepStarted  step 1',
      '03:04:07Z  StepStarted  step 2',
    ]);
  });

  it('says the reason of the decisive check once', () => {
    const view = aReleasingView();
    const [check] = view.release?.judgement?.checks ?? [];
    const reason = 'errors: no harm shown';
    const judgement = { verdict: 'undecided', reason, checks: [{ ...check!, reason }] } as const;
    const lines = renderRollout(aReleasingView({ judgement }), look);
    expect(lines.filter((line) => line.includes('no harm shown'))).toEqual(['          no harm shown']);
  });

  it('says which way it goes back and why', () => {
    const view = aReleasingView({ goingBack: { outcome: 'rolledBack', reason: 'errors: 5% against 0.1%' } });
    const lines = renderRollout({ ...view, phase: 'RollingBack' }, look);
    expect(lines).toContain('going back (rolled back): errors: 5% against 0.1%');
    expect(lines).toContain('✗  1  canary 5%                       going back');
  });

  it('says how the last release ended when none runs', () => {
    const lastOutcome = { release: 3, revision: CANARY, outcome: 'rolledBack', reason: 'errors' } as const;
    const lines = renderRollout(aView({ lastOutcome, phase: 'Degraded' }), look);
    expect(lines[0]).toBe('shop  Degraded  r1-aaaaaaaaaaaa');
    expect(lines).toContain('release 3 of r1-bbbbbbbbbbbb rolled back: errors');
  });

  it('tells a gap and a silent data plane apart', () => {
    const { route: _, ...unknown } = aView();
    expect(renderRollout(unknown, look)).toContain('split   the data plane does not answer');
    expect(renderRollout(aView({ route: [] }), look)).toContain('split   nobody is served');
  });

  it.each(['grow', 'route', 'shrink', 'wait'] as const)(
    'has words for the stage %s, and none with colour alone',
    (stage) => {
      const view = aReleasingView({ stage });
      const bare = renderRollout(view, look);
      const painted = renderRollout(view, { ...look, color: true });
      expect(painted.map((line) => line.replace(/\u001B\[\d+m/g, ''))).toEqual(bare);
    },
  );

  it('never takes more columns than there are', () => {
    fc.assert(
      fc.property(fc.integer({ min: 20, max: 200 }), fc.string({ maxLength: 300 }), (width, message) => {
        const lines = renderRollout(
          { ...aReleasingView(), message },
          { width, color: true, events: [anEvent(1, { message })] },
        );
        for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(width);
      }),
    );
  });
});

describe('a plan', () => {
  it('is a table of steps with traffic, replicas and waits, then what to know', () => {
    expect(
      planLines(
        { name: 'shop', from: STABLE, to: CANARY, plan: aPlan(), unchanged: false, replicas: 3 },
        plain,
      ),
    ).toEqual([
      'shop  r1-aaaaaaaaaaaa → r1-bbbbbbbbbbbb',
      '#  STEP                            TRAFFIC                 REPLICAS            WAIT',
      '1  canary 5%                       stable 95%, canary 5%   stable 3, canary 1  judged, 10s to 2m',
      '2  canary 50%                      stable 50%, canary 50%  stable 3, canary 2  judged, 10s to 2m',
      '3  all traffic to the new version  canary 100%             stable 3, canary 3  -',
      '4  retire the old version          canary 100%             canary 3            -',
      'note: way back: at once, since the old version keeps all its replicas until the last step',
      'note: peak: 6 replicas at once, 3 at rest',
    ]);
  });

  it('says when there is nothing to release', () => {
    const plan = { name: 'shop', from: STABLE, to: STABLE, plan: aPlan(), unchanged: true, replicas: 3 };
    expect(planLines(plan, plain)[1]).toBe('nothing to release: this revision serves already');
  });
});

describe('lists', () => {
  it('show Rollouts', () => {
    expect(rolloutTable([aReleasingView()], plain)).toEqual([
      'NAME  STRATEGY  PHASE        STABLE           WANTED           STEP  READY  ADDRESS                 MESSAGE',
      'shop  canary    Progressing  r1-aaaaaaaaaaaa  r1-bbbbbbbbbbbb  1/4   3/3    http://127.0.0.1:8080/  no harm so far; at most 110s more',
    ]);
  });

  it('show releases', () => {
    expect(historyTable([aHistoryView()], plain)).toEqual([
      'RELEASE  FROM  TO               OUTCOME   BY  STARTED               TOOK  REQUESTS  ERRORS  REASON',
      '      1  -     r1-aaaaaaaaaaaa  promoted  -   2026-01-02 03:04:05Z  42s       1000       1  first version',
    ]);
  });

  it('show events', () => {
    expect(
      eventTable([
        anEvent(1),
        anEvent(2, { by: { kind: 'user', name: 'ana' } }),
        anEvent(3, { by: { kind: 'token', name: 'ci' } }),
      ]),
    ).toEqual([
      'TIME                  ROLLOUT  RELEASE  EVENT        BY             MESSAGE',
      '2026-01-02 03:04:06Z  shop     2        StepStarted  -              step 1',
      '2026-01-02 03:04:07Z  shop     2        StepStarted  ana (claimed)  step 2',
      '2026-01-02 03:04:08Z  shop     2        StepStarted  ci (token)     step 3',
    ]);
  });

  it('say what to do when they are empty', () => {
    expect(rolloutTable([], plain)[0]).toContain('coalmine apply');
    expect(rolloutTable([], plain, { isOfCluster: true })[0]).toContain('coalmine adopt');
    expect(historyTable([], plain)).toEqual(['no release has ended yet']);
    expect(eventTable([])).toEqual(['no events']);
  });
});

describe('a description', () => {
  it('has the facts, the processes, the release and the history', () => {
    const lines = describeLines(aReleasingView(), [aHistoryView()], plain);
    expect(lines).toContain('stable        r1-aaaaaaaaaaaa');
    expect(lines).toContain('canary r1-bbbbbbbbbbbb: 1 of 1 ready');
    expect(lines).toContain('  canary-0  ready  1000  40000  0         2026-01-02 03:04:05Z  50.0 MiB');
    expect(lines).toContain('the candidate served 102 requests, 5 of them failed (4.9%)');
    expect(lines.at(-1)).toBe('  release 1 of r1-aaaaaaaaaaaa promoted after 42s: first version');
  });

  it('leaves no gap for what there is nothing to say of', () => {
    const lines = describeLines(aView({ groups: [], route: [], rates: [] }), [aHistoryView()], plain);
    expect(lines.slice(-5)).toEqual([
      '',
      'split   nobody is served',
      '',
      'ended releases, newest first',
      '  release 1 of r1-aaaaaaaaaaaa promoted after 42s: first version',
    ]);
  });
});

describe('text', () => {
  it('is cut by columns, whatever its colours', () => {
    const painted = createPaint(true).red('abcdef');
    expect(fit(painted, 4)).toBe('\u001B[31mabc…\u001B[39m');
    expect(fit('abc', 3)).toBe('abc');
  });

  it('is wrapped at spaces', () => {
    expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrap('', 7)).toEqual([]);
  });

  it('cannot command a terminal, but keeps its colours', () => {
    expect(harmless('a\u001B[2Jb\u0007c\u001B]0;title\u0007\u009Bd\te')).toBe('a�[2Jb�c�]0;title��d\te');
    expect(harmless('\u001B[31mred\u001B[39m')).toBe('\u001B[31mred\u001B[39m');
  });
});

describe('bars', () => {
  it('are always as wide as asked, and full only at the limit', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1, max: 2, noNaN: true }),
        fc.integer({ min: 1, max: 80 }),
        (fraction, width) => {
          expect(widthOf(bar(fraction, width))).toBe(width);
        },
      ),
    );
    expect(bar(1, 4)).toBe('████');
    expect(bar(0.5, 4)).toBe('██  ');
    expect(bar(0, 4)).toBe('    ');
  });

  it('show every part that is there at all', () => {
    const parts = [
      { fraction: 0.999, fill: 'a' },
      { fraction: 0.001, fill: 'b' },
    ];
    expect(splitBar(parts, 10)).toBe('aaaaaaaaab');
    expect(
      splitBar(
        [
          { fraction: 1, fill: 'a' },
          { fraction: 0, fill: 'b' },
        ],
        3,
      ),
    ).toBe('aaa');
  });
});

describe('figures', () => {
  it.each([
    [0, '0%'],
    [0.0012, '0.12%'],
    [0.05, '5%'],
    [0.12345, '12.3%'],
    [1, '100%'],
  ])('write the ratio %d as %s', (ratio, text) => {
    expect(percent(ratio)).toBe(text);
  });

  it.each([
    [undefined, '-'],
    [7.41, '7.4 ms'],
    [120.4, '120 ms'],
    [1_250, '1.25 s'],
  ])('write the latency %s as %s', (ms, text) => {
    expect(latency(ms)).toBe(text);
  });
});

describe('colour', () => {
  it.each([
    [true, {}, true, true],
    [true, {}, false, false],
    [false, { FORCE_COLOR: '1' }, true, false],
    [true, { NO_COLOR: '1' }, true, false],
    [true, { NO_COLOR: '' }, true, true],
    [true, { FORCE_COLOR: '1' }, false, true],
    [true, { FORCE_COLOR: '0' }, true, false],
    [true, { TERM: 'dumb' }, true, false],
  ])('with flag %s, environment %o and a terminal %s is %s', (...[flag, env, isTerminal, wanted]) => {
    expect(wantsColor({ flag, env, isTerminal })).toBe(wanted);
  });
});

describe('the live area', () => {
  it('draws over what it drew, leaves no rest, and gives the cursor back', () => {
    const terminal = new Screen(20, 6);
    const area = new LiveArea(terminal);
    area.draw(['one', 'two', 'three']);
    expect(terminal.lines()).toEqual(['one', 'two', 'three']);
    area.draw(['uno', 'dos']);
    expect(terminal.lines()).toEqual(['uno', 'dos']);
    expect(terminal.cursorIsHidden).toBe(true);
    area.end();
    area.end();
    expect(terminal.cursorIsHidden).toBe(false);
    expect(terminal.resizeListeners.size).toBe(0);
  });

  it('keeps to the size of the screen, also when that changes', () => {
    const terminal = new Screen(20, 4);
    const area = new LiveArea(terminal);
    area.draw(['1', '2', '3', '4', 'x'.repeat(50)]);
    expect(terminal.lines()).toEqual(['1', '2', '3']);
    terminal.columns = 30;
    terminal.rows = 10;
    for (const listener of terminal.resizeListeners) listener();
    expect(terminal.lines()).toEqual(['1', '2', '3', '4', `${'x'.repeat(29)}…`]);
    area.end();
  });
});

/** As much of a terminal as the live area uses. */
class Screen {
  columns: number;
  rows: number;
  cursorIsHidden = false;
  readonly resizeListeners = new Set<() => void>();
  #cells: string[] = [''];
  #row = 0;

  constructor(columns: number, rows: number) {
    this.columns = columns;
    this.rows = rows;
  }

  on(_: 'resize', listener: () => void): void {
    this.resizeListeners.add(listener);
  }

  off(_: 'resize', listener: () => void): void {
    this.resizeListeners.delete(listener);
  }

  write(text: string): void {
    for (const [part, command] of text.matchAll(/\u001B\[(\??[\d;]*[A-Za-z])|[^]/gu))
      this.#take(part, command);
  }

  lines(): string[] {
    return this.#cells.slice(0, this.#row);
  }

  #take(part: string, command: string | undefined): void {
    if (command === '?25l') this.cursorIsHidden = true;
    else if (command === '?25h') this.cursorIsHidden = false;
    else if (command === 'J') this.#cells = this.#cells.slice(0, this.#row);
    else if (command?.endsWith('A') === true) this.#row -= Number(command.slice(0, -1));
    else if (part === '\n') this.#cells[(this.#row += 1)] ??= '';
    else if (part === '\r') this.#rewriting = true;
    else if (command === undefined) this.#put(part);
    if (this.#row < 0) throw new Error('the cursor left the screen');
  }

  #rewriting = false;

  #put(character: string): void {
    if (this.#rewriting || this.#fresh !== this.#row) this.#cells[this.#row] = '';
    this.#rewriting = false;
    this.#fresh = this.#row;
    this.#cells[this.#row] = (this.#cells[this.#row] ?? '') + character;
  }

  #fresh = 0;
}
