import { accessSync, closeSync, constants, existsSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Mistakes } from '../mistakes.js';
import type { Texts } from '../texts.js';
import { checkHostName, GroupTree } from './group-tree.js';
import { expandHosts, RangeMistake, splitPort } from './host-range.js';
import { readIni } from './ini.js';
import { readScript } from './script.js';
import { readYamlInventory } from './yaml-inventory.js';

/** All sources together, and the folders in which `group_vars` and `host_vars` may lie beside them. */
export interface Gathered {
  readonly tree: GroupTree;
  /** Absolute, in order of the sources. */
  readonly folders: readonly string[];
  /** Absolute path of the first source that is a file. */
  readonly file: string | undefined;
}

/** Reads sources as `-i` names them: a file, an executable, a folder of such, or names with a comma. */
export async function readSources(sources: readonly string[], texts: Texts, mistakes: Mistakes): Promise<Gathered> {
  const tree = new GroupTree();
  const folders: string[] = [];
  let file: string | undefined;
  for (const source of sources) {
    if (source.includes(',')) {
      readNames(source, texts, tree, mistakes);
      continue;
    }
    const absolute = path.resolve(texts.cwd, source);
    if (!existsSync(absolute)) {
      mistakes.error('unreadable', `there is no inventory \`${source}\``, {
        hint: 'for a single host write its name with a comma: `-i host,`',
      });
      continue;
    }
    const isFolder = statSync(absolute).isDirectory();
    folders.push(isFolder ? absolute : path.dirname(absolute));
    file ??= absolute;
    for (const one of isFolder ? filesIn(absolute) : [absolute]) await readFile(one, texts, tree, mistakes);
  }
  return { tree, folders: [...new Set(folders)], file };
}

/** `-i a,b,`: ranges and ports are allowed. */
function readNames(source: string, texts: Texts, tree: GroupTree, mistakes: Mistakes): void {
  const text = texts.given('(inventory)', source);
  let offset = 0;
  for (const word of source.split(',')) {
    const trimmed = word.trim();
    const here = offset;
    const place = () => text.place(here, word.length);
    offset += word.length + 1;
    if (trimmed === '') continue;
    const { name: pattern, port } = splitPort(trimmed);
    try {
      for (const name of expandHosts(pattern)) {
        if (!checkHostName(name, place, mistakes)) continue;
        const host = tree.host(name, 'ungrouped', place);
        if (port !== undefined) tree.setVar(host, 'ansible_port', port);
      }
    } catch (error) {
      if (!(error instanceof RangeMistake)) throw error;
      mistakes.error('bad-range', error.message, { place: place() });
    }
  }
}

async function readFile(file: string, texts: Texts, tree: GroupTree, mistakes: Mistakes): Promise<void> {
  if (isProgram(file)) return readScript(file, texts.start(file), tree, mistakes);
  const text = texts.read(file, mistakes);
  if (!text) return;
  if (text.content.startsWith('#!')) {
    const hint = 'make it executable (chmod +x), or remove the first line';
    mistakes.error('inventory-program', 'this begins like a program, but is not executable', {
      place: text.place(0, 2),
      hint,
    });
    return;
  }
  if (isYaml(file, text.content)) readYamlInventory(texts.yaml(file, mistakes), tree, mistakes);
  else readIni(text, tree, mistakes);
}

/** Executable, and beginning as programs do; a mere x bit on a text means nothing. */
function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
  } catch {
    return false;
  }
  const head = Buffer.alloc(4);
  const open = openSync(file, 'r');
  readSync(open, head, 0, 4, 0);
  closeSync(open);
  return head.toString('latin1').startsWith('#!') || head.toString('latin1') === '\x7fELF';
}

/** By extension; without one, by its first line that says something. */
function isYaml(file: string, content: string): boolean {
  if (/\.(?:ya?ml|json)$/.test(file)) return true;
  if (path.extname(file) === '.ini') return false;
  const first = content.split('\n').find(line => line.trim() !== '' && !line.trim().startsWith('#')) ?? '';
  return /^(?:---|\{)/.test(first) || /^[\w.-]+:\s*(?:#.*)?$/.test(first.trimEnd());
}

const IGNORED = /^\.|~$|\.(?:pyc|pyo|swp|bak|rpm|md|txt|rst|orig|cfg|retry)$/;

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder)
    .sort()
    .filter(name => !IGNORED.test(name) && !['group_vars', 'host_vars', 'vars_plugins'].includes(name))
    .map(name => path.join(folder, name))
    .flatMap(one => (statSync(one).isDirectory() ? filesIn(one) : [one]));
}
