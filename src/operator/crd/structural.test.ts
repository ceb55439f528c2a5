import { describe, expect, test } from 'vitest';
import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import { ROLLOUT_SHAPE } from '../../rollout/resolve/rollout.ts';
import type { Shape } from '../../rollout/shape.ts';
import { structural } from './structural.ts';

/** The part of the schema of a Rollout that a path leads to. */
function at(path: string): JsonObject {
  const keys = path.split('.').filter((key) => key !== '');
  return keys.reduce((schema: JsonObject, key) => {
    const list = key === '*' ? schema['items'] : (schema['properties'] as JsonObject)[key];
    return list as JsonObject;
  }, structural(ROLLOUT_SHAPE));
}

function keysIn(value: Json | undefined): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item: Json) => keysIn(item));
  if (!isJsonObject(value)) return [];
  return [...Object.keys(value), ...Object.values(value).flatMap(keysIn)];
}

describe('the schema that Kubernetes gets', () => {
  test('applies no default, and tells of it', () => {
    const { description, ...rest } = at('spec.deadline');
    expect(description).toBe('How long a release may take, gates and pauses included. Default: 24h.');
    expect(rest).not.toHaveProperty('default');
  });

  test('has nothing in it that is ours alone or not structural', () => {
    const keys = new Set(keysIn(structural(ROLLOUT_SHAPE)));
    const forbidden = ['propertyNames', 'default', 'x-coalmine-form', 'x-coalmine-one-of', '$ref', 'const'];
    expect(forbidden.filter((key) => keys.has(key))).toEqual([]);
  });

  test('gives every word its type', () => {
    expect(at('spec.analysis.undecided')).toMatchObject({
      type: 'string',
      enum: ['advance', 'hold', 'ask', 'rollBack'],
    });
  });

  test('says what excludes what, and what to write', () => {
    expect(at('spec.strategy')).toMatchObject({
      'x-kubernetes-validations': [
        { message: 'write exactly one strategy: recreate, ramped, blueGreen, canary, ab, shadow' },
      ],
    });
  });

  test('lets keys that belong together stand together', () => {
    const { 'x-kubernetes-validations': rules } = at('spec.analysis.checks.*');
    expect(rules).toContainEqual({
      rule: '[has(self.worseBy), has(self.max) || has(self.min) || has(self.condition) || has(self.failWhen), has(self.slo), has(self.scoring)].filter(used, used).size() <= 1',
      message: 'write at most one judge: worseBy, max/min/condition/failWhen, slo, scoring',
    });
  });

  test('counts the fields of a choice in which one has no type', () => {
    const step = at('spec.strategy.canary.steps.*');
    expect(step).toMatchObject({ minProperties: 1, maxProperties: 1 });
    expect(step).not.toHaveProperty('x-kubernetes-validations');
    expect(at('spec.strategy.canary.steps.*.pause')).toMatchObject({
      'x-kubernetes-preserve-unknown-fields': true,
    });
  });

  test('merges named lists by name and replaces the others', () => {
    for (const named of ['gates', 'hooks', 'sources', 'notify', 'analysis.checks', 'strategy.ab.variants']) {
      expect(at(`spec.${named}`)).toMatchObject({
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['name'],
      });
    }
    expect(at('spec.strategy.canary.steps')).toMatchObject({ 'x-kubernetes-list-type': 'atomic' });
  });

  test('knows a number or a text', () => {
    expect(at('spec.strategy.ramped.maxSurge')).toMatchObject({
      'x-kubernetes-int-or-string': true,
      anyOf: [{ type: 'integer' }, { type: 'string' }],
      minimum: 0,
    });
  });

  test('writes exclusive limits as OpenAPI 3.0 does', () => {
    const shape: Shape = { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 1 };
    expect(structural(shape)).toEqual({
      type: 'number',
      minimum: 0,
      exclusiveMinimum: true,
      maximum: 1,
      exclusiveMaximum: true,
    });
  });
});
