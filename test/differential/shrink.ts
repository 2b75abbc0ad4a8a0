import { type Data, isFields, isList, type Project } from './project.js';
import { slices } from './slice.js';

/** Whether a smaller project still shows the difference. */
export type Shows = (project: Project) => Promise<boolean>;

/** Makes a project smaller while it still shows the difference: plays, tasks, keywords, items, hosts, files. `told`: what was said of it. */
export async function shrink(project: Project, shows: Shows, mostTries: number, told = ''): Promise<Project> {
  let best = project;
  let tries = 0;
  const attempt = async (smaller: Project): Promise<boolean> => {
    if (tries >= mostTries) return false;
    tries++;
    if (!(await shows(smaller))) return false;
    best = smaller;
    return true;
  };
  const all = async (smaller: (of: Project) => Iterable<Project>): Promise<void> => {
    for (let at = 0; tries < mostTries; ) {
      const next = [...smaller(best)][at];
      if (!next) return;
      if (!(await attempt(next))) at++;
    }
  };
  for (const guess of slices(project, told)) if (await attempt(guess)) break;
  for (let before: Project | undefined; before !== best && tries < mostTries; ) {
    before = best;
    await all(withoutHosts);
    await all(project => reductions(project, 'members'));
    await all(withoutFiles);
    await all(withoutOptions);
    await all(project => reductions(project, 'keys'));
  }
  return best;
}

/** Without a host that no task names. */
function* withoutHosts(project: Project): Generator<Project> {
  const { 'inventory.yml': _, 'templates/dump.j2': __, ...files } = project.files;
  const text = JSON.stringify(files);
  for (const host of project.hosts.length > 1 ? project.hosts : [])
    if (!text.includes(host)) yield without(project, host);
}

function* withoutFiles(project: Project): Generator<Project> {
  for (const file of Object.keys(project.files)) {
    const { [file]: _, ...files } = project.files;
    if (file !== 'site.yml' && file !== 'inventory.yml') yield { ...project, files };
  }
}

function* withoutOptions(project: Project): Generator<Project> {
  const plain = [{ extraVars: {} }, { tags: [] }, { skipTags: [] }, { check: false }, { reached: 'local' as const }];
  for (const options of plain) {
    const smaller = { ...project, ...options };
    if (JSON.stringify(smaller) !== JSON.stringify(project)) yield smaller;
  }
}

/** A project without a host. */
function without(project: Project, host: string): Project {
  const strip = (data: Data): Data =>
    isList(data)
      ? data.map(strip)
      : isFields(data)
        ? Object.fromEntries(
            Object.entries(data).flatMap(([key, inner]) => (key === host ? [] : [[key, strip(inner)]])),
          )
        : data;
  const inventory = strip(project.files['inventory.yml']!);
  return {
    ...project,
    hosts: project.hosts.filter(one => one !== host),
    files: { ...project.files, 'inventory.yml': inventory },
  };
}

/** What is made less: members of lists (plays, tasks, items), or keys and texts. */
type Sort = 'members' | 'keys';

/** All projects with one thing less, the largest steps first. */
function* reductions(project: Project, sort: Sort): Generator<Project> {
  const order = Object.keys(project.files).sort((a, b) => rank(a) - rank(b));
  for (const file of order) {
    const data = project.files[file]!;
    if (typeof data === 'string') continue;
    for (const smaller of reduced(data, sort)) yield { ...project, files: { ...project.files, [file]: smaller } };
  }
}

const rank = (file: string): number =>
  file === 'site.yml' ? 0 : file.endsWith('.yml') && file.startsWith('tasks') ? 1 : file === 'inventory.yml' ? 3 : 2;

/** Their form tells them apart from foreseeable values: they are kept whole. */
const UNFORESEEABLE = /random|shuffle|now\(|password/;

/** Without these a project is not smaller but another one. */
const KEPT = new Set([
  'name',
  'hosts',
  'gather_facts',
  'root',
  'shared',
  'ansible_connection',
  'ansible_host',
  'ansible_port',
  'path',
  'dest',
]);

/** A value with one thing less: halves of lists, then single members, then inside of them. */
function* reduced(data: Data, sort: Sort): Generator<Data> {
  if (isList(data)) {
    if (sort === 'members') yield* fewer(data);
    for (const [at, one] of data.entries())
      for (const smaller of reduced(one, sort)) yield [...data.slice(0, at), smaller, ...data.slice(at + 1)];
  } else if (isFields(data)) {
    if (sort === 'keys')
      for (const key of Object.keys(data)) {
        if (KEPT.has(key)) continue;
        const { [key]: _, ...rest } = data;
        yield rest;
      }
    for (const [key, one] of Object.entries(data)) {
      for (const smaller of reduced(one, sort)) yield { ...data, [key]: smaller };
      if (isList(one) && one.length === 1 && key === 'when') yield { ...data, [key]: one[0]! };
    }
  } else if (sort === 'keys' && typeof data === 'string' && data.includes('{{') && !UNFORESEEABLE.test(data)) {
    // Of a text of several expressions, each alone.
    const parts = data.match(/\{\{.*?\}\}/g) ?? [];
    for (const part of parts.length > 1 || parts[0] !== data.trim() ? parts : []) yield part;
  }
}

/** A list without a half, a quarter, …, a single member; or with what a block holds in its place. */
function* fewer(data: readonly Data[]): Generator<Data> {
  for (let size = Math.floor(data.length / 2); size > 1; size = Math.floor(size / 2))
    for (let at = 0; at < data.length; at += size) yield [...data.slice(0, at), ...data.slice(at + size)];
  for (let at = data.length - 1; at >= 0; at--) {
    yield [...data.slice(0, at), ...data.slice(at + 1)];
    const one = data[at];
    if (isFields(one) && isList(one.block)) yield [...data.slice(0, at), ...one.block, ...data.slice(at + 1)];
  }
}
