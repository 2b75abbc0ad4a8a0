import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Event } from '../../src/core/event.js';
import { Desk, MAIN } from './rig.js';

const desk = new Desk();
afterAll(() => desk.remove());
const witness = join(desk.folder, 'witness');
desk.write({
  hosts: 'h1 ansible_connection=local\n',
  'site.yml': `- hosts: all\n  gather_facts: false\n  tasks:\n${Array.from({ length: 20 }, (_, i) => `    - {name: t${i}, shell: "sleep 0.05; echo t${i} >>${witness}"}\n`).join('')}`,
});

/** Behind the end of every task in the slow form, else behind some. */
const ENDS = process.env.WITNESS_SECONDS === undefined ? [1, 7, 13] : Array.from({ length: 18 }, (_, i) => i + 1);

describe('SIGINT in a run of twenty tasks', () => {
  it.each(ENDS)('behind the end of task %i: what is told was done, and no more', async nth => {
    desk.write({ witness: '' });
    const child = spawn(process.execPath, [MAIN, 'run', 'site.yml', '-i', 'hosts', '--output', 'jsonl'], {
      cwd: desk.folder,
    });
    let out = '';
    let isSent = false;
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
      if (isSent || out.split('"kind":"task-finished"').length <= nth) return;
      isSent = true;
      child.kill('SIGINT');
    });
    const code = await new Promise(resolve => child.on('close', resolve));
    const events = out
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line) as Event);
    const done = existsSync(witness) ? readFileSync(witness, 'utf8').split('\n').filter(Boolean) : [];
    const changed = events.flatMap(event =>
      event.kind === 'task-finished' && event.outcome.kind === 'changed' ? [event.task.name] : [],
    );
    expect(code).toBe(130);
    expect(events.at(-1)).toMatchObject({ kind: 'run-finished', how: 'interrupted' });
    expect(changed).toEqual(done);
    expect(done.length).toBeGreaterThanOrEqual(nth);
    expect(done.length).toBeLessThan(20);
  });
});
