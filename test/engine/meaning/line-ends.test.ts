import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Scratch } from '../rig.js';
import { hasOracle, runWithAnsible } from './oracle.js';

const scratch = new Scratch();
afterAll(() => scratch.remove());

/** What a file holds whose content is a number and a line end, by where the number is from; as ansible-core 2.14 writes it. */
const CASES: readonly (readonly [content: string, more: string, file: string])[] = [
  ['{{ n }}', '', '0'],
  ['{{ n }}\\n', '', '0\n\n'],
  ['{{ f }}', '', '1.5'],
  ['{{ rendered }}', '', '7\n'],
  ['{{ same }}', '', '0\n'],
  ['{{ set }}', '', '7\n'],
  ['{{ plain }}', '', '5'],
  ['{{ again }}', '', '6'],
  ['{{ item }}', ', loop: ["{{ nothing | default(0) }}"]', '0\n'],
  ['{{ item }}', ', loop: [3]', '3'],
  ['{{ item }}', ', loop: "{{ [4] }}"', '4'],
  ['{{ item }}', ', loop: ["{{ n }}"]', '0'],
  ['{{ l[0] }}', '', '1\n'],
  ['{{ r.rc }}', '', '0\n'],
];

const siteOf = (taskOf: (content: string, index: number) => string): string => `
- hosts: h1
  gather_facts: false
  vars: { n: 0, f: 1.5, rendered: "{{ 3 + 4 }}", same: "{{ n }}", l: [1, 2] }
  tasks:
    - { set_fact: { set: "{{ 3 + 4 }}", plain: 5, again: "{{ 1 }}" } }
    - { set_fact: { again: 6 } }
    - { command: "true", register: r }
${CASES.map(([content, more], i) => `    - { ${taskOf(`"${content}\\n"`, i)}${more} }`).join('\n')}
`;

const written = (): readonly string[] =>
  CASES.map((_, i) => {
    const file = join(scratch.root, 'h1', `f${i}`);
    const text = readFileSync(file, 'utf8');
    rmSync(file);
    return text;
  });
const wanted = CASES.map(([, , file]) => file);

describe('a line end behind a number', () => {
  it.each(['local', 'ssh'] as const)('counts where Ansible has text: %s', async reach => {
    const told = await scratch.run(
      siteOf((content, i) => `copy: { content: ${content}, dest: "{{ root }}/f${i}" }`),
      { reach },
    );
    expect(told.counts()).toEqual({ ok: 2, changed: CASES.length + 1 });
    expect(written()).toEqual(wanted);
  });

  // Without a module, of which each takes it a second.
  it.runIf(hasOracle)('as ansible-core has it', () => {
    scratch.prepare(siteOf(content => `debug: { msg: "<{{ x }}>" }, vars: { x: ${content} }`));
    expect(runWithAnsible(scratch)).toEqual(wanted.map(text => `<${text}>`));
  });
});
