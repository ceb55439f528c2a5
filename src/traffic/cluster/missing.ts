import { Failure } from '../../base/failure.ts';
import type { KubeObject } from '../../kube/object.ts';
import { apiVersionOf, type Resource } from '../../kube/resource.ts';
import type { ReadObject } from './steering.ts';

/** Reads an object that must be there. Throws Failure `notFound` that says where its name is written. */
export async function needed<T extends KubeObject>(
  read: ReadObject,
  { of, name, at }: { readonly of: Resource<T>; readonly name: string; readonly at: string },
): Promise<T> {
  const object = await read(of, name);
  if (object !== undefined) return object;
  throw new Failure('notFound', `there is no ${of.kind} ${name}, which ${at} names`, {
    hint: `make it, name another one, or, where the cluster does not know ${apiVersionOf(of)}, install its definitions`,
  });
}
