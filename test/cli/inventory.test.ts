import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Desk } from './rig.js';

const desk = new Desk();
beforeAll(() => {
  desk.write({
    'hosts.yml': `all:
  vars: {domain: example.org, ratio: 2.0}
  children:
    web:
      hosts: {"w[1:2]": {}}
      vars: {url: "https://{{ inventory_hostname }}.{{ domain }}/", port: "80", active: true}
    backend:
      children:
        db:
          hosts: {d1: {tags: [a, {b: "{{ domain }}"}], domain: other.org, note: "one\\ntwo"}}
    empty: {hosts: {}}
`,
    'again.sh': '#!/bin/sh\ncat list.json\n',
  });
});
afterAll(() => desk.remove());

describe('inventory', () => {
  it('shows hosts, groups and variables as they were written', async () => {
    const { code, out } = await desk.ringmaster('inventory', '-i', 'hosts.yml');
    expect(code).toBe(0);
    expect(out).toMatchInlineSnapshot(`
      "w1  [web]
          active: true
          domain: example.org
          port: "80"
          ratio: 2
          url: https://{{ inventory_hostname }}.{{ domain }}/
      w2  [web]
          active: true
          domain: example.org
          port: "80"
          ratio: 2
          url: https://{{ inventory_hostname }}.{{ domain }}/
      d1  [backend, db]
          domain: other.org
          note: "one\\ntwo"
          ratio: 2
          tags: ["a",{"b":"{{ domain }}"}]
      "
    `);
  });

  it('shows only what a pattern and --limit leave', async () => {
    const names = async (...args: readonly string[]) =>
      (await desk.ringmaster('inventory', '-i', 'hosts.yml', ...args)).out
        .split('\n')
        .filter(line => /^\w/.test(line))
        .map(line => line.split(' ')[0]);
    expect(await names('web')).toEqual(['w1', 'w2']);
    expect(await names('all', '-l', 'd1')).toEqual(['d1']);
    expect(await names('web:!w1')).toEqual(['w2']);
  });

  it('--json is what an executable inventory answers, and is read as one again', async () => {
    const first = await desk.ringmaster('inventory', '-i', 'hosts.yml', '--json');
    const list = JSON.parse(first.out);
    expect(list).toMatchObject({
      web: { hosts: ['w1', 'w2'] },
      backend: { hosts: ['d1'] },
      _meta: { hostvars: { w1: { port: '80', active: true }, d1: { domain: 'other.org' } } },
    });
    desk.write({ 'list.json': first.out });
    const second = await desk.ringmaster('inventory', '-i', 'again.sh', '--json');
    expect(second.err).toBe('');
    expect(JSON.parse(second.out)).toEqual(list);
  });

  it('--json names only hosts that it tells of', async () => {
    const { out } = await desk.ringmaster('inventory', 'w1', '-i', 'hosts.yml', '--json');
    expect(Object.keys(JSON.parse(out)).sort()).toEqual(['_meta', 'all', 'web']);
  });

  it('of an unknown name is bad usage, with a hint', async () => {
    const { code, out, err } = await desk.ringmaster('inventory', 'webb', '-i', 'hosts.yml');
    expect(code).toBe(5);
    expect(out).toBe('');
    expect(err).toMatch(/webb[\s\S]*did you mean `web`/);
  });

  it('takes the inventory of the environment', async () => {
    const { out } = await desk.shell('ANSIBLE_INVENTORY=hosts.yml ringmaster inventory d1');
    expect(out).toMatch(/^d1 {2}\[backend, db\]\n/);
  });
});
