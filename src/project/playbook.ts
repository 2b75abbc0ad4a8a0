import { existsSync } from 'node:fs';
import path from 'node:path';
import { didYouMean } from '../core/place.js';
import type { Play } from '../core/play.js';
import { NO_KEYWORDS } from '../core/play.js';
import type { SourceVars } from '../core/value.js';
import { combineOwn, type Own, readKeywords, unknownKeyword } from './keywords.js';
import { isNull, kindOf, type MapNode, type Node } from './node.js';
import { type PlayOrigin, readPlay } from './play.js';
import type { Reading } from './reading.js';
import { hasRoom, isShallow, OPENING } from './size.js';
import { emptyVars, sourceOf } from './source.js';
import { staticText } from './static-scope.js';

const IMPORT = ['import_playbook', 'ansible.builtin.import_playbook'];
const ON_IMPORT = [...IMPORT, 'name', 'when', 'tags', 'vars', 'environment'];

/** The plays of a playbook, with those it imports in their place. */
export function readPlaybook(file: string, reading: Reading): readonly Play[] {
  return readPlays({ reading, file, own: {}, vars: emptyVars() }, []);
}

function readPlays(origin: PlayOrigin, chain: readonly string[]): readonly Play[] {
  const { reading, file } = origin;
  const { mistakes, texts } = reading;
  const node = texts.yaml(file, mistakes);
  if (node === undefined || isNull(node)) return [];
  if (node.kind === 'seq') return node.items.flatMap(item => readEntry(item, origin, [...chain, file]));
  mistakes.error('bad-value', `a playbook is a list of plays, not ${kindOf(node)}`, {
    place: node.place,
    hint: node.kind === 'map' ? 'begin each play with `- `' : undefined,
  });
  return [];
}

function readEntry(item: Node, origin: PlayOrigin, chain: readonly string[]): readonly Play[] {
  const { mistakes } = origin.reading;
  if (item.kind !== 'map') {
    mistakes.error('bad-value', `a play is a dictionary, not ${kindOf(item)}`, { place: item.place });
    return [];
  }
  const imported = [...item.entries.values()].find(({ key }) => IMPORT.includes(key));
  if (imported) return importPlaybook(item, imported.value, origin, chain);
  const old = item.entries.get('include') ?? item.entries.get('ansible.builtin.include');
  if (old) {
    mistakes.error('unknown-keyword', '`include` is no keyword of a play', {
      place: old.keyPlace,
      hint: 'write `import_playbook`',
    });
    return [];
  }
  if (item.entries.has('hosts') || !looksLikeTask(item, origin.reading)) return [readPlay(item, origin)];
  mistakes.error('missing-hosts', 'this is a task where a play should be', {
    place: item.place,
    hint: 'put it below `tasks:` of a play with `hosts:`',
  });
  return [];
}

const looksLikeTask = (item: MapNode, { registry }: Reading): boolean =>
  [...item.entries.keys()].some(key => registry.has(key) || key === 'block');

function importPlaybook(map: MapNode, named: Node, origin: PlayOrigin, chain: readonly string[]): readonly Play[] {
  const { reading } = origin;
  const { mistakes, texts } = reading;
  for (const entry of map.entries.values())
    if (!ON_IMPORT.includes(entry.key)) unknownKeyword(entry, ON_IMPORT, 'import_playbook', mistakes);
  const own: Own = readKeywords(map, mistakes);
  const vars: SourceVars = Object.assign(emptyVars(), ...(own.vars ?? []), origin.vars);
  const directory = path.dirname(origin.file);
  const name = staticText(sourceOf(named, mistakes), named.place, {
    reading,
    members: { vars, roles: [], importedHandlers: [], uses: new Set() },
    standing: { here: directory, playbook: directory },
    keywords: NO_KEYWORDS,
    notify: [],
    chain,
    isHandler: false,
    mayBeSkipped: false,
  });
  if (name === undefined) return [];
  const file = path.resolve(directory, name);
  if (!existsSync(file)) {
    const hint = didYouMean(path.basename(name), texts.namesBeside(file));
    mistakes.error('missing-file', `there is no playbook \`${name}\``, { place: named.place, hint });
    return [];
  }
  if (chain.includes(file)) {
    const circle = [...chain.slice(chain.indexOf(file)), file].map(one => texts.shown(one)).join(' → ');
    mistakes.error('circle', `a playbook imports itself: ${circle}`, { place: named.place });
    return [];
  }
  if (!isShallow(chain, named.place, reading) || !hasRoom(OPENING, named.place, reading)) return [];
  const { vars: _, ...keywords } = own;
  return readPlays({ reading, file, own: combineOwn(origin.own, keywords), vars }, chain);
}
