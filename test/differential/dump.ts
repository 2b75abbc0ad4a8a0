import type { Fields } from './project.js';
import { COUNTERS, DICTS, LISTS, REGISTERS, RESULT_KEYS, TEXTS, UNSET } from './vocabulary.js';

/** The file below the shared folder that the last play writes the values of all variables to. */
export const DUMP = 'variables';

const NAMES = [
  ...TEXTS,
  ...LISTS,
  ...DICTS,
  ...COUNTERS,
  'h1',
  'h2',
  'role_fact',
  'role_default',
  'role_var',
  'role_param',
];

/** The last play: it reads every variable of every host, by `hostvars`, on a host that took no part and so never failed. */
export const dumpPlay: Fields = {
  name: 'dump',
  hosts: 'localhost',
  gather_facts: false,
  tags: ['dump', 'always'],
  tasks: [
    { name: 'dump', template: { src: 'dump.j2', dest: `@BASE@/shared/${DUMP}`, mode: '0644' }, check_mode: false },
  ],
};

/** One line for each host and name: `h1.t1 "value"`. */
export const dumpTemplate = (hosts: readonly string[]): string =>
  hosts
    .flatMap(host => [
      ...NAMES.map(name => `${host}.${name} {{ hostvars['${host}'].${name} | default('${UNSET}') | to_json }}`),
      ...REGISTERS.flatMap(name => {
        const result = `(hostvars['${host}'].${name} | default({}))`;
        return [
          ...RESULT_KEYS.map(key => `${host}.${name}.${key} {{ ${result}.${key} | default('${UNSET}') | to_json }}`),
          `${host}.${name}.results {{ ${result}.results | default([]) | length }}`,
        ];
      }),
    ])
    .concat(`localhost.local_name {{ local_name | default('${UNSET}') | to_json }}`, '')
    .join('\n');
