import type { Json } from '../base/json.ts';
import type { OneOf } from './schema/fields.ts';

/** A schema as data: the part of JSON Schema that the written form uses. */
export interface Shape {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  readonly description?: string;
  readonly default?: Json;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: false | Shape;
  readonly propertyNames?: { readonly pattern: string };
  readonly items?: Shape;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly anyOf?: readonly Shape[];
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly format?: 'date-time';
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly 'x-coalmine-form'?: string;
  readonly 'x-coalmine-one-of'?: readonly OneOf[];
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
}

/** The schema of the value that `segment` leads to; undefined when there cannot be one. */
export function shapeBelow(shape: Shape, segment: string | number): Shape | undefined {
  if (typeof segment === 'number') return shape.items;
  const { properties, additionalProperties } = shape;
  if (properties !== undefined && Object.hasOwn(properties, segment)) return properties[segment];
  if (additionalProperties !== undefined && additionalProperties !== false) return additionalProperties;
  return shape.anyOf?.map((one) => shapeBelow(one, segment)).find((one) => one !== undefined);
}

/** The names of the fields an object of this schema may have. */
export function fieldsOf(shape: Shape): readonly string[] {
  return [...Object.keys(shape.properties ?? {}), ...(shape.anyOf ?? []).flatMap(fieldsOf)];
}
