import * as z from 'zod';
import { blocked, type Change, isBlocked, type Plan } from '../core/change.js';
import { defineModule } from '../core/module.js';
import { bool, choice, path, str } from '../core/params.js';
import { lacking, type Output, probe } from '../core/probe.js';
import { sh } from '../core/sh.js';
import { renamed } from './args.js';
import { type Edited, type Editing, editPlan, editProbe, type Page } from './edit.js';
import { fieldsOf } from './looks/fields.js';

/** A value as Ansible takes it: words for yes and no are 1 and 0. */
const value = z.preprocess(
  given => {
    if (typeof given === 'boolean') return given ? '1' : '0';
    if (typeof given !== 'string') return given;
    const word = given.trim().toLowerCase();
    if (['y', 'yes', 'on', 'true', 't'].includes(word)) return '1';
    return ['n', 'no', 'off', 'false', 'f'].includes(word) ? '0' : given.trim();
  },
  str().pipe(z.string().regex(/^[^\n\0]*$/, 'one line')),
);

const schema = renamed(
  { key: 'name', val: 'value' },
  z
    .strictObject({
      name: str()
        .transform(text => text.trim())
        .pipe(
          z
            .string()
            .regex(/^[A-Za-z0-9_][\w.:/@*-]*$/, 'a name such as net.ipv4.ip_forward')
            .refine(name => !fileOf(name).split('/').includes('..'), 'a name may not lead out of /proc/sys'),
        )
        .describe('Name, with dots; where a part holds a dot itself (`eth0.7`), write slashes.'),
      value: value.optional().describe('Value it shall have; several words count as the same however they are spaced.'),
      state: choice('present', 'absent').default('present').describe('Whether it stands in the file.'),
      sysctl_file: path().default('/etc/sysctl.conf').describe('The file that keeps it over a reboot.'),
      reload: bool()
        .default(true)
        .describe('Let the kernel have the value now. Only this one: the rest of the file is left.'),
      sysctl_set: bool().default(false).describe('The same as `reload`, whether or not the file changes.'),
      ignoreerrors: bool().default(false).describe('A name that the kernel does not have is no mistake.'),
    })
    .refine(args => args.state === 'absent' || (args.value !== undefined && args.value !== ''), {
      message: 'value is required with state: present',
      path: ['value'],
    }),
);
type Args = z.infer<typeof schema>;

interface State {
  readonly page: Page;
  /** What the kernel has now; nothing if it has no such name, or it was not asked. */
  readonly running?: string | undefined;
}

/** In /proc/sys: dots and slashes change places if a dot comes first (sysctl(8)). */
function fileOf(name: string): string {
  const isDotted = name.search(/[./]/) >= 0 && name[name.search(/[./]/)] === '.';
  return isDotted ? name.replace(/[./]/g, separator => (separator === '.' ? '/' : '.')) : name;
}

const words = (text: string): string => text.trim().split(/\s+/).join(' ');
const isLive = ({ state, reload, sysctl_set }: Args): boolean => state === 'present' && (reload || sysctl_set);
const editOf = (args: Args) => ({ path: args.sysctl_file, backup: false, unsafe_writes: false });

/** A line that sets a name: sysctl.conf(5) allows a dash in front, which ignores errors. */
function assignmentOf(
  line: string,
): { readonly name: string; readonly value: string; readonly dash: string } | undefined {
  const found = /^\s*(-?)\s*([^#;=\s][^=]*?)\s*=\s*(.*?)\s*$/.exec(line);
  return found ? { dash: found[1]!, name: found[2]!, value: found[3]! } : undefined;
}

/** Only lines of this name are touched: the first one takes the value, further ones go. */
const editing =
  ({ name, value: wished, state }: Args): Editing =>
  (before): Edited => {
    const lines = (before ?? '').split('\n');
    if (lines.at(-1) === '') lines.pop();
    const file = fileOf(name);
    const own = lines.map(assignmentOf).map(found => (found && fileOf(found.name) === file ? found : undefined));
    const found = own.filter(each => each !== undefined);
    const same = { text: before ?? '', msg: '' };
    if (state === 'absent') {
      if (found.length === 0) return same;
      return { text: ended(lines.filter((_, i) => own[i] === undefined)), msg: 'removed' };
    }
    if (found.length > 0 && found.every(each => words(each.value) === words(wished!))) return same;
    if (found.length === 0) return { text: ended([...lines, `${name}=${wished}`]), msg: 'added' };
    const first = own.findIndex(each => each !== undefined);
    const kept = lines.flatMap((line, i) => {
      if (own[i] === undefined) return [line];
      return i === first ? [`${own[i].dash}${name}=${wished}`] : [];
    });
    return { text: ended(kept), msg: 'replaced' };
  };
const ended = (lines: readonly string[]): string => lines.map(line => `${line}\n`).join('');

function probeOf(args: Args) {
  const page = editProbe(editOf(args));
  if (!isLive(args)) return probe(page.script, (output): State => ({ page: page.parse(output) }));
  const file = `/proc/sys/${fileOf(args.name)}`;
  return probe(
    sh`if [ -f ${file} ] && [ -r ${file} ]; then v=$(cat ${file} 2>&1 && echo .); case $v in *'
.') set -f; printf 'running %s\\n' "$(echo \${v%?})"; set +f ;; *cat:*rror*) ;; *) ${lacking('cat')} ;; esac; fi\n${page.script}`,
    (output: Output): State => ({ page: page.parse(output), running: fieldsOf(output.stdout).get('running') }),
  );
}

/**
 * Written and read back: the kernel may take another value than it is given, and says so nowhere. Read by `cat`, since a
 * shell that reads a byte at a time gets only the first one of a number in /proc/sys.
 */
function live({ name, value: wished }: Args, running: string | undefined): Change {
  const file = `/proc/sys/${fileOf(name)}`;
  return {
    what: `${name} of the kernel`,
    before: running === undefined ? null : words(running),
    after: words(wished!),
    apply: sh`e=$(printf '%s\\n' ${wished!} 2>&1 | tee ${file} 2>&1 >/dev/null) || { printf '%s: %s\\n' ${name} "$e" >&2; exit 1; }
v=$(cat ${file} 2>/dev/null) || exit 0
set -f; set -- $v; v=$*
[ "$v" = ${words(wished!)} ] || { printf '%s: the kernel has %s after %s was written\\n' ${name} "$v" ${wished!} >&2; exit 1; }`,
  };
}

function plan(args: Args, { page, running }: State): Plan {
  const file = editPlan(editOf(args), page, editing(args));
  if (isBlocked(file) || !isLive(args)) return file;
  if (running === undefined)
    return args.ignoreerrors ? file : blocked(`the kernel has no ${args.name}`, [...file, live(args, undefined)]);
  return words(running) === words(args.value!) ? file : [...file, live(args, running)];
}

/** A setting of the kernel, now and after the next boot. Parameters are Ansible's; of the file only its own lines are touched. */
export default defineModule<Args, State>({
  name: 'sysctl',
  aliases: ['ansible.posix.sysctl'],
  summary: 'Sets a kernel parameter, in its file and in the running kernel.',
  example:
    '- sysctl: { name: net.ipv4.ip_forward, value: "0", sysctl_file: /etc/sysctl.d/90-example.conf, reload: false }',
  args: schema,
  probe: probeOf,
  plan,
});
