import { describe, expect, test } from 'vitest';
import { absolutePaths } from './absolute-paths.ts';
import { jsonSchema, SCHEMA_ID } from './json-schema.ts';
import { problemLines } from './print.ts';

test('problems are written as compilers write them', () => {
  expect(
    problemLines([
      {
        file: 'a.yaml',
        line: 12,
        column: 7,
        path: 'spec.x',
        reason: 'unknown field',
        hint: 'did you mean y?',
      },
      { file: 'a.yaml', path: '', reason: 'is not UTF-8 text' },
      { path: 'spec.x', reason: 'is required' },
      { path: '', reason: 'must be an object' },
    ]),
  ).toEqual([
    'a.yaml:12:7 spec.x: unknown field',
    '  did you mean y?',
    'a.yaml: is not UTF-8 text',
    'spec.x: is required',
    'must be an object',
  ]);
});

test('the schema for editors is plain JSON with an id', () => {
  const schema = jsonSchema();
  expect(schema['$id']).toBe(SCHEMA_ID);
  expect(schema['$schema']).toContain('2020-12');
  expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
  expect(schema).toMatchObject({ required: ['metadata', 'spec'], additionalProperties: false });
});

describe('paths become absolute', () => {
  const process = (settings: object) => ({
    spec: { workload: { process: { command: ['a'], ...settings } } },
  });

  test.each([
    [{ from: './dist' }, { from: '/srv/shop/dist' }],
    [{ from: '/opt/dist' }, { from: '/opt/dist' }],
    [{ from: { live: '.' } }, { from: { live: '/srv/shop' } }],
    [
      { from: '..', envFiles: ['.env', '/etc/x'] },
      { from: '/srv', envFiles: ['/srv/shop/.env', '/etc/x'] },
    ],
  ])('%j', (written, expected) => {
    expect(absolutePaths(process(written), '/srv/shop')).toEqual(process(expected));
  });

  test('of containers', () => {
    const container = (envFiles: readonly string[]) => ({
      spec: { workload: { container: { image: 'a', envFiles } } },
    });
    expect(absolutePaths(container(['.env']), '/srv')).toEqual(container(['/srv/.env']));
  });

  test('of sources too', () => {
    const withFiles = (token: string, ca: string) => ({
      spec: {
        sources: [
          { name: 'p', prometheus: { address: 'http://p', auth: { bearer: { file: token } }, tls: { ca } } },
        ],
      },
    });
    expect(absolutePaths(withFiles('token', '/etc/ca.pem'), '/srv')).toEqual(
      withFiles('/srv/token', '/etc/ca.pem'),
    );
  });

  test('and a document without any stays as it is', () => {
    const document = { spec: { workload: { flag: { key: 'a', variant: 'b' } } } };
    expect(absolutePaths(document, '/srv')).toEqual(document);
  });
});
