import { describe, expect, test } from 'vitest';
import { configsOf, withConfigs, type ConfigRef } from './configs.ts';
import { Identities } from './identity.ts';
import type { Config, PodTemplate } from './objects.ts';

const template: PodTemplate = {
  metadata: { labels: { app: 'web' } },
  spec: {
    initContainers: [{ name: 'init', envFrom: [{ secretRef: { name: 'first' } }] }],
    containers: [
      {
        name: 'web',
        image: 'web:1',
        env: [
          { name: 'A', value: 'a' },
          { name: 'B', valueFrom: { configMapKeyRef: { name: 'settings', key: 'b', optional: true } } },
          { name: 'C', valueFrom: { secretKeyRef: { name: 'login', key: 'c' } } },
        ],
        envFrom: [{ configMapRef: { name: 'more' } }],
      },
    ],
    volumes: [
      { name: 'v1', configMap: { name: 'files' } },
      { name: 'v2', secret: { secretName: 'keys' } },
      {
        name: 'v3',
        projected: { sources: [{ configMap: { name: 'part' } }, { secret: { name: 'hidden' } }] },
      },
      { name: 'v4', emptyDir: {} },
    ],
  },
};

test('every ConfigMap and Secret that pods see is found, and can be named otherwise', () => {
  const names = (of: PodTemplate) => configsOf(of).map(({ kind, name }) => `${kind} ${name}`);
  const all = ['files', 'more', 'part', 'settings'].map((name) => `ConfigMap ${name}`);
  const secrets = ['first', 'hidden', 'keys', 'login'].map((name) => `Secret ${name}`);
  expect(names(template)).toEqual([...all, ...secrets]);
  const renamed = withConfigs(template, ({ name }) => `${name}-copy`);
  expect(names(renamed)).toEqual([...all, ...secrets].map((name) => `${name}-copy`));
  expect(withConfigs(renamed, ({ name }) => name.replace('-copy', ''))).toEqual(template);
});

describe('the name of a revision', () => {
  const named = async (
    change: { of?: PodTemplate; config?: (ref: ConfigRef) => Partial<Config> | undefined; key?: string } = {},
  ) => {
    const { of = template, config = () => ({ data: { a: '1' } }), key = 'k' } = change;
    const read = (ref: ConfigRef): Promise<Config | undefined> => {
      const found = config(ref);
      return Promise.resolve(found && { metadata: { name: ref.name }, ...found });
    };
    return (await new Identities(key).of(of, read)).revision;
  };
  const only =
    (name: string, changed: Partial<Config> | undefined) =>
    (ref: ConfigRef): Partial<Config> | undefined =>
      ref.name === name ? changed : { data: { a: '1' } };

  test('says its scheme, and is the same for templates that mean the same', async () => {
    const base = await named();
    expect(base).toMatch(/^r1-[0-9a-f]{12}$/);
    const spec = { volumes: template.spec?.['volumes'], ...template.spec, tolerations: [] };
    const labels = { 'pod-template-hash': 'abc', app: 'web' };
    expect(await named({ of: { spec, metadata: { labels } } })).toBe(base);
  });

  test('changes with the template, and with what is in a ConfigMap or Secret, binary data included', async () => {
    const image = withImage('web:2');
    const names = await Promise.all([
      named(),
      named({ of: image }),
      named({ config: only('settings', { data: { a: '2' } }) }),
      named({ config: only('files', { data: { a: '1' }, binaryData: { b: 'AA==' } }) }),
      named({ config: only('login', { data: { a: '2' } }) }),
      named({ config: only('more', undefined) }),
    ]);
    expect(new Set(names).size).toBe(names.length);
  });

  test('does not change with what is to be ignored', async () => {
    const ignored = (a: string) =>
      only('settings', {
        data: { a },
        metadata: { name: 's', annotations: { 'coalmine.dev/config': 'ignore' } },
      });
    expect(await named({ config: ignored('1') })).toBe(await named({ config: ignored('2') }));
  });

  test('gives the contents of a Secret away only to who has the key', async () => {
    expect(await named({ key: 'a' })).not.toBe(await named({ key: 'b' }));
    const publicOnly = {
      metadata: { labels: {} },
      spec: { volumes: [{ name: 'v', configMap: { name: 'files' } }] },
    };
    expect(await named({ of: publicOnly, key: 'a' })).toBe(await named({ of: publicOnly, key: 'b' }));
  });
});

function withImage(image: string): PodTemplate {
  const [container] = template.spec?.['containers'] as readonly object[];
  return { ...template, spec: { ...template.spec, containers: [{ ...container, image }] } };
}
