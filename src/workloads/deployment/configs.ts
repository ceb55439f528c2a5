import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import type { PodTemplate } from './objects.ts';

/** A ConfigMap or Secret that a template names. */
export interface ConfigRef {
  readonly kind: 'ConfigMap' | 'Secret';
  readonly name: string;
}

/** The key under which something is kept of a config. */
export function configKey({ kind, name }: ConfigRef): string {
  return `${kind}/${name}`;
}

/** Every ConfigMap and Secret whose contents the pods of a template see: as variables or as files. */
export function configsOf(template: PodTemplate): readonly ConfigRef[] {
  const found = new Map<string, ConfigRef>();
  withConfigs(template, (ref) => {
    found.set(configKey(ref), ref);
    return ref.name;
  });
  return [...found.values()].sort((a, b) => (configKey(a) < configKey(b) ? -1 : 1));
}

/** The template with other names for what it refers to. */
export function withConfigs(template: PodTemplate, rename: (ref: ConfigRef) => string): PodTemplate {
  const { spec } = template;
  if (spec === undefined) return template;
  const containers = (key: string): JsonObject =>
    spec[key] === undefined ? {} : { [key]: eachIn(spec[key], (one) => inContainer(one, rename)) };
  return {
    ...template,
    spec: {
      ...spec,
      ...containers('initContainers'),
      ...containers('containers'),
      ...(spec['volumes'] === undefined
        ? {}
        : { volumes: eachIn(spec['volumes'], (one) => inVolume(one, rename)) }),
    },
  };
}

type Rename = (ref: ConfigRef) => string;

function inContainer(container: JsonObject, rename: Rename): JsonObject {
  const { env, envFrom } = container;
  return {
    ...container,
    ...(env === undefined ? {} : { env: eachIn(env, (one) => inVariable(one, rename)) }),
    ...(envFrom === undefined
      ? {}
      : {
          envFrom: eachIn(envFrom, (one) =>
            inFields(one, { configMapRef: NAMED_MAP, secretRef: NAMED_SECRET }, rename),
          ),
        }),
  };
}

function inVariable(variable: JsonObject, rename: Rename): JsonObject {
  const { valueFrom } = variable;
  if (!isJsonObject(valueFrom)) return variable;
  const places = { configMapKeyRef: NAMED_MAP, secretKeyRef: NAMED_SECRET };
  return { ...variable, valueFrom: inFields(valueFrom, places, rename) };
}

function inVolume(volume: JsonObject, rename: Rename): JsonObject {
  const { projected } = volume;
  const own = inFields(volume, { configMap: NAMED_MAP, secret: SECRET_VOLUME }, rename);
  if (!isJsonObject(projected) || projected['sources'] === undefined) return own;
  const places = { configMap: NAMED_MAP, secret: NAMED_SECRET };
  const sources = eachIn(projected['sources'], (one) => inFields(one, places, rename));
  return { ...own, projected: { ...projected, sources } };
}

/** How a field says which config it is of. */
interface NamePlace {
  readonly kind: ConfigRef['kind'];
  readonly key: 'name' | 'secretName';
}

const NAMED_MAP: NamePlace = { kind: 'ConfigMap', key: 'name' };
const NAMED_SECRET: NamePlace = { kind: 'Secret', key: 'name' };
const SECRET_VOLUME: NamePlace = { kind: 'Secret', key: 'secretName' };

function inFields(
  value: JsonObject,
  places: Readonly<Record<string, NamePlace>>,
  rename: Rename,
): JsonObject {
  const changed: Record<string, Json> = {};
  for (const [field, { kind, key }] of Object.entries(places)) {
    const reference = value[field];
    const name = isJsonObject(reference) ? reference[key] : undefined;
    if (!isJsonObject(reference) || typeof name !== 'string') continue;
    changed[field] = { ...reference, [key]: rename({ kind, name }) };
  }
  return { ...value, ...changed };
}

function eachIn(list: Json, change: (item: JsonObject) => JsonObject): Json {
  if (!Array.isArray(list)) return list;
  return (list as readonly Json[]).map((item) => (isJsonObject(item) ? change(item) : item));
}
