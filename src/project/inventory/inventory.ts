import path from 'node:path';
import type { HostName } from '../../core/names.js';
import { didYouMean } from '../../core/place.js';
import type { Group, Host, Inventory, Joining } from '../../core/play.js';
import type { Result } from '../../core/result.js';
import type { SourceVars } from '../../core/value.js';
import { Mistakes } from '../mistakes.js';
import type { Texts } from '../texts.js';
import { groupsInOrder } from './group-order.js';
import type { GroupDraft, GroupTree, HostDraft } from './group-tree.js';
import { joined } from './joining.js';
import { membersOf } from './members.js';
import { type Gathered, readSources } from './sources.js';
import { VarsFolders } from './vars-folders.js';

/** What an inventory is read from. */
export interface InventoryRequest {
  /** As `-i` names them. */
  readonly sources: readonly string[];
  /** Absolute folders of the playbooks, whose `group_vars` and `host_vars` win over those beside the inventory. */
  readonly playbooks: readonly string[];
}

/**
 * Hosts and groups with their variables in layers (language page, 4.1: levels 3 to 10). A layer is one dictionary,
 * shared by all hosts it holds for, so that fifty thousand hosts of one group cost one dictionary.
 */
export async function loadInventory(request: InventoryRequest, texts: Texts, mistakes: Mistakes): Promise<Inventory> {
  const gathered = await readSources(request.sources, texts, mistakes);
  const files = VarsFolders.of(gathered.folders, request.playbooks, texts, mistakes);
  warnSameAddress(gathered.tree, mistakes);
  if (request.sources.length > 0 && gathered.tree.hosts.size === 0 && mistakes.errors.length === 0)
    mistakes.warn('empty-inventory', 'the inventory names no host', {
      place: gathered.file ? texts.start(gathered.file) : undefined,
    });
  const layering = new Layering(gathered, files);
  layering.warnUnused(mistakes);
  return layering.inventory();
}

/** What hosts of the same groups share. */
interface Shared {
  readonly names: readonly string[];
  readonly vars: readonly SourceVars[];
}

class Layering {
  readonly #shared = new Map<string, Shared>();
  readonly #ordered: readonly GroupDraft[];
  readonly #tree: GroupTree;
  readonly #hosts: ReadonlyMap<HostName, Host>;

  constructor(
    readonly gathered: Gathered,
    readonly files: VarsFolders,
    /** What is known of hosts already, as far as they are in the tree as they were. */
    known: ReadonlyMap<HostName, Host> = new Map(),
    /** Hosts that are not. */
    fresh: Iterable<HostDraft> = gathered.tree.hosts.values(),
  ) {
    this.#tree = gathered.tree;
    this.#ordered = groupsInOrder(gathered.tree);
    const hosts = new Map(known);
    for (const draft of fresh) hosts.set(draft.name as HostName, this.#host(draft));
    this.#hosts = hosts;
  }

  inventory(): Inventory {
    const groups = [...this.#tree.groups.values()].map(draft => [draft.name, this.#group(draft)] as const);
    const { file, folders } = this.gathered;
    return {
      hosts: this.#hosts,
      groups: new Map(groups),
      hostVars: name => this.#hostVars(name),
      join: joining => this.#join(joining),
      ...(file ? { file, directory: folders[0] ?? path.dirname(file) } : {}),
    };
  }

  #join(joining: Joining): Result<Inventory | undefined> {
    const mistakes = new Mistakes();
    const found = joined(this.#tree, joining, mistakes);
    if (!found) return mistakes.result(undefined);
    const gathered = { ...this.gathered, tree: found.tree };
    const files = this.files.noting(mistakes);
    const next = found.isReshaped
      ? new Layering(gathered, files)
      : new Layering(gathered, files, this.#hosts, [found.tree.hosts.get(joining.host)!]);
    return mistakes.result(next.inventory());
  }

  /** Its members are only listed when somebody asks: tasks may add thousands of hosts, one after the other. */
  #group(draft: GroupDraft): Group {
    const tree = this.#tree;
    let hosts: readonly HostName[] | undefined;
    return {
      name: draft.name,
      get hosts() {
        hosts ??= membersOf(draft, tree) as readonly HostName[];
        return hosts;
      },
      vars: this.#groupVars(draft),
    };
  }

  #host(draft: HostDraft): Host {
    const shared = this.#sharedBy(draft.groups);
    const own = [...this.#hostVars(draft.name), ...(draft.vars ? [draft.vars] : [])];
    return {
      name: draft.name as HostName,
      groups: shared.names,
      vars: own.length > 0 ? [...own, ...shared.vars] : shared.vars,
      ...(draft.place ? { place: draft.place } : {}),
    };
  }

  /** Levels 9 and 10. */
  #hostVars(name: string): readonly SourceVars[] {
    return [...this.files.hostOf('playbook', name), ...this.files.hostOf('inventory', name)];
  }

  #sharedBy(direct: ReadonlySet<string>): Shared {
    const key = [...direct].sort().join('\0');
    const known = this.#shared.get(key);
    if (known) return known;
    const names = new Set<string>(direct.size === 0 ? ['all', 'ungrouped'] : ['all', ...direct]);
    for (const name of direct) for (const above of this.#tree.ancestors(this.#tree.groups.get(name)!)) names.add(above);
    const shared = {
      names: [...names].sort(),
      vars: this.#layers(this.#ordered.filter(({ name }) => names.has(name))),
    };
    this.#shared.set(key, shared);
    return shared;
  }

  /** Levels 3 to 7, strongest first; `groups` come weakest first, `all` before all others. */
  #layers(groups: readonly GroupDraft[]): readonly SourceVars[] {
    const [all, others] = [groups.filter(({ name }) => name === 'all'), groups.filter(({ name }) => name !== 'all')];
    const weakestFirst = [
      ...groups.map(({ vars }) => vars),
      ...all.flatMap(({ name }) => this.files.groupOf('inventory', name)),
      ...all.flatMap(({ name }) => this.files.groupOf('playbook', name)),
      ...others.flatMap(({ name }) => this.files.groupOf('inventory', name)),
      ...others.flatMap(({ name }) => this.files.groupOf('playbook', name)),
    ];
    return weakestFirst.filter(vars => Object.keys(vars).length > 0).reverse();
  }

  #groupVars({ name, vars }: GroupDraft): readonly SourceVars[] {
    const strongestFirst = [
      ...[...this.files.groupOf('playbook', name)].reverse(),
      ...[...this.files.groupOf('inventory', name)].reverse(),
      vars,
    ];
    return strongestFirst.filter(layer => Object.keys(layer).length > 0);
  }

  warnUnused(mistakes: Mistakes): void {
    const { hosts, groups } = this.#tree;
    for (const { kind, name, place } of this.files.unused(
      new Set(groups.keys()),
      new Set([...hosts.keys(), 'localhost']),
    ))
      mistakes.warn('unused-vars-file', `there is no ${kind} \`${name}\` to have these variables`, {
        place,
        hint: didYouMean(name, kind === 'group' ? groups.keys() : hosts.keys()),
      });
  }
}

/** Two names for one address are most often a slip; they would be changed by two hands at once. */
function warnSameAddress(tree: GroupTree, mistakes: Mistakes): void {
  const first = new Map<string, string>();
  for (const { name, vars, place } of tree.hosts.values()) {
    const address = vars?.ansible_host;
    if (typeof address !== 'string') continue;
    const key = `${address}:${String(vars?.ansible_port ?? 22)}`;
    const other = first.get(key);
    if (other === undefined) first.set(key, name);
    else
      mistakes.warn('same-address', `hosts \`${other}\` and \`${name}\` have the same address ${address}`, { place });
  }
}
