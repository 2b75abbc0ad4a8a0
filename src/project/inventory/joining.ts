import { isDeepStrictEqual } from 'node:util';
import { IMPLICIT_LOCALHOST, isLocalhost, type Joining } from '../../core/play.js';
import type { Mistakes } from '../mistakes.js';
import { emptyVars } from '../source.js';
import type { GroupDraft, GroupTree, HostDraft } from './group-tree.js';

/** A tree with what a task adds to it. */
export interface Joined {
  readonly tree: GroupTree;
  /** A group that has hosts came below another, so that they are in more groups than before. */
  readonly isReshaped: boolean;
}

/** Adds to a tree, which stays as it was; undefined where nothing is new. (Ansible: `add_dynamic_host`, `add_dynamic_group`) */
export function joined(tree: GroupTree, joining: Joining, mistakes: Mistakes): Joined | undefined {
  const next = new Joiner(tree.copy());
  return joining.kind === 'host' ? next.host(joining) : next.group(joining, mistakes);
}

class Joiner {
  #isChanged = false;

  constructor(readonly tree: GroupTree) {}

  host({ host: name, groups, vars }: Joining & { kind: 'host' }): Joined | undefined {
    const { tree } = this;
    if (!tree.hosts.has(name)) {
      this.#own('all');
      tree.host(name, 'all', () => undefined);
      this.#isChanged = true;
    }
    const host = this.#hostDraft(name);
    for (const [key, value] of Object.entries(vars)) {
      if (host.vars && Object.hasOwn(host.vars, key) && isDeepStrictEqual(host.vars[key], value)) continue;
      tree.setVar(host, key, value);
      this.#isChanged = true;
    }
    for (const group of groups) this.#put(host, group);
    return this.#done(false);
  }

  group({ host: name, group, parents }: Joining & { kind: 'group' }, mistakes: Mistakes): Joined | undefined {
    const { tree } = this;
    if (!tree.hosts.has(name)) {
      if (!isLocalhost(name)) return undefined;
      const vars = Object.assign(emptyVars(), IMPLICIT_LOCALHOST);
      tree.hosts.set(name, { name, place: undefined, vars, groups: new Set(), isImplicit: true });
    }
    const hadMembers = tree.groups.has(group) && hasMembers(tree.group(group));
    const child = this.#own(group);
    let isBelow = false;
    for (const one of parents) {
      const parent = this.#own(one);
      if (parent.children.has(group) || (one === 'all' && child.parents.size === 0)) continue;
      tree.child(parent, child, mistakes);
      isBelow = true;
      this.#isChanged = true;
    }
    this.#put(this.#hostDraft(name), group);
    return this.#done(isBelow && hadMembers);
  }

  #done(isReshaped: boolean): Joined | undefined {
    return this.#isChanged ? { tree: this.tree, isReshaped } : undefined;
  }

  #put(host: HostDraft, group: string): void {
    const isIn =
      group === 'ungrouped' ? host.groups.size === 0 : this.tree.groups.get(group)?.hosts.includes(host.name);
    if (isIn) return;
    this.#own(group);
    this.tree.host(host.name, group, () => undefined);
    this.#isChanged = true;
  }

  /** A draft of the host that belongs to this tree alone. */
  #hostDraft(name: string): HostDraft {
    const known = this.tree.hosts.get(name)!;
    const vars = known.vars && Object.assign(emptyVars(), known.vars);
    const draft: HostDraft = { ...known, vars, groups: new Set(known.groups) };
    this.tree.hosts.set(name, draft);
    return draft;
  }

  #own(name: string): GroupDraft {
    const known = this.tree.groups.get(name);
    if (!known) this.#isChanged = true;
    const { hosts, children, parents, ...rest } = known ?? this.tree.group(name);
    const draft = { ...rest, hosts: [...hosts], children: new Set(children), parents: new Set(parents) };
    this.tree.groups.set(name, draft);
    return draft;
  }
}

const hasMembers = ({ hosts, children }: GroupDraft): boolean => hosts.length > 0 || children.size > 0;
