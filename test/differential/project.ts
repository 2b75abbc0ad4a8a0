/** What YAML can say. A project is kept as data until it is written, so that it can be shrunk. */
export type Data = null | boolean | number | string | readonly Data[] | { readonly [key: string]: Data };
export type Fields = { readonly [key: string]: Data };

/** An Ansible project with the way it is to be run. */
export interface Project {
  readonly seed: number;
  /** By path below the project's folder. Data is written as YAML, a text as it is. */
  readonly files: Readonly<Record<string, Data>>;
  /** Hosts of the inventory, in order; each has a scratch root. */
  readonly hosts: readonly string[];
  readonly extraVars: Fields;
  readonly check: boolean;
  readonly tags: readonly string[];
  readonly skipTags: readonly string[];
  /** As what our own walks see the hosts: chains are made for hosts that are not local. */
  readonly reached: 'local' | 'ssh';
}

export const isFields = (data: Data | undefined): data is Fields =>
  typeof data === 'object' && data !== null && !Array.isArray(data);
export const isList = (data: Data | undefined): data is readonly Data[] => Array.isArray(data);

/** The folders of a run; each walk finds them anew and empty. In a project's texts `@BASE@` stands for `base`, `@CONNECTION@` for how hosts are reached. */
export const foldersOf = (base: string) => ({
  base,
  project: `${base}/project`,
  roots: `${base}/roots`,
  shared: `${base}/shared`,
});
