import type { Block, Step } from '../core/play.js';
import { COMMON, inherit, readKeywords, unknownKeyword } from './keywords.js';
import { isNull, itemsOf, kindOf, type MapNode, type Node } from './node.js';
import type { Scene } from './reading.js';
import { hasRoom } from './size.js';
import { sourceOf } from './source.js';
import { readTask } from './task.js';
import { TASK_ONLY } from './task-keys.js';

/** A list of tasks and blocks. `what` names it in a mistake: `tasks`, `this file`. */
export function readSteps(node: Node | undefined, scene: Scene, what: string): readonly Step[] {
  const { mistakes } = scene.reading;
  if (node === undefined || isNull(node)) return [];
  if (node.kind !== 'seq') {
    const hint = node.kind === 'map' ? 'begin each task with `- `' : undefined;
    mistakes.error('bad-value', `${what} must be a list of tasks, not ${kindOf(node)}`, { place: node.place, hint });
    return [];
  }
  if (!hasRoom(node.items.length, node.place, scene.reading)) return [];
  return node.items.flatMap(item => readStep(item, scene));
}

function readStep(item: Node, scene: Scene): readonly Step[] {
  if (item.kind !== 'map') {
    if (isNull(item)) return [];
    const message = `a task is a dictionary, not ${kindOf(item)}`;
    scene.reading.mistakes.error('bad-value', message, { place: item.place });
    return [];
  }
  const part = item.entries.get('rescue') ?? item.entries.get('always');
  if (part && !item.entries.has('block')) {
    const message = `\`${part.key}\` without a \`block\``;
    scene.reading.mistakes.error('bad-value', message, { place: part.keyPlace });
    return [];
  }
  return item.entries.has('block') ? [readBlock(item, scene)] : readTask(item, scene);
}

const BLOCK: readonly string[] = [...COMMON, 'when', 'block', 'rescue', 'always', 'notify'];

function readBlock(map: MapNode, scene: Scene): Block {
  const { mistakes } = scene.reading;
  for (const entry of map.entries.values()) {
    if (BLOCK.includes(entry.key)) continue;
    if (TASK_ONLY.includes(entry.key) || entry.key.startsWith('with_'))
      mistakes.error('keyword-on-block', `\`${entry.key}\` cannot stand on a block`, {
        place: entry.keyPlace,
        hint: 'put it on its tasks, or the tasks into a file of their own with include_tasks',
      });
    else unknownKeyword(entry, BLOCK, 'a block', mistakes);
  }
  const notify = map.get('notify');
  const inner: Scene = {
    ...scene,
    keywords: inherit(scene.keywords, readKeywords(map, mistakes)),
    notify: notify ? itemsOf(notify).map(item => sourceOf(item, mistakes)) : scene.notify,
  };
  const name = map.get('name');
  return {
    kind: 'block',
    place: map.place,
    ...(name && !isNull(name) ? { name: sourceOf(name, mistakes) } : {}),
    body: readSteps(map.get('block'), inner, '`block`'),
    rescue: readSteps(map.get('rescue'), inner, '`rescue`'),
    always: readSteps(map.get('always'), inner, '`always`'),
  };
}
