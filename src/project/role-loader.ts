import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Standing } from '../core/files.js';
import { didYouMean, type Place } from '../core/place.js';
import type { RoleScope } from '../core/play.js';
import type { SourceVars } from '../core/value.js';
import type { Own } from './keywords.js';
import { Mistakes } from './mistakes.js';
import { itemsOf, type MapNode, type Node, wordsOf } from './node.js';
import { checkSafety } from './role-safety.js';
import { type ArgumentSpec, readSpecs } from './role-spec.js';
import { emptyVars, spelled, variablesOf } from './source.js';
import type { Texts } from './texts.js';
import { varsFilesNamed } from './vars-files.js';

/** By which roles a role is used, and which it needs: those may yet be read. */
export type RoleRelations = Pick<RoleScope, 'parent' | 'dependencies'>;

/** One use of a role in a play. */
export interface RoleUse {
  /** An entry of `roles` or of `dependencies`; or an import or include, which is a task. */
  readonly kind: 'entry' | 'task';
  readonly name: string;
  readonly place: Place;
  /** Its keywords; params of the role among them. */
  readonly own: Own;
  /** Its `vars`, which are the role's as those of its `vars/` are, only weaker: whoever sees these sees them. */
  readonly vars: readonly SourceVars[];
  readonly from: RoleFiles;
  /** The same role with the same params runs once in a play. */
  readonly isOnce: boolean;
  readonly isPrivate: boolean;
  /** Whether its argument specification is checked. */
  readonly isValidated: boolean;
}

/** Which files of a role are meant, where it is not `main`. */
export interface RoleFiles {
  readonly tasks?: string | undefined;
  readonly vars?: string | undefined;
  readonly defaults?: string | undefined;
  readonly handlers?: string | undefined;
}

/** What a role's `meta/` says. */
export interface RoleMeta {
  readonly dependencies: readonly Node[];
  readonly allowsDuplicates: boolean;
  /** By entry point: `main`, or the name of a task file. */
  readonly specs: ReadonlyMap<string, ArgumentSpec>;
}

const COLLECTION = /^(\w+)\.(\w+)\.(\w+)$/;
const EXTENSIONS = ['.yml', '.yaml', '.json', ''];

/** Finds roles and reads what lies in their folders. */
export class RoleLoader {
  readonly #metas = new Map<string, RoleMeta>();
  readonly #scopes = new Map<string, Map<RoleScope | undefined, RoleScope>>();

  constructor(
    readonly texts: Texts,
    /** Absolute folders that hold roles, beside those found from where a role is named. */
    readonly folders: readonly string[],
  ) {}

  /** The absolute folder of a role: beside the playbook, beside the role that names it, on the roles path. */
  find(name: string, standing: Standing, mistakes: Mistakes, place: Place): string | undefined {
    const folders = this.#foldersFrom(standing);
    if (name.includes('/')) {
      const found = [standing.playbook, ...folders].map(folder => path.resolve(folder, name)).find(isFolder);
      if (!found) mistakes.error('unknown-role', `there is no role at \`${name}\``, { place });
      return found;
    }
    const found = folders.map(folder => path.join(folder, name)).find(isFolder);
    if (found) return found;
    const ofCollection = this.#ofCollection(name, standing);
    if (ofCollection) return ofCollection;
    const isOfCollection = COLLECTION.test(name);
    mistakes.error('unknown-role', `there is no role \`${name}\``, {
      place,
      hint: isOfCollection
        ? 'roles of collections are not found here: put the role on the roles path under its own name'
        : (didYouMean(name, folders.flatMap(namesIn)) ??
          `looked in ${folders.map(folder => this.texts.shown(folder)).join(', ')}`),
    });
    return undefined;
  }

  /** `ns.coll.role`: in `collections/` beside the playbook, or beside a role of the same collection. */
  #ofCollection(name: string, { playbook, role }: Standing): string | undefined {
    const [, namespace, collection, short] = COLLECTION.exec(name) ?? [];
    if (short === undefined) return undefined;
    const installed = path.join(playbook, 'collections/ansible_collections', namespace!, collection!, 'roles', short);
    const beside = role && this.#isCollection(path.resolve(role, '../..'), namespace!, collection!);
    return [installed, ...(beside ? [path.join(path.dirname(role), short)] : [])].find(isFolder);
  }

  /** By the folders it is installed in, or by its `galaxy.yml`. */
  #isCollection(folder: string, namespace: string, collection: string): boolean {
    if (folder.endsWith(path.join('ansible_collections', namespace, collection))) return true;
    const galaxy = path.join(folder, 'galaxy.yml');
    if (!existsSync(galaxy)) return false;
    const map = this.texts.dictionary(galaxy, new Mistakes());
    return wordsOf(map?.get('namespace')) === namespace && wordsOf(map?.get('name')) === collection;
  }

  #foldersFrom({ playbook, role }: Standing): readonly string[] {
    const beside = role ? [path.dirname(role)] : [];
    return [...new Set([path.join(playbook, 'roles'), ...beside, ...this.folders, playbook])];
  }

  /** `meta/`, read once; with it the folder is checked for what no role may hold. */
  meta(role: string, mistakes: Mistakes): RoleMeta {
    const known = this.#metas.get(role);
    if (known) return known;
    const before = mistakes.errors.length;
    checkSafety(role, this.texts, mistakes);
    const file = this.#file(role, 'meta', 'main');
    const map = file ? this.texts.dictionary(file, mistakes) : undefined;
    const specFile = this.#file(role, 'meta', 'argument_specs');
    const specs = specFile ? this.texts.dictionary(specFile, mistakes) : map;
    const meta: RoleMeta = {
      dependencies: dependenciesOf(map, mistakes),
      allowsDuplicates: isTrue(map?.get('allow_duplicates')),
      specs: readSpecs(specs?.get('argument_specs'), mistakes),
    };
    if (mistakes.errors.length === before) this.#metas.set(role, meta);
    return meta;
  }

  /** The task or handler file `<kind>/<from>`; a missing `main` is no mistake. */
  steps(role: string, kind: 'tasks' | 'handlers', from: string, mistakes: Mistakes, place: Place): string | undefined {
    const file = this.#file(role, kind, from);
    if (!file && from !== 'main')
      mistakes.error('missing-file', `role \`${path.basename(role)}\` has no ${kind}/${from}`, {
        place,
        hint: didYouMean(from, namesIn(path.join(role, kind)).map(withoutExtension)),
      });
    return file;
  }

  /** The role as its tasks see it; one and the same for every use with the same files and vars by the same parent. */
  scope(
    { name, place, from, vars, isPrivate }: RoleUse,
    folder: string,
    relations: RoleRelations,
    mistakes: Mistakes,
  ): RoleScope {
    const key = JSON.stringify([folder, name, from.defaults, from.vars, spelled(vars), isPrivate]);
    const known = this.#scopes.get(key)?.get(relations.parent);
    if (known) return known;
    const before = mistakes.errors.length;
    const scope: RoleScope = {
      name: path.basename(name),
      path: folder,
      defaults: this.#variables(folder, 'defaults', from.defaults ?? 'main', mistakes, place),
      vars: Object.assign(emptyVars(), ...vars, this.#variables(folder, 'vars', from.vars ?? 'main', mistakes, place)),
      isPrivate,
      ...relations,
    };
    if (mistakes.errors.length === before)
      this.#scopes.set(
        key,
        (this.#scopes.get(key) ?? new Map<RoleScope | undefined, RoleScope>()).set(relations.parent, scope),
      );
    return scope;
  }

  /** `defaults/` or `vars/`: one file, or a folder of that name whose files are read in order of name. */
  #variables(role: string, kind: 'defaults' | 'vars', from: string, mistakes: Mistakes, place: Place): SourceVars {
    const { files } = varsFilesNamed(path.join(role, kind), withoutExtension(from));
    if (files.length === 0 && from !== 'main')
      mistakes.error('missing-file', `role \`${path.basename(role)}\` has no ${kind}/${from}`, { place });
    const all = emptyVars();
    for (const file of files) Object.assign(all, variablesOf(this.texts.dictionary(file, mistakes), mistakes, kind));
    return all;
  }

  /** A module that the role brings itself, which would need Python on the target. Its path, as shown. */
  carriedModule(role: string, name: string): string | undefined {
    const short = name.replace(/^.*\./, '');
    const found = ['library', 'modules'].flatMap(folder =>
      namesIn(path.join(role, folder))
        .filter(file => withoutExtension(file) === short)
        .map(file => path.join(role, folder, file)),
    );
    return found[0] && this.texts.shown(found[0]);
  }

  #file(role: string, folder: string, name: string): string | undefined {
    const candidates = EXTENSIONS.map(extension => path.join(role, folder, name + extension));
    return candidates.find(file => existsSync(file) && statSync(file).isFile());
  }
}

function dependenciesOf(map: MapNode | undefined, mistakes: Mistakes): readonly Node[] {
  const node = map?.get('dependencies');
  if (node && node.kind === 'map')
    mistakes.error('bad-value', '`dependencies` is a list of roles, not a dictionary', { place: node.place });
  return node?.kind === 'map' ? [] : itemsOf(node);
}

const isTrue = (node: Node | undefined): boolean =>
  node?.kind === 'scalar' && (node.value === true || /^(?:yes|true|on|1)$/i.test(node.words));

const isFolder = (candidate: string): boolean => existsSync(candidate) && statSync(candidate).isDirectory();
const namesIn = (folder: string): readonly string[] => (isFolder(folder) ? readdirSync(folder).sort() : []);
const withoutExtension = (name: string): string => name.replace(/\.[^./]+$/, '');
