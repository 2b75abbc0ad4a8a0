import { afterAll, beforeAll, expect, it } from 'vitest';
import * as z from 'zod';
import { defineModule } from '../../src/core/module.js';
import type { Diagnostic } from '../../src/core/place.js';
import { sh } from '../../src/core/sh.js';
import { told } from '../report/scene.js';
import { Scratch, type Told } from './rig.js';

let scratch: Scratch;
beforeAll(() => {
  scratch = new Scratch();
});
afterAll(() => scratch.remove());

/** A module that warns of what it is told. */
const warner = defineModule({
  name: 'warner',
  summary: 'Warns.',
  example: '- warner: {text: x}',
  args: z.object({ text: z.string() }),
  probe: () => ({ script: sh`:`, parse: () => ({}) }),
  plan: () => [],
  result: ({ text }) => ({ warnings: [text, text], deprecations: [{ msg: `${text} is old`, version: '9.1' }] }),
});

const warned = (run: Told): readonly (readonly [string, Diagnostic])[] =>
  run.events.flatMap(event => (event.kind === 'warned' ? [[event.host, event.diagnostic] as const] : []));

it('a module warns without -v, with the place of its task, once on each host', async () => {
  const run = await scratch.run('- hosts: all\n  tasks:\n    - warner: {text: careful}\n', {
    hosts: 2,
    modules: [warner],
  });
  const place = expect.objectContaining({ line: 3 }) as unknown;
  for (const host of ['h1', 'h2'])
    expect(warned(run).filter(([name]) => name === host)).toEqual([
      [host, { code: 'module-warning', message: 'careful', place }],
      [host, { code: 'deprecated', message: 'careful is old (to be removed in version 9.1)', place }],
    ]);
  const text = told(run.events);
  expect(text.match(/warning: careful {2}.*site\.yml:3:7 {2}2 hosts/g)).toHaveLength(1);
  expect(text.match(/deprecated: careful is old/g)).toHaveLength(1);
});

it('the items of a loop warn, too, and a task under no_log only says that it does', async () => {
  const run = await scratch.run(
    `- hosts: all
  tasks:
    - {warner: {text: "{{ item }}"}, loop: [a, b, a]}
    - {warner: {text: abc}, no_log: true}
`,
    { modules: [warner] },
  );
  expect(warned(run).map(([, { message }]) => message)).toEqual([
    ...['a', 'b', 'a is old (to be removed in version 9.1)', 'b is old (to be removed in version 9.1)'],
    'a warning is hidden, since no_log is set for this task',
  ]);
});
