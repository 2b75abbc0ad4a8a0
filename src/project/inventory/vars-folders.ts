import path from 'node:path';
import type { Place } from '../../core/place.js';
import type { SourceVars } from '../../core/value.js';
import type { Mistakes } from '../mistakes.js';
import { variablesOf } from '../source.js';
import type { Texts } from '../texts.js';
import { namesWithVars, varsFilesNamed } from '../vars-files.js';

type Side = 'inventory' | 'playbook';
type Kind = 'group' | 'host';

interface Folder {
  readonly side: Side;
  readonly kind: Kind;
  /** Absolute. */
  readonly path: string;
  /** Read once: tens of thousands of hosts must not cost a look each. */
  readonly names: ReadonlySet<string>;
}

/** `group_vars/` and `host_vars/` beside the inventory and beside the playbooks, each file read once. */
export class VarsFolders {
  private constructor(
    readonly folders: readonly Folder[],
    readonly texts: Texts,
    readonly mistakes: Mistakes,
    /** What was read, by path. */
    readonly layers = new Map<string, SourceVars | undefined>(),
  ) {}

  static of(inventory: readonly string[], playbooks: readonly string[], texts: Texts, mistakes: Mistakes): VarsFolders {
    // A folder that is both counts once: the same file cannot win over itself.
    const sides = [
      ...inventory.map(base => ({ side: 'inventory' as const, base })),
      ...playbooks.filter(base => !inventory.includes(base)).map(base => ({ side: 'playbook' as const, base })),
    ];
    const folders = sides.flatMap(({ side, base }) =>
      (['group', 'host'] as const).map(kind => {
        const folder = path.join(base, `${kind}_vars`);
        return { side, kind, path: folder, names: namesWithVars(folder) };
      }),
    );
    return new VarsFolders(folders, texts, mistakes);
  }

  /** The same folders, for a reading that has mistakes of its own. */
  noting(mistakes: Mistakes): VarsFolders {
    return new VarsFolders(this.folders, this.texts, mistakes, this.layers);
  }

  /** Layers of a group, weakest first. */
  groupOf(side: Side, name: string): readonly SourceVars[] {
    return this.#of(side, 'group', name);
  }

  /** Layers of a host, strongest first. */
  hostOf(side: Side, name: string): readonly SourceVars[] {
    return [...this.#of(side, 'host', name)].reverse();
  }

  #of(side: Side, kind: Kind, name: string): readonly SourceVars[] {
    return this.folders
      .filter(folder => folder.side === side && folder.kind === kind && folder.names.has(name))
      .map(folder => this.#layer(folder.path, name))
      .filter(layer => layer !== undefined);
  }

  #layer(folder: string, name: string): SourceVars | undefined {
    const key = path.join(folder, name);
    if (!this.layers.has(key)) this.layers.set(key, this.#read(folder, name));
    return this.layers.get(key);
  }

  #read(folder: string, name: string): SourceVars | undefined {
    const { files, passedOver } = varsFilesNamed(folder, name);
    for (const file of passedOver)
      this.mistakes.warn(
        'unused-vars-file',
        `this is not read, since ${this.texts.shown(path.join(folder, name))} is there`,
        {
          place: this.texts.start(file),
          hint: 'put both into the folder, or into one file',
        },
      );
    const layers = files.flatMap(file => {
      const vars = variablesOf(this.texts.dictionary(file, this.mistakes), this.mistakes, 'a file of variables');
      return vars ? [vars] : [];
    });
    if (layers.length <= 1) return layers[0];
    return Object.assign(Object.create(null), ...layers) as SourceVars;
  }

  /** Files for groups and hosts that nobody has. */
  unused(
    groups: ReadonlySet<string>,
    hosts: ReadonlySet<string>,
  ): readonly { kind: Kind; name: string; place: Place }[] {
    return this.folders.flatMap(folder => {
      const used = folder.kind === 'group' ? groups : hosts;
      return [...folder.names].flatMap(name => {
        if (/^\.|~$|\.(?:ya?ml|json)$/.test(name) || used.has(name)) return [];
        const [file] = varsFilesNamed(folder.path, name).files;
        return file ? [{ kind: folder.kind, name, place: this.texts.start(file) }] : [];
      });
    });
  }
}
