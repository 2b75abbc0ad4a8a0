import { didYouMean, type Place } from '../../core/place.js';
import type { Mistakes } from '../mistakes.js';
import { type Entry, isNull, kindOf, type MapNode, type Node } from '../node.js';
import { variablesOf } from '../source.js';
import { checkGroupName, checkHostName, type GroupDraft, type GroupTree } from './group-tree.js';
import { expandHosts, RangeMistake, splitPort } from './host-range.js';

const GROUP = ['hosts', 'vars', 'children'];

/** A YAML inventory: groups by name, each with `hosts`, `vars` and `children`. (Ansible: `plugins/inventory/yaml.py`) */
export function readYamlInventory(node: Node | undefined, tree: GroupTree, mistakes: Mistakes): void {
  if (node === undefined || isNull(node)) return;
  if (node.kind !== 'map') {
    mistakes.error('bad-value', `an inventory is a dictionary of groups, not ${kindOf(node)}`, { place: node.place });
    return;
  }
  const plugin = node.entries.get('plugin');
  if (plugin)
    mistakes.error('unsupported', 'inventory plug-ins are not supported here', {
      place: plugin.keyPlace,
      hint: 'use an executable that prints JSON',
    });
  else for (const entry of node.entries.values()) readGroup(entry, undefined, tree, mistakes);
}

function readGroup(entry: Entry, parent: GroupDraft | undefined, tree: GroupTree, mistakes: Mistakes): void {
  const { key, value } = entry;
  const place = () => entry.keyPlace;
  if (!checkGroupName(key, place, mistakes)) return;
  const group = tree.group(key, entry.keyPlace);
  if (parent) tree.child(parent, group, mistakes, entry.keyPlace);
  if (isNull(value)) return;
  const map = dictionary(value, `group \`${key}\``, mistakes);
  for (const part of map?.entries.values() ?? []) readPart(part, group, tree, mistakes);
}

function readPart(part: Entry, group: GroupDraft, tree: GroupTree, mistakes: Mistakes): void {
  if (part.key === 'vars') Object.assign(group.vars, variablesOf(part.value, mistakes, '`vars`'));
  else if (part.key === 'children') {
    const map = dictionary(part.value, '`children`', mistakes);
    for (const child of map?.entries.values() ?? []) readGroup(child, group, tree, mistakes);
  } else if (part.key === 'hosts') readHosts(part.value, group, tree, mistakes);
  else
    mistakes.error('unknown-keyword', `a group has hosts, vars and children, but no \`${part.key}\``, {
      place: part.keyPlace,
      hint: didYouMean(part.key, GROUP) ?? 'groups below a group stand under `children:`',
    });
}

function readHosts(node: Node, group: GroupDraft, tree: GroupTree, mistakes: Mistakes): void {
  if (node.kind === 'scalar' && typeof node.value === 'string') {
    for (const name of names(node.value, node.place, mistakes))
      addHost(name, undefined, () => node.place, group, tree, mistakes);
    return;
  }
  const map = dictionary(node, '`hosts`', mistakes);
  for (const entry of map?.entries.values() ?? []) {
    const { name: pattern, port } = splitPort(entry.key);
    const vars = variablesOf(entry.value, mistakes, `host \`${entry.key}\``);
    for (const name of names(pattern, entry.keyPlace, mistakes))
      addHost(
        name,
        port === undefined ? vars : { ansible_port: port, ...vars },
        () => entry.keyPlace,
        group,
        tree,
        mistakes,
      );
  }
}

function addHost(
  name: string,
  vars: ReturnType<typeof variablesOf>,
  place: () => Place,
  group: GroupDraft,
  tree: GroupTree,
  mistakes: Mistakes,
): void {
  if (!checkHostName(name, place, mistakes)) return;
  const host = tree.host(name, group.name, place);
  for (const [key, value] of Object.entries(vars ?? {})) tree.setVar(host, key, value);
}

function names(pattern: string, place: Place, mistakes: Mistakes): readonly string[] {
  try {
    return expandHosts(pattern);
  } catch (error) {
    if (!(error instanceof RangeMistake)) throw error;
    mistakes.error('bad-range', error.message, { place });
    return [];
  }
}

function dictionary(node: Node, what: string, mistakes: Mistakes): MapNode | undefined {
  if (node.kind === 'map' || isNull(node)) return node.kind === 'map' ? node : undefined;
  const hint = node.kind === 'seq' ? 'write the names as keys: `name:`, without `- `' : undefined;
  mistakes.error('bad-value', `${what} is a dictionary, not ${kindOf(node)}`, { place: node.place, hint });
  return undefined;
}
