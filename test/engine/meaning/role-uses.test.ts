import { afterAll, describe, expect, it } from 'vitest';
import { Scratch } from '../rig.js';
import { saidAsByAnsible } from './oracle.js';

const scratch = new Scratch();
afterAll(() => scratch.remove());

const say = (who: string): string => `- debug: { msg: "${who} {{ p | default('no') }} {{ v | default('no') }}" }`;

scratch.write({
  'roles/a/tasks/main.yml': say('a'),
  'roles/a/tasks/other.yml': say('other of a'),
  'roles/needs-a/meta/main.yml': 'dependencies: [a]',
  'roles/needs-a/tasks/main.yml': say('needs-a'),
  'roles/needs-red/meta/main.yml': 'dependencies: [{ role: a, tags: [red] }]',
  'roles/needs-red/tasks/main.yml': say('needs-red'),
  'roles/gives/meta/main.yml': 'dependencies: [{ role: a, vars: { v: given }, p: param }]',
  'roles/gives/tasks/main.yml': say('gives'),
  'roles/above/meta/main.yml': 'dependencies: [gives]',
  'roles/above/tasks/main.yml': say('above'),
  'roles/with-file/vars/main.yml': 'v: file',
  'roles/with-file/tasks/main.yml': say('with-file'),
});

const PLAY = say('play').slice(2);

/** What is said, in no order, without what only one of the roles may say. */
const said = (play: string): Promise<readonly string[]> =>
  saidAsByAnsible(scratch, `- hosts: all\n  gather_facts: false\n  ${play}`);

/** How often the role `a` says something. */
const times = async (play: string): Promise<number> => (await said(play)).filter(text => text.startsWith('a ')).length;

describe('a role that is listed again', () => {
  it.each([
    ['with other tags', 'roles: [{ role: a, tags: [red] }, needs-a]', 2],
    ['with the same tags', 'roles: [{ role: a, tags: red }, needs-red]', 1],
    ['with its tags in another order', 'roles: [{ role: a, tags: [red, blue] }, { role: a, tags: "blue,red" }]', 1],
    ['with no tags, or no vars', 'roles: [a, { role: a, tags: [] }, { role: a, vars: {} }]', 1],
    ['with a condition', 'roles: [a, { role: a, when: 1 == 1 }, { role: a, when: 1 == 1 }]', 2],
    [
      'with vars',
      'roles: [a, { role: a, vars: { v: 1 } }, { role: a, vars: { v: 1 } }, { role: a, vars: { v: 2 } }]',
      3,
    ],
    ['with the same as a param', 'roles: [{ role: a, vars: { v: 1 } }, { role: a, v: 1 }]', 2],
    ['with params in another order', 'roles: [{ role: a, p: { x: 1, y: 2 } }, { role: a, p: { y: 2, x: 1 } }]', 1],
    ['with other keywords', 'roles: [a, { role: a, become: false }, { role: a, environment: { X: y } }]', 1],
    ['by a dependency', 'roles: [needs-a, needs-red, a]', 2],
    ['by an import', 'roles: [a]\n  tasks: [import_role: { name: a, allow_duplicates: false }]', 2],
    [
      'by imports with other tags and conditions',
      `tasks:
    - { import_role: { name: a, allow_duplicates: false }, tags: x }
    - { import_role: { name: a, allow_duplicates: false }, when: 1 == 1 }`,
      1,
    ],
    [
      'by imports with other vars',
      `tasks:
    - { import_role: { name: a, allow_duplicates: false }, vars: { p: 1 } }
    - { import_role: { name: a, allow_duplicates: false }, vars: { p: 2 } }`,
      2,
    ],
    [
      'by an import and an include',
      `tasks:
    - import_role: { name: a, allow_duplicates: false }
    - include_role: { name: a, allow_duplicates: false }`,
      1,
    ],
  ])('%s', async (_how, play, expected) => {
    expect(await times(play)).toBe(expected);
  });
});

describe('vars of a use of a role', () => {
  it.each([
    [
      'of a dependency are those of the role that needs it, and of the play',
      `roles: [above]\n  tasks: [${PLAY}]`,
      ['a param given', 'above no given', 'gives no given', 'play no given'],
    ],
    [
      'of a dependency of a role that is included are not those of the play',
      `tasks: [{ include_role: { name: gives } }, { ${PLAY} }]`,
      ['a param given', 'gives no given', 'play no no'],
    ],
    [
      'are seen by all roles of the play, also by those before it; the last wins, its own see its own',
      `roles: [a, { role: a, vars: { v: 1 } }, { role: a, vars: { v: 2 }, p: 3 }]\n  tasks: [${PLAY}]`,
      ['a 3 2', 'a no 1', 'a no 2', 'play no 2'],
    ],
    [
      'of an import are seen by a use before it',
      `roles: [a]\n  tasks: [{ import_role: { name: a }, vars: { v: import } }, { ${PLAY} }]`,
      ['a no import', 'a no import', 'play no import'],
    ],
    [
      'of a public include are seen behind it',
      `tasks:
    - { ${PLAY} }
    - { include_role: { name: a, public: true }, vars: { v: public } }
    - { ${PLAY} }`,
      ['a no public', 'play no no', 'play no public'],
    ],
    [
      'are weaker than the vars of its folder',
      `roles: [{ role: with-file, vars: { v: entry, p: entry } }]\n  tasks: [${PLAY}]`,
      ['play entry file', 'with-file entry file'],
    ],
    [
      'of a role are stronger for it than those of its dependency',
      `roles: [{ role: gives, vars: { v: own } }]`,
      ['a param given', 'gives no own'],
    ],
    [
      'are stronger than those of the play and weaker than what a task sets',
      `vars: { v: play, p: play }
  roles: [{ role: a, vars: { v: "{{ w }}", w: entry } }]
  tasks: [{ set_fact: { v: set } }, { ${PLAY} }]`,
      ['a play entry', 'play play set'],
    ],
  ])('%s', async (_what, play, expected) => {
    expect(await said(play)).toEqual(expected);
  });
});
