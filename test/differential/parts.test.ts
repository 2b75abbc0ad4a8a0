import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { canonical } from './canonical.js';
import { compare } from './compare.js';
import { page } from './differences.js';
import { generate } from './generate.js';
import type { Observation, Step } from './observation.js';
import { isFields, type Project } from './project.js';
import { withoutRaces } from './races.js';
import { shrink } from './shrink.js';

const step = (more: Partial<Step>): Step => ({
  host: 'h1',
  task: 't',
  module: 'command',
  outcome: 'ok',
  result: {},
  ...more,
});
const seen = (more: Partial<Observation>): Observation => ({
  end: 'well',
  said: '',
  steps: [],
  files: new Map(),
  rescued: new Map(),
  ...more,
});
const kinds = (
  ours: Partial<Observation>,
  theirs: Partial<Observation>,
  against: 'sequential' | 'ansible' = 'ansible',
) => compare(generate(1), seen(ours), seen(theirs), against).map(one => one.kind);

describe('the parts of the differential', () => {
  it('prints the meant differences into the docs', () => {
    expect(readFileSync(join(import.meta.dirname, '../../docs/differences.md'), 'utf8')).toBe(page());
  });

  it('makes the same project of the same seed, and others of others', () => {
    expect(generate(7)).toEqual(generate(7));
    expect(generate(8).files).not.toEqual(generate(7).files);
  });

  it('uses every part of the language within some hundred projects', () => {
    const text = Array.from({ length: 400 }, (_, seed) => JSON.stringify(generate(seed))).join('\n');
    const words =
      'rescue always notify listen flush_handlers until retries loop_control loop_var index_var extended label with_items with_dict with_indexed_items with_sequence with_subelements with_together with_nested with_first_found with_fileglob with_file with_template changed_when failed_when ignore_errors ignore_unreachable delegate_to delegate_facts run_once serial any_errors_fatal max_fail_percentage strategy end_play end_host end_batch clear_facts clear_host_errors refresh_inventory noop add_host group_by no_log become include_vars include_tasks import_tasks include_role import_role import_playbook vars_files dependencies apply environment force_handlers random shuffle password_hash now( ansible_play_hosts ansible_play_batch hostvars lineinfile blockinfile assemble slurp find getent wait_for replace';
    expect(words.split(' ').filter(word => !text.includes(word))).toEqual([]);
  });

  it('sees another outcome, item, result, file, mode and end', () => {
    expect(kinds({ steps: [step({})] }, { steps: [step({ outcome: 'changed' })] })).toEqual([
      'outcome of command: ok instead of changed',
    ]);
    expect(kinds({ steps: [step({ item: 'a' })] }, { steps: [step({ item: 'b' })] })).toEqual(['another item']);
    expect(kinds({ steps: [] }, { steps: [step({})] })).toEqual(['step missing: command']);
    expect(
      kinds({ steps: [step({ result: { stdout: '1' } })] }, { steps: [step({ result: { stdout: '2' } })] }),
    ).toEqual(['result of command: stdout']);
    const file = (content: string, mode = '0644') => ({
      files: new Map([['roots/h1/f', { kind: 'file' as const, mode, content }]]),
    });
    expect(kinds(file('a'), file('b'))).toEqual(['content of a file']);
    expect(kinds(file('a'), file('a', '0600'))).toEqual(['mode of a file']);
    expect(kinds(file('a'), {})).toEqual(['file too many']);
    expect(kinds({ end: 'refused', said: 'x.yml:1: no such thing' }, {})).toEqual([
      'end: refused instead of well: no such thing',
    ]);
  });

  it('passes over ends that are meant against Ansible', () => {
    const refused = { end: 'refused' as const, said: 'x.yml:1: `x` is defined nowhere' };
    expect(kinds(refused, { end: 'failed' })).toEqual([]);
    expect(kinds(refused, { end: 'well' })).toHaveLength(1);
    expect(kinds(refused, { end: 'failed' }, 'sequential')).toHaveLength(1);
  });

  it('takes numbers and booleans for the texts that print them against Ansible, but not between our walks', () => {
    const [a, b] = [{ steps: [step({ result: { rc: 0 } })] }, { steps: [step({ result: { rc: '0' } })] }];
    expect(kinds(a, b)).toEqual([]);
    expect(kinds(a, b, 'sequential')).toEqual(['result of command: rc']);
  });

  it('numbers what nobody can foresee by first sight', () => {
    const number = canonical();
    expect(number('R100000001R R200000002R')).toBe('<R1> <R2>');
    expect(number('xR100000001Ry')).toBe('x<R1>y');
  });

  it('leaves no task that reads of another host what it sets itself', () => {
    const task = {
      register: 'r1',
      changed_when: "hostvars[groups['all'][0]].r1 is defined and hostvars['h1'].r2 is defined",
    };
    expect(withoutRaces([{ block: [task] }])).toEqual([
      { block: [{ register: 'r1', changed_when: "r1 is defined and hostvars['h1'].r2 is defined" }] },
    ]);
  });

  it('shrinks a project to what shows the difference', async () => {
    const hasCopy = (data: unknown): boolean =>
      Array.isArray(data)
        ? data.some(hasCopy)
        : isFields(data as never)
          ? 'copy' in (data as object) || Object.values(data as object).some(hasCopy)
          : false;
    const project = Array.from({ length: 50 }, (_, seed) => generate(seed)).find(one =>
      hasCopy(one.files['site.yml']),
    )!;
    const small = await shrink(project, async (one: Project) => hasCopy(one.files['site.yml']), 2000);
    expect(JSON.stringify(small.files).length).toBeLessThan(400);
    expect(hasCopy(small.files['site.yml'])).toBe(true);
  });
});
