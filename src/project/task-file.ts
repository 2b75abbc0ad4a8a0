import path from 'node:path';
import type { Place } from '../core/place.js';
import type { Step } from '../core/play.js';
import { firstExisting, searchOrder } from './file-search.js';
import type { Scene } from './reading.js';
import { hasRoom, isShallow, OPENING } from './size.js';

/** The file a task list is imported or included from. */
export function findTasks(name: string, place: Place, scene: Scene): string | undefined {
  const tried = searchOrder(name, 'tasks', scene.standing);
  const found = firstExisting(tried);
  const { mistakes, texts } = scene.reading;
  if (found === undefined)
    mistakes.error('missing-file', `there is no task file \`${name}\``, {
      place,
      hint: `looked for ${tried.map(file => texts.shown(file)).join(', ')}`,
    });
  return found;
}

/** The steps of a task file. */
export function readTaskFile(file: string, place: Place, scene: Scene): readonly Step[] {
  const { mistakes, texts } = scene.reading;
  if (scene.chain.includes(file)) {
    const circle = [...scene.chain.slice(scene.chain.indexOf(file)), file].map(one => texts.shown(one));
    mistakes.error('circle', `a file imports itself: ${circle.join(' → ')}`, { place });
    return [];
  }
  if (!isShallow(scene.chain, place, scene.reading) || !hasRoom(OPENING, place, scene.reading)) return [];
  const node = texts.yaml(file, mistakes, place);
  const standing = { ...scene.standing, here: path.dirname(file) };
  return scene.reading.readSteps(node, { ...scene, standing, chain: [...scene.chain, file] }, 'a task file');
}
