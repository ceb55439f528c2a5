import { expect, it } from 'vitest';
import type { ObjectKey } from '../kube/object.ts';
import type { Config } from '../workloads/deployment/objects.ts';
import { clusterSecrets } from './cluster-secrets.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

function secretsOf(data: Readonly<Record<string, string>> | undefined) {
  const asked: ObjectKey[] = [];
  const stored = { data };
  const kept = clusterSecrets('prod', (key) => {
    asked.push(key);
    const metadata = { name: key.name };
    return Promise.resolve<Config | undefined>(stored.data && { metadata, data: stored.data });
  });
  return { asked, stored, kept };
}

const TOKEN = { secret: { name: 'prometheus', key: 'token' } };

it('reads a Secret of its own namespace, anew each time', async () => {
  const { asked, stored, kept } = secretsOf({ token: base64('first\n') });
  const secret = kept.secretAt(TOKEN);
  expect(await secret.read()).toBe('first');
  stored.data = { token: base64('second') };
  expect(await secret.read()).toBe('second');
  expect(asked).toEqual([
    { namespace: 'prod', name: 'prometheus' },
    { namespace: 'prod', name: 'prometheus' },
  ]);
});

it('says which Secret or key is missing, and what to do', async () => {
  await expect(secretsOf(undefined).kept.secretAt(TOKEN).read()).rejects.toThrow(
    'there is no Secret prometheus in the namespace prod',
  );
  await expect(
    secretsOf({ other: base64('x') })
      .kept.secretAt(TOKEN)
      .read(),
  ).rejects.toThrow('the key token of the Secret prometheus is empty');
});

it('never reads what is kept where the operator runs', () => {
  expect(() => secretsOf({}).kept.secretAt({ file: '/var/run/secrets/token' })).toThrow('in a cluster');
  expect(() => secretsOf({}).kept.secretAt({ env: 'TOKEN' })).toThrow('in a cluster');
});

it('takes certificates as the controllers of Kubernetes name them', async () => {
  const { stored, kept } = secretsOf({ 'ca.crt': base64('authority') });
  const read = kept.certificatesIn?.('prom-tls') ?? (() => Promise.reject(new Error('none')));
  const before = await read();
  expect(before).toEqual({ version: before.version, ca: 'authority' });
  stored.data = { 'ca.crt': base64('authority'), 'tls.crt': base64('ours'), 'tls.key': base64('key') };
  const after = await read();
  expect(after).toEqual({ version: after.version, ca: 'authority', cert: 'ours', key: 'key' });
  expect(after.version).not.toBe(before.version);
});
