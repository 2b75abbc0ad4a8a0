import { describe, expect, it } from 'vitest';
import { bad, good, lines, playOf, said } from './scene.js';

const ping = playOf('- ping:');

describe('extra vars', () => {
  it('pairs are text, dictionaries keep types, later ones win', async () => {
    const { extraVars } = await good(
      { ...ping, 'v.yml': 'f: [1]\ng: 1' },
      { extraVars: ['a=1 b="x y" c={{ a }}', '{"d": 1, "e": "{{ a }}"}', '@v.yml', 'g=2'] },
    );
    expect(said(extraVars)).toEqual({ a: '1', b: 'x y', c: '‹{{ a }}›', d: 1, e: '‹{{ a }}›', f: [1], g: '2' });
  });

  it.each([
    [['a'], '-e:1:1 bad-value: expected `name=value`, found `a` — files are named as `@file`'],
    [['x=1', 'a-b=1'], '-e 2:1:1 bad-name: `a-b` cannot name a variable'],
    [['@nix.yml'], '-e:1:1 unreadable: nix.yml does not exist'],
    [['[1]'], '-e:1:1 bad-value: -e takes a dictionary, not a list'],
    [['a="x'], '-e:1:3 bad-value: a quote or brace is not closed'],
  ])('%j', async (extraVars, mistake) => expect((await bad(ping, { extraVars }))[0]).toContain(mistake));
});

describe('--limit', () => {
  const files = { ...ping, hosts: '[web]\na\nb\nc\n', list: '# these\na\nc\n' };
  it.each([
    ['web:!b', ['a', 'c']],
    ['@list', ['a', 'c']],
    ['@list:!a', ['c']],
  ])('%s', async (limit, hosts) => expect([...(await good(files, { limit })).limit!]).toEqual(hosts));

  it.each([
    ['wbe', '--limit:1:1 unknown-host: there is no host or group `wbe` in the inventory — did you mean `web`?'],
    ['a:!a', '--limit:1:1 no-hosts: --limit a:!a leaves no host'],
    ['zz*', '--limit:1:1 no-hosts: --limit zz* leaves no host'],
    ['@nix', 'unreadable: nix does not exist'],
  ])('%s is an error, not a green run (F73)', async (limit, mistake) =>
    expect((await bad(files, { limit }))[0]).toContain(mistake),
  );
});

describe('tags of the command line', () => {
  const files = playOf('- ping:\n  tags: [deploy, web]\n- ping:\n  tags: never');
  it('may be the special ones', async () => {
    await good(files, { tags: ['deploy', 'all', 'tagged'], skipTags: ['never', 'always'] });
  });
  it.each([
    [{ tags: ['web', 'deplyo'] }, '--tags:1:5 unknown-tag: no task has the tag `deplyo` — did you mean `deploy`?'],
    [{ skipTags: ['zzz'] }, '--skip-tags:1:1 unknown-tag: no task has the tag `zzz` — there are deploy, never, web'],
  ])('that no task has are warned of: %j', async (more, warning) =>
    expect(lines((await good(files, more)).warnings)).toEqual([warning]),
  );
});

describe('files that cannot be', () => {
  it('50 MB, bytes that are no text, a missing playbook', async () => {
    const began = Date.now();
    expect((await bad({ ...ping, hosts: '', 'group_vars/all.yml': `a: "${'x'.repeat(50 * 1024 * 1024)}"` }))[0]).toBe(
      'group_vars/all.yml:1:1 unreadable: group_vars/all.yml is larger than 16 MiB',
    );
    expect(Date.now() - began).toBeLessThan(5_000);
    expect((await bad({ 'site.yml': '- hosts: a\u0007b' }))[0]).toBe(
      'site.yml:1:11 not-text: a control character, which YAML does not allow',
    );
    expect((await bad({}))[0]).toBe('unreadable: site.yml does not exist');
  });
});

describe('size', () => {
  it('10 000 tasks', async () => {
    const tasks = Array.from(
      { length: 10_000 },
      (_, i) => `- name: task ${i}\n  command: echo {{ ansible_x }} ${i}\n  when: ansible_y == ${i}`,
    ).join('\n');
    const began = Date.now();
    const project = await good(playOf(tasks));
    console.log(`10 000 tasks in ${Date.now() - began} ms`);
    expect(project.plays[0]!.sections[1]!.steps).toHaveLength(10_000);
  }, 60_000);
});
