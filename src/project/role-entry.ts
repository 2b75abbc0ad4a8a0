import { COMMON, isUnsupported, type Own, readKeywords } from './keywords.js';
import { kindOf, type MapNode, type Node } from './node.js';
import type { Scene } from './reading.js';
import type { RoleUse } from './role-loader.js';
import { emptyVars, isName, NAMES, sourceOf } from './source.js';
import { staticText } from './static-scope.js';

const NOT_PARAMS = new Set([...COMMON.filter(key => key !== 'name'), 'when', 'role', 'name']);

/** An entry of `roles` or of a role's dependencies: a name, or a dictionary with keywords and params. */
export function readRoleEntry(node: Node, scene: Scene): RoleUse | undefined {
  const { mistakes } = scene.reading;
  const named = node.kind === 'map' ? (node.get('role') ?? node.get('name')) : node;
  if (named?.kind !== 'scalar' || named.value === null) {
    const isGalaxy = node.kind === 'map' && node.entries.has('src');
    mistakes.error(
      'bad-value',
      node.kind === 'map' ? 'this entry names no role' : `a role is a name, not ${kindOf(node)}`,
      {
        place: node.place,
        hint: isGalaxy ? '`src` is for galaxy; write `role:`' : undefined,
      },
    );
    return undefined;
  }
  const name = staticText(sourceOf(named, mistakes), named.place, scene);
  if (name === undefined) return undefined;
  const { vars = [], ...own }: Own = node.kind === 'map' ? withParams(node, readKeywords(node, mistakes), scene) : {};
  return {
    kind: 'entry',
    name,
    place: named.place,
    own,
    vars,
    from: {},
    isOnce: true,
    isPrivate: false,
    isValidated: true,
  };
}

/** Keys that are no keywords are params of the role (precedence 20). */
function withParams(map: MapNode, own: Own, { reading }: Scene): Own {
  const params = emptyVars();
  for (const { key, keyPlace, value } of map.entries.values()) {
    if (NOT_PARAMS.has(key) || isUnsupported(key)) continue;
    if (!isName(key))
      reading.mistakes.error('bad-name', `\`${key}\` cannot name a variable`, { place: keyPlace, hint: NAMES });
    params[key] = sourceOf(value, reading.mistakes);
  }
  return Object.keys(params).length > 0 ? { ...own, params: [params] } : own;
}
