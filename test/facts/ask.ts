import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Probe } from '../../src/core/probe.js';
import { plain, type Vars } from '../../src/core/value.js';
import { type Ground, run } from '../modules/doing.js';
import { scratch } from '../modules/rig.js';

/** Asks a fact of this machine, or of what `ground` leads to. Throws when the snippet complains. */
export function ask(probe: Probe<Vars>, ground: Ground = {}): { readonly [name: string]: any } {
  const output = run(probe.script, ground);
  if (output.status !== 0 || output.stderr !== '') throw new Error(`status ${output.status}: ${output.stderr}`);
  return plain(probe.parse(output)) as { readonly [name: string]: any };
}

/** A tree of files to be looked at instead of /: text, or `-> target` for a link. */
export function treeOf(files: { readonly [path: string]: string }): string {
  const root = scratch();
  for (const [path, text] of Object.entries(files)) {
    const full = join(root, path);
    mkdirSync(path.endsWith('/') ? full : dirname(full), { recursive: true });
    if (path.endsWith('/')) continue;
    if (text.startsWith('-> ')) symlinkSync(text.slice(3), full);
    else writeFileSync(full, text);
  }
  return root;
}
