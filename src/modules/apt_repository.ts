import * as z from 'zod';
import { blobOf } from '../core/blob.js';
import { blocked, type Change, type Plan } from '../core/change.js';
import { defineModule } from '../core/module.js';
import { bool, choice, int, mode, str } from '../core/params.js';
import { probe } from '../core/probe.js';
import { sh } from '../core/sh.js';
import { update } from './apt/act.js';
import { aptFields } from './apt/args.js';
import { orNone, renamed } from './args.js';
import { writeFile } from './atomic.js';

const shape = z.strictObject({
  repo: str()
    .pipe(
      z
        .string()
        .regex(/^deb(?:-src)?\s[^\n\r]*\S\s*$/, 'must be one line of sources.list(5); a ppa: is not known here'),
    )
    .describe('A line of sources.list: `deb [signed-by=…] https://… bookworm main`.'),
  state: choice('present', 'absent').default('present').describe('Whether it shall be there.'),
  filename: orNone(str().pipe(z.string().regex(/^[\w.+-]+$/, 'is no file name'))).describe(
    'Name in /etc/apt/sources.list.d, without `.list`; made from the address without it.',
  ),
  mode: mode()
    .refine(bits => /^(?:0o?)?[0-7]{1,4}$/.test(bits), 'must be octal here')
    .default('0644')
    .describe('Permission bits of the file.'),
  update_cache: bool().default(true).describe('Fetch the package lists after a change.'),
  update_cache_retries: int().default(5).describe('How often to try.'),
  update_cache_retry_max_delay: int().default(12).describe('Longest pause between tries, in seconds.'),
  codename: str().optional().describe('Does nothing: it is for a ppa.'),
  validate_certs: bool().optional().describe('Does nothing: it is for a ppa.'),
  install_python_apt: bool().optional().describe('Does nothing: nothing is needed on the target.'),
});
type Args = z.infer<typeof shape>;

/** The sources of apt by file, in apt's order. Undefined: there is no apt. */
type State = ReadonlyMap<string, readonly string[]> | undefined;

/** One blank between words, as apt reads it; options keep theirs. */
const tidy = (line: string): string => line.trim().split(/\s+/).join(' ');
/** A line as the source it states, without a comment behind it; that of one commented out, too. */
const source = (line: string): string => tidy(line.replace(/^[#\s]+(?=deb(?:-src)?\s)/, '').replace(/\s#.*$/, ''));
const isOn = (line: string): boolean => !/^\s*#/.test(line);

/** Ansible's name: the address without protocol, options and password, all but letters and digits made underscores. */
function fileFor({ repo, filename }: Args): string {
  const [address = ''] = repo
    .replace(/\[[^\]]+\]/, '')
    .replace(/\w+:\/\//, '')
    .split(/\s+/)
    .filter(word => !/^(?:deb|deb-src|)$/.test(word));
  const name =
    filename ??
    address
      .replace(/^.*@/, '')
      .split(/[^a-zA-Z0-9]+/)
      .filter(Boolean)
      .join('_');
  return `/etc/apt/sources.list.d/${name.replace(/\.list$/, '')}.list`;
}

function write(path: string, before: readonly string[], after: readonly string[], bits: string): Change {
  const text = after.map(line => `${line}\n`).join('');
  const old = before.map(line => `${line}\n`).join('');
  if (after.every(line => line.trim() === ''))
    return { what: path, before: old, after: 'absent', apply: sh`rm -f -- ${path}` };
  return {
    what: path,
    before: old,
    after: text,
    ...writeFile({ path, content: blobOf(text), attributes: { mode: Number.parseInt(bits.replace(/^0o/, ''), 8) } }),
  };
}

function plan(given: Args, files: State): Plan {
  if (!files) return blocked('there is no apt on this target');
  const wish = source(given.repo);
  const changes: Change[] = [];
  if (given.state === 'absent') {
    for (const [path, lines] of files) {
      const rest = lines.filter(line => !(isOn(line) && source(line) === wish));
      if (rest.length < lines.length) changes.push(write(path, lines, rest, given.mode));
    }
  } else if (![...files.values()].flat().some(line => isOn(line) && source(line) === wish)) {
    const disabled = [...files].find(([, lines]) => lines.some(line => !isOn(line) && source(line) === wish));
    const path = disabled?.[0] ?? fileFor(given);
    const lines = disabled?.[1] ?? files.get(path) ?? [];
    const next = disabled
      ? lines.map(line => (source(line) === wish ? tidy(given.repo) : line))
      : [...lines, tidy(given.repo)];
    changes.push(write(path, lines, next, given.mode));
  }
  if (changes.length === 0 || !given.update_cache) return changes;
  const apply = update(
    z.strictObject(aptFields).parse({}),
    given.update_cache_retries,
    given.update_cache_retry_max_delay,
  );
  return [...changes, { what: 'package lists', before: 'as before', after: 'fetched', apply }];
}

export default defineModule<Args, State>({
  name: 'apt_repository',
  summary: 'Adds and removes sources of packages.',
  example:
    '- apt_repository: { repo: "deb [trusted=yes] file:/srv/packages ./", filename: local, update_cache: false }',
  args: renamed({ 'update-cache': 'update_cache' }, shape),
  probe: () =>
    probe(
      sh`[ -d /etc/apt ] || { echo none; exit 0; }
for rm_file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
  [ -f "$rm_file" ] || continue
  printf 'file %s\n' "$rm_file"
  while IFS= read -r rm_line || [ -n "$rm_line" ]; do printf ' %s\n' "$rm_line"; done <"$rm_file"
done`,
      ({ stdout }) => {
        if (stdout.startsWith('none')) return undefined;
        const files = new Map<string, string[]>();
        for (const line of stdout.split('\n')) {
          if (line.startsWith('file ')) files.set(line.slice(5), []);
          else if (line.startsWith(' ')) [...files.values()].at(-1)?.push(line.slice(1));
        }
        return files;
      },
    ),
  plan,
  result: ({ repo, state }) => ({ repo, state }),
});
