import { describe, expect, it } from 'vitest';
import { Failure } from '../../base/failure.ts';
import { readCanaryConfig } from './canary-config.ts';

/** As Kayenta's users write them, with what does not concern the judge. */
const WRITTEN = {
  name: 'checkout',
  description: 'errors and latency',
  configVersion: '1',
  applications: ['checkout'],
  judge: { name: 'NetflixACAJudge-v1.0', judgeConfigurations: {} },
  metrics: [
    {
      name: 'errors',
      query: { type: 'prometheus', metricName: 'errors_total', labelBindings: [] },
      groups: ['reliability', 'all'],
      analysisConfigurations: { canary: { direction: 'increase', critical: true } },
      scopeName: 'default',
    },
    { name: 'cpu', query: { type: 'prometheus' }, scopeName: 'default' },
  ],
  templates: {},
  classifier: { groupWeights: { reliability: 75.0, all: 25 }, scoreThresholds: { pass: 90, marginal: 60 } },
};

describe('a Kayenta canary config', () => {
  it('is read for what concerns the judge', () => {
    const config = readCanaryConfig(WRITTEN);
    expect(config.metrics.map(({ name, groups }) => [name, groups])).toEqual([
      ['errors', ['reliability', 'all']],
      ['cpu', []],
    ]);
    expect(config.metrics[0]?.options).toMatchObject({ direction: 'increase', critical: true });
    expect(config.groupWeights).toEqual({ reliability: 75, all: 25 });
    expect(config.thresholds).toEqual({ pass: 90, marginal: 60 });
    expect(config.remarks).toEqual([]);
  });

  it('may come inside a request, and leave weights and thresholds out', () => {
    const config = readCanaryConfig({ canaryConfig: { metrics: [{ name: 'cpu' }] }, executionRequest: {} });
    expect(config).toMatchObject({ groupWeights: {}, thresholds: { pass: 95, marginal: 75 } });
  });

  it('tells what in it has no effect', () => {
    const metrics = [{ name: 'cpu', analysisConfigurations: { canary: { criticality: 'critical' } } }];
    expect(readCanaryConfig({ metrics }).remarks).toEqual([
      'metrics[0].analysisConfigurations.canary.criticality is not known and has no effect: did you mean critical?',
    ]);
  });

  it.each([
    ['text', 'canaryConfig', 'must be an object, but is a text'],
    [{}, 'metrics', 'must be a list, but is empty'],
    [{ metrics: [] }, 'metrics', 'must not be empty'],
    [{ metrics: [7] }, 'metrics[0]', 'must be an object, but is a number'],
    [{ metrics: [{}] }, 'metrics[0].name', 'must be a text that is not empty, but is empty'],
    [{ metrics: [{ name: 'a' }, { name: 'a' }] }, 'metrics[1].name', '"a" is the name of an earlier metric'],
    [
      { metrics: [{ name: 'a', groups: 'all' }] },
      'metrics[0].groups',
      'must be a list of texts, but is a text',
    ],
    [
      { metrics: [{ name: 'a', groups: ['b', 7] }] },
      'metrics[0].groups[1]',
      'must be a text, but is a number',
    ],
    [
      { metrics: [{ name: 'a' }], judge: { name: 'dredd-v1.0' } },
      'judge.name',
      '"dredd-v1.0" is another judge',
    ],
    [
      { metrics: [{ name: 'a' }], classifier: { groupWeights: { a: '50' } } },
      'classifier.groupWeights.a',
      'must be a number, but is a text',
    ],
    [
      { metrics: [{ name: 'a' }], classifier: { scoreThresholds: [95] } },
      'classifier.scoreThresholds',
      'must be an object of numbers, but is a list',
    ],
    [
      { metrics: [{ name: 'a', analysisConfigurations: { canary: { critical: 'yes' } } }] },
      'metrics[0].analysisConfigurations.canary.critical',
      'must be true or false, but is a text',
    ],
  ])('%j is refused', (...[written, path, reason]) => {
    expect.assertions(2);
    try {
      readCanaryConfig(written);
    } catch (error) {
      expect(error).toBeInstanceOf(Failure);
      expect((error as Failure).problems[0]).toMatchObject({ path, reason });
    }
  });
});
