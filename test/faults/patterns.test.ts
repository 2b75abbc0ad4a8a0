import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { matches as sshMatches } from '../../src/connect/patterns.js';
import { bounded } from '../../src/core/regex-time.js';
import { matchesGlob } from '../../src/modules/apt/names.js';
import { patternOf, search } from '../../src/modules/pattern.js';
import { isAbout } from '../../src/modules/ssh/known.js';
import { glob } from '../../src/project/glob.js';
import { Scratch } from '../engine/rig.js';

/* Patterns and the texts they meet may be anybody's. Each of these took longer than anybody lives. */

const stars = `${'*a'.repeat(40)}*b`;
const text = 'a'.repeat(5000);
const slow = '(a+)+b';
const unlucky = `${'a'.repeat(50)}!`;

let scratch: Scratch;
beforeEach(() => {
  scratch = new Scratch();
});
afterEach(() => scratch.remove());

describe('shell patterns', () => {
  it.each([
    ['of ssh', () => sshMatches(stars, text)],
    ['of known_hosts, in a file that the module edits', () => isAbout({ hosts: [stars] } as never, text)],
    ['of names', () => glob(stars).test(text)],
    ['of packages', () => matchesGlob(stars, text)],
  ])('%s', (_, match) => expect(match()).toBe(false));

  it('a class that ends before it begins matches nothing', async () => {
    const told = await scratch.run('- hosts: "h1:[z-a]*"\n  gather_facts: no\n  tasks: [{debug: {msg: x}}]');
    expect(told.messages()).toEqual(['x']);
  });

  it('inventory_hostnames', async () => {
    const told = await scratch.run(
      `- hosts: all\n  gather_facts: no\n  tasks: [{debug: {msg: "{{ lookup('inventory_hostnames', '${stars}', wantlist=true) }}"}}]`,
      { inventory: text.slice(0, 3000) },
    );
    expect(told.messages()).toEqual(['[]']);
  });
});

describe('regular expressions of the user', () => {
  it('of modules, on lines of a host', () => {
    for (const on of ['bytes', 'text'] as const) {
      const pattern = patternOf(slow, { on });
      expect(pattern.ok && (() => search(pattern.regex, unlucky))).toThrow('takes too long on a text of 51 characters');
    }
  });

  it.each([
    ['regex_search', `'${unlucky}' | regex_search('${slow}', ignorecase=true)`],
    ['regex_findall', `'${unlucky}' | regex_findall('(?=a)${slow}')`],
    ['regex_replace', `'${unlucky}' | regex_replace('(?=a)${slow}', '')`],
    ['match', `'${unlucky}' is match('(?=a)${slow}')`],
    ['search', `'${unlucky}ä' is search('(?=a)${slow}')`],
  ])('%s', async (_, expression) => {
    const told = await scratch.run(
      `- hosts: all\n  gather_facts: no\n  tasks:\n    - debug: {msg: "{{ ${expression} }}"}`,
    );
    expect(told.standing()).toBe('failed');
    const events = JSON.stringify(told.events);
    expect(events).toContain('takes too long on a text of');
    expect(events).toMatch(/"place":\{"file":"site.yml","line":4/);
  });

  it('lineinfile fails its task, and the next host goes on', async () => {
    const told = await scratch.run(`- hosts: all\n  gather_facts: no\n  tasks:
    - copy: {dest: "{{ root }}/f", content: "${unlucky}\\n"}
    - {name: edit, lineinfile: {path: "{{ root }}/f", regexp: "${slow}", line: x}}`);
    expect(told.standing()).toBe('failed');
    expect(JSON.stringify(told.outcome('edit'))).toContain('takes too long');
  });

  it('of replace', async () => {
    const told = await scratch.run(`- hosts: all\n  gather_facts: no\n  tasks:
    - copy: {dest: "{{ root }}/f", content: "${unlucky}\\n"}
    - {name: edit, replace: {path: "{{ root }}/f", regexp: "${slow}", replace: x}}`);
    expect(JSON.stringify(told.outcome('edit'))).toContain('takes too long');
  });

  it('a host pattern', async () => {
    const site = `- hosts: "~(?=a)${slow}$"\n  gather_facts: no\n  tasks: [{debug: {msg: x}}]`;
    const said = await scratch.run(site, { inventory: unlucky.replace('!', 'c') }).then(
      told => JSON.stringify(told.events),
      (error: Error) => error.message,
    );
    expect(said).toContain('takes too long');
  });

  it('ordinary ones find what they found, and are not watched', () => {
    const found = (source: string, on: string) =>
      bounded(new RegExp(source), on, () => new RegExp(source).exec(on)?.[0]);
    expect(found('^(\\s*#)?\\s*Port( .*)?$', '#Port 22')).toBe('#Port 22');
    expect(found('(foo|ba[r)]+)+', 'foobarr')).toBe('foobarr');
    expect(() =>
      bounded(/(a|b)+/, 'x', () => {
        throw new TypeError('mine');
      }),
    ).toThrow(TypeError);
  });
});
