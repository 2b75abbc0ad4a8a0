import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

/** Who may import whom (src/README.md). Arrows point down; packages named here are used nowhere else. */
const LAYERS: Readonly<Record<string, { readonly from: readonly string[]; readonly packages: readonly string[] }>> = {
  core: { from: [], packages: ['zod', 'p-limit', 'node:crypto', 'node:vm'] },
  template: { from: ['core'], packages: ['node:crypto', 'node:path', 'node:path/posix', 'node:v8'] },
  project: { from: ['core', 'template'], packages: ['yaml', 'tinyglobby', 'node:*'] },
  modules: { from: ['core'], packages: ['zod', 'node:crypto', 'node:path/posix', 'node:path'] },
  facts: { from: ['core'], packages: ['zod', 'node:crypto'] },
  connect: { from: ['core'], packages: ['ssh2', 'ssh-config', 'zx', 'node:*'] },
  engine: { from: ['core', 'template'], packages: ['node:crypto', 'node:path/posix'] },
  report: { from: ['core'], packages: ['diff', 'picocolors'] },
  lab: { from: ['core'], packages: ['zx', 'node:*'] },
  cli: {
    from: ['core', 'template', 'project', 'modules', 'facts', 'connect', 'engine', 'report', 'lab'],
    packages: ['commander', 'yaml', 'node:*'],
  },
};

const SRC = resolve(import.meta.dirname, '../src');

function sources(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'stand-ins' ? [] : sources(path);
    return entry.name.endsWith('.ts') ? [path] : [];
  });
}

interface Import {
  readonly file: string;
  readonly target: string;
}
const files = sources(SRC);
const imports: readonly Import[] = files.flatMap(file => {
  const text = readFileSync(file, 'utf8');
  const found = text.matchAll(/(?:^|\n)\s*(?:import|export)\s(?:[^'"`;]*?\sfrom\s)?'([^']+)'|import\('([^']+)'\)/g);
  return [...found].map(match => ({ file, target: (match[1] ?? match[2])! }));
});
const layerOf = (file: string): string => relative(SRC, file).split('/')[0]!;

describe('the house', () => {
  it('has imports to check', () => {
    expect(imports.length).toBeGreaterThan(200);
    expect(new Set(files.map(layerOf))).toEqual(new Set([...Object.keys(LAYERS), 'main.ts']));
  });

  it('lets layers import only those below them', () => {
    const wrong = imports.flatMap(({ file, target }) => {
      const layer = layerOf(file);
      if (layer === 'main.ts' || !target.startsWith('.')) return [];
      const other = layerOf(resolve(dirname(file), target));
      return other === layer || LAYERS[layer]!.from.includes(other) ? [] : [`${relative(SRC, file)} imports ${target}`];
    });
    expect(wrong).toEqual([]);
  });

  it('lets only the layers that may use a package use it', () => {
    const wrong = imports.flatMap(({ file, target }) => {
      const layer = layerOf(file);
      if (layer === 'main.ts' || target.startsWith('.')) return [];
      const { packages } = LAYERS[layer]!;
      return packages.includes(target) || (target.startsWith('node:') && packages.includes('node:*'))
        ? []
        : [`${relative(SRC, file)} uses ${target}`];
    });
    expect(wrong).toEqual([]);
  });

  it('keeps ssh connections to one place, so that none goes unverified', () => {
    const opened = files
      .filter(file => /new (?:ssh2\.)?Client\(/.test(readFileSync(file, 'utf8')))
      .map(file => relative(SRC, file));
    expect(opened.length).toBeLessThanOrEqual(1);
    expect(opened.every(file => file.startsWith('connect/'))).toBe(true);
  });

  it('has no circles between files', () => {
    const graph = new Map<string, string[]>();
    for (const file of files) graph.set(file, []);
    for (const file of files) {
      // Types alone make no circle at run time; they are told apart by `import type`.
      const text = readFileSync(file, 'utf8');
      for (const [, words, target] of text.matchAll(/(?:^|\n)(?:import|export)\s([^'"`;]*?)\sfrom\s'(\.[^']+)'/g)) {
        if (words!.startsWith('type ') || isOnlyTypes(words!)) continue;
        const path = resolve(dirname(file), target!).replace(/\.js$/, '.ts');
        if (existsSync(path)) graph.get(file)!.push(path);
      }
    }
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (file: string, trail: readonly string[]): void => {
      if (trail.includes(file)) {
        circles.push([...trail.slice(trail.indexOf(file)), file].map(f => relative(SRC, f)).join(' → '));
        return;
      }
      if (done.has(file)) return;
      for (const next of graph.get(file) ?? []) visit(next, [...trail, file]);
      done.add(file);
    };
    for (const file of files) visit(file, []);
    expect(circles).toEqual([]);
  });

  it('keeps the meaning of a play apart from looking ahead: it would run every playbook correctly alone', () => {
    const room = (file: string): string | undefined =>
      /^engine\/(state|meaning|ahead)\//.exec(relative(SRC, file))?.[1];
    const below: Readonly<Record<string, readonly string[]>> = {
      state: [],
      meaning: ['state'],
      ahead: ['state', 'meaning'],
    };
    const wrong = imports.flatMap(({ file, target }) => {
      const [from, to] = [room(file), target.startsWith('.') ? room(resolve(dirname(file), target)) : undefined];
      if (from === undefined || to === undefined || from === to || below[from]!.includes(to)) return [];
      return [`${relative(SRC, file)} imports ${target}`];
    });
    expect(wrong).toEqual([]);
    expect(new Set(files.map(room))).toEqual(new Set([undefined, 'state', 'meaning', 'ahead']));
  });

  it('has no folder of the engine with more than 16 files', () => {
    const counts = new Map<string, number>();
    for (const file of files) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1);
    const crowded = [...counts].filter(([folder, count]) => /\/engine(?:\/|$)/.test(folder) && count > 16);
    expect(crowded).toEqual([]);
  });

  it('has a page that names every folder', () => {
    const page = readFileSync(join(SRC, 'README.md'), 'utf8');
    for (const layer of Object.keys(LAYERS)) expect(page).toContain(`${layer}/`);
  });

  it('has no catch-all names', () => {
    expect(files.filter(file => /\b(?:utils?|helpers?|manager|misc|common)\b/i.test(relative(SRC, file)))).toEqual([]);
  });
});

/** `{ type A, type B }` */
const isOnlyTypes = (words: string): boolean => {
  const inner = /^\{([\s\S]*)\}$/.exec(words.trim())?.[1] ?? 'a value';
  return inner.split(',').every(word => word.trim() === '' || word.trim().startsWith('type '));
};
