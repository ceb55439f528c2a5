import { describe, expect, it } from 'vitest';
import { collectorOf } from './collector.ts';

describe('where traces go', () => {
  it.each<[string | undefined, Record<string, string>, string | undefined]>([
    [undefined, {}, undefined],
    ['http://a:4318', {}, 'http://a:4318/v1/traces'],
    ['https://a/otlp/', {}, 'https://a/otlp/v1/traces'],
    [undefined, { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://b:4318' }, 'http://b:4318/v1/traces'],
    [undefined, { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://b/own' }, 'http://b/own'],
    ['http://a', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://b' }, 'http://a/v1/traces'],
    ['http://a', { OTEL_SDK_DISABLED: 'true' }, undefined],
  ])('with %s and %o is %s', (endpoint, env, url) => {
    expect(collectorOf({ endpoint, env })?.url).toBe(url);
  });

  it('is told with the headers and by the name that the environment says', () => {
    const env = {
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Basic%20c2VjcmV0, x-scope=a=b',
      OTEL_SERVICE_NAME: 'releases',
    };
    expect(collectorOf({ endpoint: 'http://a', env })).toMatchObject({
      headers: { authorization: 'Basic c2VjcmV0', 'x-scope': 'a=b' },
      service: 'releases',
    });
  });

  it.each<[string, string | undefined, Record<string, string>, string]>([
    ['no URL', 'localhost:4318', {}, '--otlp-endpoint is not an http or https URL'],
    [
      'gRPC',
      undefined,
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'grpc://a:4317' },
      'OTEL_EXPORTER_OTLP_ENDPOINT is not an http',
    ],
    ['a password', 'http://ana:hunter2@a', {}, '--otlp-endpoint has a name or a password in it'],
    [
      'no header',
      'http://a',
      { OTEL_EXPORTER_OTLP_HEADERS: 'hunter2' },
      'OTEL_EXPORTER_OTLP_HEADERS is not a list',
    ],
    [
      'a header of two lines',
      'http://a',
      { OTEL_EXPORTER_OTLP_HEADERS: 'a=hunter2%0Ab' },
      'is not a list of headers',
    ],
    ['what is not encoded', 'http://a', { OTEL_EXPORTER_OTLP_HEADERS: 'a=%zz' }, 'is not a list of headers'],
  ])(
    'is refused for %s, with what to write, and without what was written',
    (...[, endpoint, env, message]) => {
      const thrown = ((): unknown => {
        try {
          return collectorOf({ endpoint, env });
        } catch (cause) {
          return cause;
        }
      })();
      expect(thrown).toMatchObject({ code: 'usage', message: expect.stringContaining(message) as string });
      expect(thrown).toMatchObject({ hint: expect.stringMatching(/./) as string });
      expect((thrown as Error).message).not.toContain('hunter2');
    },
  );
});
