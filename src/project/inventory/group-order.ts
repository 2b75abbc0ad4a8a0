import type { GroupDraft, GroupTree } from './group-tree.js';

/**
 * Groups from the weakest to the strongest: parents before children, then by `ansible_group_priority`, then by name.
 * (language page, 4.2; Ansible: `sort_groups`)
 */
export function groupsInOrder(tree: GroupTree): readonly GroupDraft[] {
  const depths = new Map<string, number>();
  const depth = (group: GroupDraft): number => {
    const known = depths.get(group.name);
    if (known !== undefined) return known;
    const above = [...group.parents].map(name => depth(tree.groups.get(name)!));
    const own = group.name === 'all' ? 0 : Math.max(1, ...above.map(one => one + 1));
    depths.set(group.name, own);
    return own;
  };
  return [...tree.groups.values()].sort(
    (a, b) => depth(a) - depth(b) || priority(a) - priority(b) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
  );
}

function priority({ vars }: GroupDraft): number {
  const value = Number(vars.ansible_group_priority ?? 1);
  return Number.isFinite(value) ? value : 1;
}
