import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Event, Happening } from '../../src/core/event.js';
import { Redactor } from '../../src/core/secret.js';
import { EventStream } from '../../src/engine/event-stream.js';
import { ok, place, task } from '../report/scene.js';
import { Scratch } from './rig.js';

let scratch: Scratch;
beforeAll(() => {
  scratch = new Scratch();
});
afterAll(() => scratch.remove());

const PLAY = `
- hosts: all
  gather_facts: false
  tasks:
    - {name: directive, set_fact: {x: 1}}
    - {name: looped directive, debug: {msg: "{{ item }}"}, loop: [a, b]}
    - {name: skipped, command: "true", when: false}
    - {name: skipped items, command: "true", when: item == 'c', loop: [a, b]}
    - {name: acted, command: echo x, notify: handle}
    - {name: looked at, stat: {path: /}}
    - {name: loop, command: "echo {{ item }}", loop: [1, 2, 3]}
    - {name: empty, command: "true", loop: []}
    - {name: broken, debug: {msg: "{{ nothing }}"}, ignore_errors: true}
    - {name: tried, command: "false", retries: 1, delay: 0, until: false, ignore_errors: true}
    - {name: once, command: "true", run_once: true}
    - include_tasks: more.yml
      loop: [1, 2]
    - block: [{name: fails, command: "false"}]
      rescue: [{name: rescues, command: "true"}]
      always: [{name: always, assert: {that: true}}]
    - meta: clear_facts
  handlers:
    - {name: handle, command: "true"}
`;

type Of<K extends Event['kind']> = Event & { readonly kind: K };

describe('the events of a run', () => {
  it.each(['apply', 'check'] as const)(
    'are numbered by host, and every task is started before it ends: %s',
    async mode => {
      scratch.write({ 'more.yml': '- {name: included, command: "echo {{ item }}"}\n' });
      const { events } = await scratch.run(PLAY, { hosts: 3, options: { mode } });
      for (const host of ['h1', 'h2', 'h3']) {
        const own = events.filter(event => 'host' in event && event.host === host);
        expect(own.map(event => 'order' in event && event.order)).toEqual(own.map((_, i) => i + 1));
        const started = new Map<string, Of<'task-started'>>();
        let [finished, since] = [0, 0];
        for (const event of own) {
          if (event.kind === 'task-started') {
            expect(started.has(event.task.id) && event.task.module !== 'include_tasks').toBe(false);
            started.set(event.task.id, event);
          } else if (event.kind === 'item-finished') {
            expect(started.has(event.task.id), event.task.name).toBe(true);
            expect(event.start).toBeGreaterThanOrEqual(since);
            expect(event.end).toBeGreaterThanOrEqual(event.start);
            since = event.end;
          } else if (event.kind === 'task-finished') {
            expect(started.delete(event.task.id), event.task.name).toBe(true);
            expect(event.ms).toBe(event.end - event.start);
            expect(event.ms).toBeGreaterThanOrEqual(0);
            expect(event.at).toBeGreaterThanOrEqual(event.end);
            finished++;
          } else if ('task' in event && event.task) expect(started.has(event.task.id), event.task.name).toBe(true);
        }
        expect(finished).toBeGreaterThan(14);
      }
    },
  );
});

describe('the stream', () => {
  const [label, host] = [task(3, 'a'), 'w1' as never];
  const through = (...happenings: readonly Happening[]): readonly Event[] => {
    const events: Event[] = [];
    const stream = new EventStream(new Redactor(), event => void events.push(event));
    for (const happening of happenings) stream.tell(happening);
    return events;
  };
  const times = { at: 9, start: 4, end: 8, ms: 4 };
  const about = { host, task: label, outcome: ok(), place: place(3), noLog: false };
  const finish: Happening = { kind: 'task-finished', ...times, ...about };
  const kinds = (events: readonly Event[]): readonly string[] => events.map(({ kind, at }) => `${kind} ${at}`);

  it('tells the start of a task that nobody told, with its time', () => {
    expect(kinds(through(finish))).toEqual(['task-started 4', 'task-finished 9']);
    expect(kinds(through({ kind: 'message', at: 5, host, task: label, text: 'x' }, finish))).toEqual([
      'task-started 5',
      'message 5',
      'task-finished 9',
    ]);
  });

  it('tells a start once, and again when the task is done again', () => {
    const start = { kind: 'task-started', at: 3, host, task: label } as const;
    expect(kinds(through(start, start, finish, { ...start, at: 10 }))).toEqual([
      'task-started 3',
      'task-finished 9',
      'task-started 10',
    ]);
  });

  it('counts each host by itself', () => {
    const trip = { kind: 'round-trip', at: 1, purpose: 'look', snippets: 1, ms: 1 } as const;
    const hosts = ['w1', 'w2', 'w1', 'w2', 'w2'].map(name => ({ ...trip, host: name as never }));
    expect(through(...hosts).map(event => 'order' in event && [event.host, event.order])).toEqual([
      ['w1', 1],
      ['w2', 1],
      ['w1', 2],
      ['w2', 2],
      ['w2', 3],
    ]);
  });

  it('carries no scripts', () => {
    const change = { what: 'x', before: null, after: 'y', apply: 'rm -rf /' };
    const [, event] = through({
      kind: 'task-finished',
      ...times,
      ...about,
      outcome: { kind: 'changed', changes: [change], result: {} },
    });
    expect(JSON.stringify(event)).not.toContain('rm -rf');
  });
});
