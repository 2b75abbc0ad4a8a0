import { afterAll, describe, expect, it } from 'vitest';
import type { Connect } from '../../src/core/connection.js';
import { asking, Scratch } from './rig.js';

const scratch = new Scratch();
afterAll(() => scratch.remove());

/** A connection that takes half a second of the run's clock for each of eight parts of what is sent. */
const slow = (connect: Connect, pass: (ms: number) => void): Connect =>
  asking(connect, connection => (as, batch) => {
    for (let part = 1; batch.blobs?.length && part <= 8; part++) {
      pass(500);
      batch.sent?.(part * 1000, 8000);
    }
    return connection.ask(as, { ...batch, sent: undefined });
  });

const play = (more = '') => `
- hosts: h1
  gather_facts: false
  tasks:
    - { name: big, copy: { src: big, dest: "{{ root }}/big" }${more} }
`;

describe('large files on their way', () => {
  const uploads = async (more = '') => {
    scratch.write({ 'files/big': `${'x'.repeat(300_000)}${more}` });
    let ahead = 0;
    const told = await scratch.run(play(more), {
      around: connect =>
        slow(connect, ms => {
          ahead += ms;
        }),
      now: () => Date.now() + ahead,
    });
    expect(told.counts()).toEqual({ changed: 1 });
    return told.events.flatMap(event => {
      if (event.kind === 'task-upload') return [[event.task.name, event.bytes, event.size]];
      return event.kind === 'task-started' || event.kind === 'task-finished' ? [event.kind] : [];
    });
  };

  it('are told of once a second, while the task runs', async () => {
    expect(await uploads()).toEqual([
      'task-started',
      ['big', 3000, 8000],
      ['big', 5000, 8000],
      ['big', 7000, 8000],
      'task-finished',
    ]);
  });

  it('are not told of under no_log', async () => {
    expect(await uploads(', no_log: true')).toEqual(['task-started', 'task-finished']);
  });
});
