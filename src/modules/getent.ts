import * as z from 'zod';
import { blocked } from '../core/change.js';
import { defineModule } from '../core/module.js';
import { bool, str } from '../core/params.js';
import { Incomplete, probe } from '../core/probe.js';
import { sh } from '../core/sh.js';
import type { Value } from '../core/value.js';
import { orNone } from './args.js';

const args = z.strictObject({
  database: str()
    .pipe(z.string().regex(/^[a-z][a-z0-9_]*$/, 'is no database'))
    .describe('Such as `passwd`, `group`, `hosts`, `services`.'),
  key: orNone(str()).describe('The one entry to look for; all without it.'),
  split: str()
    .optional()
    .describe('What parts the fields of a line; `:` for passwd, shadow, group and gshadow, else blanks.'),
  fail_key: bool().default(true).describe('Fail if the key is not there; else it is given as none.'),
  service: orNone(str()).describe('Ask only this service of nsswitch.conf.'),
});
type Args = z.infer<typeof args>;

interface State {
  /** getent(1): 0 found, 1 no such database, 2 no such key, 3 cannot be listed. */
  readonly status: number;
  readonly lines: readonly string[];
}

/** What getent's exit status means, in Ansible's words. */
const WHY: { readonly [status: number]: string } = {
  1: 'Missing arguments, or database unknown.',
  2: 'One or more supplied key could not be found in the database.',
  3: 'Enumeration not supported on this database.',
};

/** A line as its key and the fields behind it. */
function fieldsOf(line: string, { database, split }: Args): readonly [string, readonly string[]] {
  const separator = split ?? (/^(?:passwd|shadow|group|gshadow)$/.test(database) ? ':' : undefined);
  const [key = '', ...fields] = separator === undefined ? line.trim().split(/\s+/) : line.split(separator);
  return [key, fields];
}

/** Entries by key; of a key that comes twice, all its entries, as Ansible has it. */
function entries(given: Args, { lines }: State): { readonly [key: string]: Value } {
  const all = new Map<string, (readonly string[])[]>();
  for (const line of lines) {
    const [key, fields] = fieldsOf(line, given);
    all.set(key, [...(all.get(key) ?? []), fields]);
  }
  return Object.fromEntries([...all].map(([key, found]) => [key, found.length === 1 ? found[0]! : found]));
}

export default defineModule<Args, State>({
  name: 'getent',
  summary: "Asks the target's name service: users, groups, hosts and the like, as facts.",
  example: '- getent: { database: passwd, key: root }',
  args,
  probe: ({ database, key, service }) => {
    // musl's getent knows no `--`, and only a key with a dash needs it.
    const keys = key === undefined ? [] : key.startsWith('-') ? ['--', key] : [key];
    const from = service === undefined ? [] : ['-s', service];
    // Without getent (busybox) the file that has the database's name in /etc is all there is.
    const script = sh`if command -v getent >/dev/null; then getent ${from} ${database} ${keys}
else
  [ -r ${`/etc/${database}`} ] || exit 1
  rm_found=2
  while IFS= read -r rm_line; do
    case $rm_line in '#'*|'') ;; ${key === undefined ? sh`*` : sh`${key}:*|${`${key} `}*|${`${key}\t`}*`}) printf '%s\n' "$rm_line"; rm_found=0 ;; esac
  done <${`/etc/${database}`}
  exit "$rm_found"
fi`;
    return {
      ...probe(script, ({ stdout, status }) => {
        if (status === 0 && (stdout === '' ? key !== undefined : !stdout.endsWith('\n')))
          throw new Incomplete('getent');
        return { status, lines: stdout.split('\n').filter(line => line !== '') };
      }),
      status: 'told',
    };
  },
  plan: ({ database, key, fail_key }, { status }) =>
    status === 0 || (status === 2 && !fail_key)
      ? []
      : blocked(
          `${WHY[status] ?? `getent ended with status ${status}`} (${database}${key === undefined ? '' : ` ${key}`})`,
        ),
  result: (given, state) => {
    const found = state.status === 2 && given.key !== undefined ? { [given.key]: null } : entries(given, state);
    return { ansible_facts: { [`getent_${given.database}`]: found } };
  },
});
