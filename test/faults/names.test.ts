import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Scratch } from '../engine/rig.js';

/* Names of files are bytes. Those that are no UTF-8 must come back as the same bytes: three files, not one. */

let scratch: Scratch;
beforeEach(() => {
  scratch = new Scratch();
});
afterEach(() => scratch.remove());

const NAMES = [Buffer.from('a\xffb', 'latin1'), Buffer.from('aÿb', 'utf8'), Buffer.from('caf\xe9', 'latin1')];
const play = (tasks: string): string => `- hosts: all\n  gather_facts: no\n  tasks:\n${tasks}`;
const below = (folder: string): readonly string[] =>
  readdirSync(join(scratch.root, 'h1', folder), { encoding: 'buffer' })
    .map(name => name.toString('latin1'))
    .sort();
const FIND = '    - {find: {paths: "{{ root }}/d", file_type: any}, register: f}\n';

beforeEach(() => {
  mkdirSync(join(scratch.root, 'h1/d'), { recursive: true });
  for (const name of NAMES) writeFileSync(Buffer.concat([Buffer.from(join(scratch.root, 'h1/d/')), name]), 'x');
});
const THREE = NAMES.map(name => name.toString('latin1')).sort();

describe('names that are no UTF-8', () => {
  it('find and state: absent remove all three', async () => {
    const told = await scratch.run(
      play(`${FIND}    - {file: {path: "{{ item.path }}", state: absent}, loop: "{{ f.files }}"}`),
    );
    expect(told.standing()).toBe('well');
    expect(below('d')).toEqual([]);
  });

  it('stat, copy on the host, copy of content, file and command name the same files', async () => {
    const told = await scratch.run(
      play(`${FIND}    - {stat: {path: "{{ item.path }}"}, loop: "{{ f.files }}", register: s}
    - {debug: {msg: "{{ s.results | map(attribute='stat.exists') | list }}"}}
    - {file: {path: "{{ root }}/{{ item }}", state: directory}, loop: [copied, written, made, touched]}
    - {copy: {src: "{{ item.path }}", dest: "{{ root }}/copied/", remote_src: yes}, loop: "{{ f.files }}"}
    - {copy: {content: x, dest: "{{ root }}/written/{{ item.path | basename }}"}, loop: "{{ f.files }}"}
    - {file: {path: "{{ root }}/made/{{ item.path | basename }}", state: directory}, loop: "{{ f.files }}"}
    - {command: {argv: [touch, "{{ root }}/touched/{{ item.path | basename }}"]}, loop: "{{ f.files }}"}`),
    );
    expect(told.standing()).toBe('well');
    expect(told.messages()[0]).toMatch(/true,\s*true,\s*true/i);
    for (const folder of ['copied', 'written', 'made', 'touched']) expect(below(folder)).toEqual(THREE);
  });

  it('patterns and regular expressions of find take them', async () => {
    const told = await scratch.run(
      play(`    - {find: {paths: "{{ root }}/d", patterns: "a*b"}, register: f}
    - {find: {paths: "{{ root }}/d", patterns: "a.b", use_regex: yes}, register: g}
    - {debug: {msg: "{{ f.matched }} {{ g.matched }}"}}`),
    );
    expect(told.messages()).toEqual(['2 2']);
  });
});

describe('many names', () => {
  let many: string;
  afterEach(() => rmSync(many, { recursive: true, force: true }));

  it('60,000 files are found', async () => {
    // In memory where there is some: to make them takes longer than to find them.
    many = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'many-'));
    const make =
      'for d in $(seq 60); do mkdir $d && (cd $d && seq -f a-file-with-some-name-%g.conf 1000 | xargs touch); done';
    execFileSync('sh', ['-c', make], { cwd: many });
    const told = await scratch.run(
      play(`    - {find: {paths: ${many}, recurse: yes, patterns: "*.conf"}, register: f}
    - {debug: {msg: "{{ f.matched }} {{ f.files | length }}"}}`),
    );
    expect(told.messages()).toEqual(['60000 60000']);
  }, 240_000);
});
