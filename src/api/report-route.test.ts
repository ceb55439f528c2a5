import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { GOOD, recordedRelease, type Recorded } from '../../test/cli/recorded.ts';
import { anEvent, aView } from '../../test/cli/views.ts';
import type { JsonObject } from '../base/json.ts';
import { Failure } from '../base/failure.ts';
import { reportView, type ReportView } from '../report/report.ts';
import type { Operations } from './operations.ts';
import { recordedRelease as inOnePiece } from './recorded-release.ts';
import { Served } from './testing/served.ts';

const served = Served.forTests();

const ANALYSIS: JsonObject = { checks: [{ name: 'errors', errors: {}, worseBy: '50%', floor: '0.2%' }] };
const RELEASE = recordedRelease(ANALYSIS, GOOD);
const AT = '/api/v1/rollouts/shop/releases/1/report';

function operationsOf({ document, ticks, ended }: Recorded): Partial<Operations> {
  return {
    get: () => Promise.resolve(aView({ document })),
    history: () => Promise.resolve([ended]),
    ticks: (_, __, { after = 0, limit = ticks.length } = {}) =>
      Promise.resolve(ticks.slice(after, after + limit)),
    events: () =>
      Promise.resolve([anEvent(1, { release: 1, message: 'step 1 of 4: canary 5%' }), anEvent(2)]),
  };
}

/** The ticks of the release over and over. */
function many(count: number): Recorded['ticks'] {
  return Array.from({ length: count }, (_, index) => RELEASE.ticks[index % RELEASE.ticks.length]).filter(
    (one) => one !== undefined,
  );
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return text;
}

async function ask(format: string) {
  const response = await served.open(`${AT}?format=${format}`);
  return { status: response.statusCode, headers: response.headers, text: await textOf(response) };
}

describe('the report of a release', () => {
  it('is a page that may run and load nothing', async () => {
    await served.serve(operationsOf(RELEASE));
    const { status, headers, text } = await ask('html');
    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(headers['content-security-policy']).toBe(
      "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; frame-ancestors 'none'",
    );
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' });
    expect(text).toContain('<h1>shop, release 1</h1>');
  });

  it('is a comment, or JSON where nothing else is asked for', async () => {
    await served.serve(operationsOf(RELEASE));
    const { headers, text } = await ask('markdown');
    expect(headers['content-type']).toBe('text/markdown; charset=utf-8');
    expect(text).toMatch(/^### shop, release 1: promoted\n/);
    const { value } = await served.ask(AT);
    const report = value as ReportView;
    expect(report).toMatchObject({
      format: 'coalmine.dev/release/v1',
      rollout: 'shop',
      release: { number: 1 },
    });
    expect(report.ticks).toHaveLength(RELEASE.ticks.length);
    expect(report.computed.verdict).toBe(RELEASE.ticks.at(-1)?.judgement.verdict);
    // Events of other releases are not its story.
    expect(report.events?.map(({ message }) => message)).toEqual(['step 1 of 4: canary 5%']);
  });

  it('is sent to the byte as it would be in one piece, however many ticks it has', async () => {
    const operations = operationsOf({ ...RELEASE, ticks: many(2_000) });
    const fake = await served.serve(operations);
    const { headers, text } = await ask('json');
    expect(headers['content-type']).toBe('application/json');
    expect(text).toBe(JSON.stringify(reportView(await inOnePiece(fake, 'shop', 1))));
    expect(fake.calls.filter(([what]) => what === 'ticks').length).toBeGreaterThan(5);
  });

  it('is read no faster than its reader takes it, and others are answered meanwhile', async () => {
    let read = 0;
    const all = many(40_000);
    const ticks: Operations['ticks'] = (_, __, { after = 0, limit = 0 } = {}) => {
      read = after + limit;
      return Promise.resolve(all.slice(after, after + limit));
    };
    await served.serve({ ...operationsOf(RELEASE), ticks });
    const response = await served.open(AT);
    const turns = 100;
    for (let turn = 0; turn < turns; turn += 1) expect((await served.ask('/api/v1/system')).status).toBe(200);
    expect(read).toBeLessThan(all.length / 2);
    let last = '';
    for await (const chunk of response) last = String(chunk);
    expect([read >= all.length, last.slice(-2)]).toEqual([true, '}}']);
  });

  it('is cut off for who takes nothing for long, and nothing more is read', async () => {
    const all = many(40_000);
    const ticks: Operations['ticks'] = (_, __, { after = 0, limit = 0 } = {}) =>
      Promise.resolve(all.slice(after, after + limit));
    await served.serve({ ...operationsOf(RELEASE), ticks }, { heartbeatMs: 20 });
    const response = await served.open(AT);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await expect(textOf(response)).rejects.toThrow('aborted');
    expect(response.complete).toBe(false);
  });

  it('looks whole to nobody who has a part of it only', async () => {
    const all = many(2_000);
    const ticks: Operations['ticks'] = (_, __, { after = 0, limit = 0 } = {}) =>
      after < 1_000
        ? Promise.resolve(all.slice(after, after + limit))
        : Promise.reject(new Error('the disk is gone'));
    await served.serve({ ...operationsOf(RELEASE), ticks });
    const response = await served.open(AT);
    await expect(textOf(response)).rejects.toThrow('aborted');
    expect([response.statusCode, response.complete]).toEqual([200, false]);
    expect(served.bugs.map(String)).toEqual(['Error: the disk is gone']);
  });

  it('is made of what there is where no ticks are kept', async () => {
    const ticks = () => Promise.resolve([]);
    await served.serve({ ...operationsOf(RELEASE), ticks });
    const { value } = await served.ask(AT);
    expect(value).toMatchObject({
      ticks: [],
      computed: { ticks: 0, verdict: RELEASE.ended.judgement?.verdict },
    });
  });

  it.each<[string, number, string]>([
    [`${AT}?format=pdf`, 400, 'format'],
    [`${AT}?fromat=html`, 400, 'fromat'],
    [AT.replace('/1/', '/x/'), 400, '"x" is not the number of a release'],
    [AT.replace('/1/', '/9/'), 404, 'shop has no release 9'],
  ])('%s is refused with %d: %s', async (path, status, words) => {
    await served.serve(operationsOf(RELEASE));
    const answer = await served.ask(path);
    expect([answer.status, answer.problem.detail]).toEqual([status, expect.stringContaining(words)]);
  });

  it('needs what its parts need', async () => {
    const get = () => Promise.reject(new Failure('notPermitted', 'no'));
    await served.serve({ ...operationsOf(RELEASE), get });
    expect((await served.ask(`${AT}?format=html`)).status).toBe(403);
  });
});
