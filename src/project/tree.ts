import { readdirSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Found } from '../core/module.js';
import { RenderError } from '../core/value.js';
import type { FileBlobs } from './blob-file.js';

interface Walked {
  readonly directories: string[];
  readonly files: { readonly path: string; readonly mode: number }[];
}

/** A directory with all below it, sorted, parents first. Links are followed; circles of them and devices are errors. */
export async function treeOf(absolute: string, blobs: FileBlobs): Promise<Found> {
  const walked: Walked = { directories: [], files: [] };
  walk(absolute, '', [realpathSync(absolute)], walked);
  const files = [];
  for (const { path: relative, mode } of walked.files)
    files.push({ path: relative, mode, blob: await blobs.blob(path.join(absolute, relative)) });
  return { kind: 'tree', path: absolute, directories: walked.directories, files };
}

function walk(root: string, below: string, open: readonly string[], walked: Walked): void {
  for (const name of readdirSync(path.join(root, below)).sort()) {
    const relative = below === '' ? name : `${below}/${name}`;
    const absolute = path.join(root, relative);
    const stat = statOf(absolute);
    if (stat.isDirectory()) {
      const real = realpathSync(absolute);
      if (open.includes(real)) throw new RenderError(`${absolute} is a symbolic link to a folder it lies in`);
      walked.directories.push(relative);
      walk(root, relative, [...open, real], walked);
    } else if (stat.isFile()) walked.files.push({ path: relative, mode: stat.mode & 0o7777 });
    else throw new RenderError(`${absolute} is neither a file nor a directory`);
  }
}

function statOf(absolute: string) {
  try {
    return statSync(absolute);
  } catch {
    throw new RenderError(`${absolute} is a symbolic link to nothing`);
  }
}
