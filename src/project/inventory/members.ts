import type { GroupDraft, GroupTree } from './group-tree.js';

/** The hosts of a group: its own, then those of its child groups, then of theirs. (Ansible: `Group.get_hosts`) */
export function membersOf(group: GroupDraft, tree: GroupTree): readonly string[] {
  const hosts = new Set<string>();
  const groups = new Set([group]);
  for (const one of groups) {
    for (const host of directOf(one, tree))
      if (group.name !== 'all' || !tree.hosts.get(host)!.isImplicit) hosts.add(host);
    for (const child of childrenOf(one, tree)) groups.add(child);
  }
  return [...hosts];
}

/** In `ungrouped` is whoever is in no other group. */
function directOf({ name, hosts }: GroupDraft, tree: GroupTree): readonly string[] {
  if (name !== 'ungrouped') return hosts;
  return [...tree.hosts.values()].filter(host => host.groups.size === 0).map(host => host.name);
}

/** Below `all` are the groups that are below no other. */
function childrenOf({ name, children }: GroupDraft, tree: GroupTree): readonly GroupDraft[] {
  const named = [...children].map(child => tree.groups.get(child)!);
  if (name !== 'all') return named;
  const loose = [...tree.groups.values()].filter(group => group.name !== 'all' && group.parents.size === 0);
  return [tree.group('ungrouped'), ...named, ...loose];
}
