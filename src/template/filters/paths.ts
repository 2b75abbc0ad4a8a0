import { win32 } from 'node:path';
import { join, normalize, relative } from 'node:path/posix';
import { RenderError } from '../../core/value.js';
import { strictText, textOr } from '../cast.js';
import { environmentOf, filesOf } from '../lookups/lookup.js';
import type { Run } from '../run.js';
import { isList, itemsOf, type Term, tupleOf } from '../terms.js';
import { toText } from '../text.js';
import { type Filters, filter } from './filter.js';

const pathIn = (input: Term): string => strictText(input, 'a path');

const basename = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** Python's os.path.dirname: no trailing slash, but for the root's own. */
function dirname(path: string): string {
  const head = path.slice(0, path.lastIndexOf('/') + 1);
  return /^\/*$/.test(head) ? head : head.replace(/\/+$/, '');
}

/** The name and its extension; dots at the start are part of the name. */
function splitext(path: string): Term {
  const match = /^(.*?)(\.[^./]*)$/s.exec(path);
  if (!match || /(?:^|\/)\.*$/.test(match[1]!)) return tupleOf([path, '']);
  return tupleOf([match[1]!, match[2]!]);
}

/** Python's os.path.join: an absolute part starts anew. */
const pathJoin = (parts: readonly string[]): string =>
  parts.reduce((path, part) => {
    if (part.startsWith('/') || path === '') return part;
    return path.endsWith('/') ? path + part : `${path}/${part}`;
  });

function expandUser(path: string, run: Run): string {
  if (path !== '~' && !path.startsWith('~/')) return path;
  const home = environmentOf(run, 'expanduser', 'HOME');
  return home === undefined ? path : home.replace(/\/$/, '') + path.slice(1);
}

const expandVars = (path: string, run: Run): string =>
  path.replace(
    /\$(?:(\w+)|\{([^}]*)\})/g,
    (all, name, braced) => environmentOf(run, 'expandvars', name ?? braced) ?? all,
  );

/** Without symbolic links followed: rendering looks at no file for this. */
function realpath(path: string): string {
  if (!path.startsWith('/'))
    throw new RenderError(
      'realpath needs an absolute path: a template has no current directory',
      undefined,
      'playbook_dir and role_path are absolute',
    );
  return normal(path);
}

const normal = (path: string): string => {
  const plain = normalize(path);
  return plain.length > 1 ? plain.replace(/\/$/, '') : plain;
};

function relpath(path: string, start: string): string {
  if (path.startsWith('/') !== start.startsWith('/'))
    throw new RenderError('relpath needs two absolute or two relative paths');
  return relative(join('/', start), join('/', path)) || '.';
}

function commonPath(paths: readonly string[]): string {
  if (paths.length === 0) throw new RenderError('commonpath needs at least one path');
  const split = paths.map(path => path.split('/').filter(Boolean));
  const first = split[0]!;
  let length = 0;
  while (length < first.length && split.every(one => one[length] === first[length])) length++;
  return (paths[0]!.startsWith('/') ? '/' : '') + first.slice(0, length).join('/');
}

function winSplitDrive(path: string): Term {
  const drive = /^[A-Za-z]:/.exec(path)?.[0] ?? '';
  return tupleOf([drive, path.slice(drive.length)]);
}

export const pathFilters: Filters = [
  ['basename', filter('', input => basename(pathIn(input)))],
  ['dirname', filter('', input => dirname(pathIn(input)))],
  ['splitext', filter('', input => splitext(pathIn(input)))],
  ['path_join', filter('', input => pathJoin(isList(input) ? input.map(pathIn) : [pathIn(input)]))],
  ['expanduser', filter('', (input, _, { run }) => expandUser(pathIn(input), run))],
  ['expandvars', filter('', (input, _, { run }) => expandVars(pathIn(input), run))],
  ['realpath', filter('', input => realpath(pathIn(input)))],
  ['normpath', filter('', input => normal(pathIn(input)))],
  ['relpath', filter('start?', (input, [start]) => relpath(pathIn(input), textOr(start, '.')))],
  ['commonpath', filter('', input => commonPath(itemsOf(input).map(pathIn)))],
  ['fileglob', filter('', (input, _, { run }) => [...filesOf(run, 'fileglob').glob(toText(input), 'files')])],
  ['win_basename', filter('', input => win32.basename(pathIn(input)))],
  ['win_dirname', filter('', input => win32.dirname(pathIn(input)))],
  ['win_splitdrive', filter('', input => winSplitDrive(pathIn(input)))],
];
