import { blobOf } from '../../core/blob.js';
import type { Change } from '../../core/change.js';
import { join, nothing, type Sh, sh } from '../../core/sh.js';
import { writeFile } from '../atomic.js';

/** One line of a configuration file that names the module. */
export interface Line {
  readonly file: string;
  readonly text: string;
}

/** What keeps a module over a reboot: lines of /etc/modules-load.d and /etc/modprobe.d. */
export interface Kept {
  readonly load: readonly Line[];
  readonly options: readonly Line[];
}

/** Prints `load FILE:LINE` and `options FILE:LINE` for the lines that name the module; comments do not count. */
export const keptLook = (name: string): Sh => sh`l() { grep -Hs -E "$2" "$3"/*.conf | sed "s|^|$1 |"; }
l load ${`^[[:space:]]*${pattern(name)}[[:space:]]*([#;].*)?$`} /etc/modules-load.d
l options ${`^[[:space:]]*options[[:space:]]+${pattern(name)}[[:space:]]`} /etc/modprobe.d
:`;

/** `-` and `_` are the same in names of modules. */
export const pattern = (name: string): string => name.replace(/[-_]/g, '[-_]');

/** Reads that; a name of a file with a colon is not one that anything reads. */
export function keptOf(stdout: string): Kept {
  const of = (word: string): Line[] =>
    stdout.split('\n').flatMap(line => {
      const found = new RegExp(`^${word} ([^:]+):(.*)$`).exec(line);
      return found ? [{ file: found[1]!, text: found[2]! }] : [];
    });
  return { load: of('load'), options: of('options') };
}

/** The parameters that the lines give, `name=value`. */
export const optionsIn = (kept: Kept): readonly string[] =>
  kept.options.flatMap(({ text }) => text.replace(/#.*$/, '').trim().split(/\s+/).slice(2));

const same = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.toSorted().every((word, i) => word === b.toSorted()[i]);

/**
 * Ansible's files, `NAME.conf` in both folders, with one parameter a line. Parameters elsewhere that differ are
 * commented out, since the kernel would be given both.
 */
export function keep(name: string, params: readonly string[], kept: Kept): readonly Change[] {
  const load = `/etc/modules-load.d/${name}.conf`;
  const options = `/etc/modprobe.d/${name}.conf`;
  const others = [...new Set(kept.options.map(line => line.file))].filter(file => file !== options);
  const loads: readonly Change[] = kept.load.length > 0 ? [] : [written(load, null, `${name}\n`, nothing)];
  if (same(optionsIn(kept), params)) return loads;
  const text = params.map(param => `options ${name} ${param}\n`).join('');
  const before = kept.options.map(line => `${line.text}\n`).join('') || null;
  return [...loads, written(options, before, text, disabled(optionLine(name), others))];
}

/** Comments all lines out that name the module. */
export function forget(name: string, kept: Kept): readonly Change[] {
  const line = `^[[:space:]]*${pattern(name)}[[:space:]]*([#;].*)?$`;
  return [...commented('loaded at boot', kept.load, line), ...commented('options', kept.options, optionLine(name))];
}

const optionLine = (name: string): string => `^[[:space:]]*options[[:space:]]+${pattern(name)}[[:space:]]`;

function commented(what: string, lines: readonly Line[], line: string): readonly Change[] {
  if (lines.length === 0) return [];
  const files = [...new Set(lines.map(each => each.file))];
  return [
    {
      what: `${what} in ${files.join(', ')}`,
      before: lines.map(each => `${each.text}\n`).join(''),
      after: lines.map(each => `#${each.text}\n`).join(''),
      apply: disabled(line, files),
    },
  ];
}

/** With `;` for the address, which no name of a module and no pattern of ours holds. */
const disabled = (line: string, files: readonly string[]): Sh =>
  files.length === 0 ? nothing : sh`sed -i -E ${`\\;${line};s/^/#/`} ${files} || exit 1`;

function written(path: string, before: string | null, text: string, first: Sh): Change {
  const write = writeFile({ path, content: blobOf(text), parents: 'make' });
  return { what: path, before, after: text, ...write, apply: join([first, write.apply], '\n') };
}
