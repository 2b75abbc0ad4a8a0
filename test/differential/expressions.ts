import type { Random } from './random.js';
import { COUNTERS, DICTS, LISTS, NEW_GROUPS, REGISTERS, SHARED, TEXTS, UNSET } from './vocabulary.js';

/** What an expression may read where it stands. */
export interface Sight {
  readonly random: Random;
  readonly hosts: readonly string[];
  readonly groups: readonly string[];
  /** Under `free` the state of other hosts is no fixed value. */
  readonly isFree: boolean;
  /** Whether Ansible gathered facts. */
  readonly hasFacts: boolean;
  /** Name of the loop's variable, inside a loop. */
  readonly item?: string | undefined;
  /** Names that the task itself writes on several hosts: another host's is not read. */
  readonly writes?: readonly string[];
}

/** An expression (without braces) that gives a text, and never fails. */
export function textExpression(sight: Sight): string {
  const { random } = sight;
  return random.weighted<() => string>([
    [8, () => `${random.pick(TEXTS)} | default('${UNSET}')`],
    [3, () => `${random.pick(LISTS)} | default([]) | join(',')`],
    [2, () => `${random.pick(DICTS)} | default({}) | dictsort | map('join', '=') | join(',')`],
    [2, () => `${random.pick(COUNTERS)} | default(0)`],
    [6, () => registerExpression(random)],
    [sight.item ? 5 : 0, () => `${sight.item}`],
    [sight.isFree ? 0 : 4, () => foreignExpression(sight)],
    [sight.isFree ? 0 : 3, () => membershipExpression(sight)],
    [1, () => 'inventory_hostname'],
    [sight.hasFacts ? 12 : 0, () => factExpression(random)],
    [1, () => `group_names | sort | join(',')`],
    [2, () => `lookup('vars', '${random.pick(TEXTS)}', default='${UNSET}')`],
    [1, () => `lookup('env', 'NO_SUCH_NAME') | default('none', true)`],
    [1, () => `lookup('file', 'plain.txt')`],
    [1, () => `lookup('template', 'read.j2') | trim`],
    [sight.isFree ? 0 : 2, () => sharedExpression(random)],
    [1, () => `vars['${random.pick(TEXTS)}'] | default('${UNSET}')`],
    [
      1,
      () =>
        `query('first_found', {'files': [${random.pick(TEXTS)} | default('no') ~ '.txt', 'plain.txt'], 'paths': [playbook_dir ~ '/files']}) | map('basename') | join`,
    ],
    [1, () => `('so' if ${condition(sight)} else 'not so')`],
    [1, () => `(${random.pick(TEXTS)} | default('')) ~ '+' ~ (${random.pick(TEXTS)} | default(''))`],
    [1, () => `${random.pick(TEXTS)} | default(${random.pick(TEXTS)}) | default('${UNSET}')`],
  ])();
}

const factExpression = (random: Random): string =>
  random.pick([
    'ansible_facts.os_family',
    'ansible_os_family',
    'ansible_distribution',
    "ansible_facts['distribution_release']",
    "hostvars[inventory_hostname].ansible_facts.os_family | default('none')",
    "query('first_found', {'files': [ansible_facts.os_family ~ '.txt', 'plain.txt'], 'paths': [playbook_dir ~ '/files']}) | map('basename') | join",
    "lookup('vars', 'ansible_distribution')",
    "('yes' if ansible_facts.os_family == 'Debian' else 'no')",
  ]);

/** Reads a registered result, of whatever task. */
export function registerExpression(random: Random): string {
  const name = random.pick(REGISTERS);
  return random.pick([
    `${name}.stdout | default('${UNSET}')`,
    `${name}.stdout | default('${UNSET}')`,
    `${name}.changed | default('${UNSET}')`,
    `${name}.failed | default('${UNSET}')`,
    `${name}.rc | default('${UNSET}')`,
    `${name}.skipped | default('${UNSET}')`,
    `(${name}.stat | default({})).exists | default('${UNSET}')`,
    `(${name}.stat | default({})).mode | default('${UNSET}')`,
    `${name} is defined`,
    `${name}.results | default([]) | length`,
    `${name}.results | default([]) | map(attribute='stdout', default='${UNSET}') | join(',')`,
    `${name}.results | default([]) | selectattr('changed', 'defined') | map(attribute='changed') | join(',')`,
    `${name}.content | default('') | b64decode`,
    `${name}.files | default([]) | length`,
  ]);
}

/** Reads what another host has. */
function foreignExpression({ random, hosts, writes = [] }: Sight): string {
  const names = [...TEXTS, ...REGISTERS].filter(name => !writes.includes(name));
  const name = random.pick(names);
  const host = random.pick([`'${random.pick(hosts)}'`, `groups['all'][0]`, `ansible_play_hosts_all[0]`]);
  return name.startsWith('r')
    ? `(hostvars[${host}].${name} | default({})).${random.pick(['stdout', 'changed', 'failed'])} | default('${UNSET}')`
    : random.pick([
        `hostvars[${host}].${name} | default('${UNSET}')`,
        `hostvars[${host}]['${name}'] | default('${UNSET}')`,
        `groups['all'] | map('extract', hostvars, '${name}') | map('default', '${UNSET}') | join(',')`,
      ]);
}

/** Reads who is still there, and in which group. */
function membershipExpression({ random, groups }: Sight): string {
  const made = random.pick(NEW_GROUPS);
  return random.pick([
    `ansible_play_hosts | join(',')`,
    `ansible_play_batch | join(',')`,
    `ansible_play_hosts_all | join(',')`,
    `play_hosts | join(',')`,
    `groups['${random.pick(groups)}'] | sort | join(',')`,
    `groups['${made}'] | default(['${UNSET}']) | sort | join(',')`,
    `groups.${made} | default(['${UNSET}']) | sort | join(',')`,
    `groups['all'] | sort | join(',')`,
    `('first' if inventory_hostname == ansible_play_hosts[0] else 'other')`,
    `groups.keys() | sort | join(',')`,
    `'${made}' in group_names`,
  ]);
}

/** Reads a file of the controller that a task may have made or changed. */
function sharedExpression(random: Random): string {
  const file = random.pick(SHARED);
  return random.pick([
    `(lookup('file', shared ~ '/${file}') if (shared ~ '/${file}') is exists else '${UNSET}')`,
    `query('fileglob', shared ~ '/${file}') | length`,
    `query('first_found', [shared ~ '/${file}', 'plain.txt'], errors='ignore') | map('basename') | join`,
    `(shared ~ '/${file}') is file`,
  ]);
}

/** An expression that gives true or false, and never fails. */
export function condition(sight: Sight): string {
  const { random } = sight;
  const register = random.pick(REGISTERS);
  return random.weighted<() => string>([
    [4, () => `${random.pick(TEXTS)} is defined`],
    [3, () => `${random.pick(TEXTS)} is undefined`],
    [2, () => `${random.pick(LISTS)} is defined`],
    [2, () => `${random.pick(TEXTS)} | default('') == ${random.pick(TEXTS)} | default('')`],
    [2, () => `(${random.pick(LISTS)} | default([])) | length > ${random.whole(0, 2)}`],
    [2, () => `(${random.pick(COUNTERS)} | default(0)) | int is ${random.pick(['odd', 'even'])}`],
    [3, () => `${register}.changed | default(false) | bool`],
    [
      2,
      () => `${register} is defined and ${register} is ${random.pick(['changed', 'succeeded', 'failed', 'skipped'])}`,
    ],
    [2, () => `${register} is defined`],
    [3, () => `inventory_hostname == '${random.pick(sight.hosts)}'`],
    [sight.isFree ? 0 : 2, () => `inventory_hostname == ansible_play_hosts[${random.pick(['0', '-1'])}]`],
    [sight.isFree ? 0 : 1, () => `inventory_hostname in groups['${random.pick(NEW_GROUPS)}'] | default([])`],
    [sight.isFree ? 0 : 2, () => `hostvars['${random.pick(sight.hosts)}'].${foreignName(sight)} is defined`],
    [sight.item ? 2 : 0, () => `${sight.item} | string != '${random.pick(['a', 'b', 'c'])}'`],
    [1, () => 'true'],
    [1, () => 'false'],
  ])();
}

const foreignName = ({ random, writes = [] }: Sight): string =>
  random.pick([...TEXTS, ...REGISTERS].filter(name => !writes.includes(name)));

/** A text whose value nobody can foresee, in a form that comparing knows again (`canonical.ts`). */
export const unforeseeable = (random: Random): string =>
  random.weighted([
    [4, `R{{ 999999999 | random(start=100000000) }}R`],
    [2, `S{{ range(10, 40) | shuffle | join('') }}S`],
    // Two hosts, or two tasks, may come to the same moment by chance.
    [2, `N${random.whole(100, 999)}{{ now().strftime('%Y%m%d%H%M%S%f') }}{{ inventory_hostname }}N`],
    [2, `P{{ lookup('password', '/dev/null length=20 chars=ascii_letters') }}P`],
    [2, `H{{ ('word' | password_hash('sha256', rounds=1000) | regex_replace('[^A-Za-z0-9]', ''))[-40:] }}H`],
  ]);

/** Text with expressions in it. */
export const text = (sight: Sight): string =>
  sight.random.weighted<() => string>([
    [8, () => `{{ ${textExpression(sight)} }}`],
    [3, () => `x{{ ${textExpression(sight)} }}y`],
    [2, () => `{{ ${textExpression(sight)} }}/{{ ${textExpression(sight)} }}`],
    [2, () => `{% if ${condition(sight)} %}one{% else %}two{% endif %}-{{ ${textExpression(sight)} }}`],
    [1, () => `plain`],
  ])();

/** An expression as a name of a file. Its form stays, so that comparing knows again what nobody can foresee. */
export const nameOf = (expression: string): string =>
  `{{ ((${expression}) | string | regex_replace('[^A-Za-z0-9]', '_'))[:120] }}`;
