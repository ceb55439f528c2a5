import { isJsonObject } from '../../base/json.ts';
import { isSameJson } from '../../base/same-json.ts';
import { COMMANDS, commandsIn, type Ordered } from '../commands.ts';
import type { RolloutObject } from '../objects.ts';
import { readMemory } from '../store/memory.ts';
import { sealed, type Seal } from '../seal.ts';
import { answerTo, requestIn, type Reviewer } from './review.ts';

/** Answers reviews of Rollouts whose commands change: each new one is sealed with who writes it. Always a yes. */
export function sealReview(keyOf: () => Promise<string>): Reviewer {
  return async (review) => {
    const request = requestIn(review);
    if (request === undefined) return undefined;
    const { object, oldObject, userInfo } = request;
    if (!isRollout(object) || !isRollout(oldObject)) return answerTo(request);
    const before = commandsIn(oldObject);
    const author = authorIn(userInfo);
    const place = {
      uid: oldObject.metadata.uid ?? '',
      release: readMemory(oldObject.status?.memory)?.status.release?.number,
      key: await keyOf(),
    };
    const commands = commandsIn(object).map((one) =>
      before.some((other) => isSameJson(one, other)) ? one : sealed(one, author, place),
    );
    return answerTo(request, { patch: patchOf(object, commands) });
  };
}

function patchOf({ metadata }: RolloutObject, commands: readonly Ordered[]): readonly object[] {
  if (metadata.annotations?.[COMMANDS] === undefined) return [];
  const path = `/metadata/annotations/${COMMANDS.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  return [{ op: 'replace', path, value: JSON.stringify(commands) }];
}

function authorIn(userInfo: unknown): Pick<Seal, 'name' | 'groups'> {
  const { username, groups } = isJsonObject(userInfo) ? userInfo : {};
  return {
    name: typeof username === 'string' ? username : '',
    groups: Array.isArray(groups) ? groups.filter((one) => typeof one === 'string') : [],
  };
}

function isRollout(value: unknown): value is RolloutObject {
  return isJsonObject(value) && isJsonObject(value['metadata']) && isJsonObject(value['spec']);
}
