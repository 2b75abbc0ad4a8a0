import { type Data, isFields, isList, type Project } from './project.js';

/** Whether a smaller project still shows the difference. */
export type Shows = (project: Project) => Promise<boolean>;

/** Makes a project smaller while it still shows the difference: plays, tasks, keywords, items, hosts, files. */
export async function shrink(project: Project, shows: Shows, mostTries: number): Promise<Project> {
  let best = project;
  let tries = 0;
  const attempt = async (smaller: Project): Promise<boolean> => {
    if (tries >= mostTries) return false;
    tries++;
    if (!(await shows(smaller))) return false;
    best = smaller;
    return true;
  };
  for (let isSmaller = true; isSmaller && tries < mostTries; ) {
    isSmaller = false;
    for (const file of Object.keys(best.files)) {
      const { [file]: _, ...files } = best.files;
      if (file !== 'site.yml' && (await attempt({ ...best, files }))) isSmaller = true;
    }
    for (const host of best.hosts.length > 1 ? best.hosts : [])
      if (best.hosts.length > 1 && (await attempt(without(best, host)))) isSmaller = true;
    for (const options of [
      { extraVars: {} },
      { tags: [] },
      { skipTags: [] },
      { check: false },
      { reached: 'local' as const },
    ])
      if (JSON.stringify({ ...best, ...options }) !== JSON.stringify(best) && (await attempt({ ...best, ...options })))
        isSmaller = true;
    for (let at = 0; tries < mostTries; ) {
      const smaller = [...reductions(best)];
      if (at >= smaller.length) break;
      if (await attempt({ ...best, files: smaller[at]! })) isSmaller = true;
      else at++;
    }
  }
  return best;
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

type Files = Project['files'];

/** All files with one thing less, the largest steps first. */
function* reductions(project: Project): Generator<Files> {
  const order = Object.keys(project.files).sort((a, b) => rank(a) - rank(b));
  for (const file of order) {
    const data = project.files[file]!;
    if (typeof data === 'string') continue;
    for (const smaller of reduced(data)) yield { ...project.files, [file]: smaller };
  }
}

const rank = (file: string): number =>
  file === 'site.yml' ? 0 : file.endsWith('.yml') && file.startsWith('tasks') ? 1 : file === 'inventory.yml' ? 3 : 2;

/** A value with one thing less: halves of lists, then single members, then inside of them. */
function* reduced(data: Data): Generator<Data> {
  if (isList(data)) {
    for (let size = Math.floor(data.length / 2); size > 1; size = Math.floor(size / 2))
      for (let at = 0; at < data.length; at += size) yield [...data.slice(0, at), ...data.slice(at + size)];
    for (let at = data.length - 1; at >= 0; at--) {
      yield [...data.slice(0, at), ...data.slice(at + 1)];
      const one = data[at];
      if (isFields(one) && isList(one.block)) yield [...data.slice(0, at), ...one.block, ...data.slice(at + 1)];
    }
    for (const [at, one] of data.entries())
      for (const smaller of reduced(one)) yield [...data.slice(0, at), smaller, ...data.slice(at + 1)];
  } else if (isFields(data)) {
    for (const key of Object.keys(data)) {
      if (key === 'name' || key === 'hosts') continue;
      const { [key]: _, ...rest } = data;
      yield rest;
    }
    for (const [key, one] of Object.entries(data)) {
      for (const smaller of reduced(one)) yield { ...data, [key]: smaller };
      if (isList(one) && one.length === 1 && key === 'when') yield { ...data, [key]: one[0]! };
    }
  } else if (typeof data === 'string' && data.includes('{{')) {
    // Of a text of several expressions, each alone.
    const parts = data.match(/\{\{.*?\}\}/g) ?? [];
    for (const part of parts.length > 1 || parts[0] !== data.trim() ? parts : []) yield part;
  }
}
