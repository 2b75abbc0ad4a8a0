import { at, type Place } from '../../core/place.js';
import type { Source } from '../../core/value.js';
import type { Mistakes } from '../mistakes.js';
import { emptyVars } from '../source.js';

/** A host while sources are read. */
export interface HostDraft {
  readonly name: string;
  readonly place: Place | undefined;
  /** Made when the first variable comes: most hosts of a large inventory have none of their own. */
  vars: Record<string, Source> | undefined;
  /** Groups it is named in, without ancestors. */
  readonly groups: Set<string>;
  /** The localhost that no source names: of no group but those that tasks put it into. */
  readonly isImplicit?: boolean;
}

/** A group while sources are read; `children` and `parents` are names. */
export interface GroupDraft {
  readonly name: string;
  readonly place: Place | undefined;
  readonly vars: Record<string, Source>;
  /** Names of the hosts that are named in it, in order. One may stand there twice. */
  readonly hosts: string[];
  readonly children: Set<string>;
  readonly parents: Set<string>;
}

/** What all sources of the inventory say together; later ones add to and win over earlier ones. */
export class GroupTree {
  readonly hosts = new Map<string, HostDraft>();
  readonly groups = new Map<string, GroupDraft>();

  constructor() {
    this.group('all');
    this.group('ungrouped');
  }

  /** The same hosts and groups; the drafts are shared. */
  copy(): GroupTree {
    const copy = new GroupTree();
    for (const [name, host] of this.hosts) copy.hosts.set(name, host);
    for (const [name, group] of this.groups) copy.groups.set(name, group);
    return copy;
  }

  group(name: string, place?: Place): GroupDraft {
    const known = this.groups.get(name);
    if (known) return known;
    const draft: GroupDraft = {
      ...{ name, place, vars: emptyVars(), hosts: [] },
      ...{ children: new Set<string>(), parents: new Set<string>() },
    };
    this.groups.set(name, draft);
    return draft;
  }

  /** Names a host of a group. `place` is computed only for new hosts, of which there may be many. */
  host(name: string, group: string, place: () => Place | undefined): HostDraft {
    let draft = this.hosts.get(name);
    if (!draft) {
      draft = { name, place: place(), vars: undefined, groups: new Set() };
      this.hosts.set(name, draft);
    }
    if (group === 'ungrouped' || draft.groups.has(group)) return draft;
    if (group !== 'all') draft.groups.add(group);
    this.group(group).hosts.push(name);
    return draft;
  }

  setVar(host: HostDraft, name: string, value: Source): void {
    host.vars ??= emptyVars();
    host.vars[name] = value;
  }

  /** Puts one group below another. A circle is noted and left out. */
  child(parent: GroupDraft, child: GroupDraft, mistakes: Mistakes, place?: Place): void {
    if (parent === child || this.ancestors(parent).has(child.name)) {
      mistakes.error('circle', `group \`${child.name}\` would be its own ancestor through \`${parent.name}\``, {
        place,
      });
      return;
    }
    parent.children.add(child.name);
    child.parents.add(parent.name);
  }

  /** All groups above one, itself not among them. */
  ancestors(group: GroupDraft): ReadonlySet<string> {
    const found = new Set<string>();
    const left = [...group.parents];
    for (let name = left.pop(); name !== undefined; name = left.pop()) {
      if (found.has(name)) continue;
      found.add(name);
      left.push(...this.groups.get(name)!.parents);
    }
    return found;
  }
}

/** A host's name, as far as it is dangerous or makes no sense. Answers whether it may be used. */
export function checkHostName(name: string, place: () => Place | undefined, mistakes: Mistakes): boolean {
  const wrong = name.startsWith('-')
    ? 'begins with `-`, which programs take for an option'
    : /[\s\0-\x1f\x7f/\\'"`$;|&<>(){}[\]]/.test(name) || name === '' || name === '.' || name === '..'
      ? 'holds characters that no host name has'
      : undefined;
  if (wrong) mistakes.error('bad-host-name', `host \`${name}\` ${wrong}`, { place: place() });
  return wrong === undefined;
}

/** A group's name: what patterns could not name is refused. */
export function checkGroupName(name: string, place: () => Place | undefined, mistakes: Mistakes): boolean {
  if (name !== '' && !/[\s:,!&*?~/\0]/.test(name) && !name.startsWith('-')) return true;
  mistakes.error('bad-group-name', `\`${name}\` cannot name a group`, { place: place() });
  return false;
}

/** Says that a host stands twice where once is meant. */
export function warnTwice(name: string, first: Place | undefined, place: Place | undefined, mistakes: Mistakes): void {
  mistakes.warn('duplicate-host', `host \`${name}\` stands twice in one group`, {
    place,
    hint: first && `the first is at ${at(first)}`,
  });
}
