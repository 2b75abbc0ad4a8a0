import { describe, expect, it } from 'vitest';
import type { Inventory } from '../../../src/core/play.js';
import type { SourceVars } from '../../../src/core/value.js';
import { loadInventory } from '../../../src/project/inventory/inventory.js';
import { Mistakes } from '../../../src/project/mistakes.js';
import { Texts } from '../../../src/project/texts.js';
import { lines, said, write } from '../scene.js';

async function inventory(
  files: Readonly<Record<string, string>>,
  sources: readonly string[] = ['hosts'],
  playbooks: readonly string[] = [],
) {
  const cwd = write(files);
  const mistakes = new Mistakes();
  const found = await loadInventory(
    { sources, playbooks: playbooks.map(one => `${cwd}/${one}`) },
    new Texts(cwd),
    mistakes,
  );
  return { found, cwd, mistakes: lines(mistakes.errors), warnings: lines(mistakes.warnings) };
}
async function goodInventory(...given: Parameters<typeof inventory>): Promise<Inventory> {
  const { found, mistakes } = await inventory(...given);
  expect(mistakes).toEqual([]);
  return found;
}
/** What a host's variables come to, layers merged. */
const varsOf = (found: Inventory, host: string) =>
  said(Object.assign({}, ...[...found.hosts.get(host as never)!.vars].reverse()) as SourceVars);
const groupsOf = (found: Inventory, host: string) => found.hosts.get(host as never)?.groups;
const membersOf = (found: Inventory, group: string) => found.groups.get(group)?.hosts;

describe('INI', () => {
  it('reads hosts, groups, children and variables', async () => {
    const found = await goodInventory({
      hosts: `
alone
[web]
web[01:02] ansible_host=10.0.0.1 n=5 flag=True list="[1, 2]" text="a b" # comment
db1:2222
; comment
[db]
db1 role='main one'
[prod:children]
web
db
[prod:vars]
level = 3
note = a b # kept
[all:vars]
who="{{ inventory_hostname }}"
`,
    });
    expect([...found.hosts.keys()]).toEqual(['alone', 'web01', 'web02', 'db1']);
    expect(groupsOf(found, 'alone')).toEqual(['all', 'ungrouped']);
    expect(groupsOf(found, 'db1')).toEqual(['all', 'db', 'prod', 'web']);
    expect(membersOf(found, 'prod')).toEqual(['web01', 'web02', 'db1']);
    expect(membersOf(found, 'all')).toEqual(['alone', 'web01', 'web02', 'db1']);
    expect(varsOf(found, 'web01')).toEqual({
      who: '‹{{ inventory_hostname }}›',
      level: 3,
      note: 'a b # kept',
      ansible_host: '10.0.0.1',
      n: 5,
      flag: true,
      list: [1, 2],
      text: 'a b',
    });
    expect(varsOf(found, 'db1')).toMatchObject({ ansible_port: 2222, role: 'main one' });
    expect(found.hosts.get('db1' as never)!.place).toMatchObject({ file: 'hosts', line: 5, column: 1 });
  });

  it.each([
    ['[web:vars]\na=1', 'hosts:1:1 unknown-group: there is no group `web`'],
    ['[web]\nh\n[prod:children]\nwbe', 'hosts:4:1 unknown-group: there is no group `wbe` — did you mean `web`?'],
    ['-oProxyCommand=x', 'hosts:1:1 bad-host-name: host `-oProxyCommand=x` begins with `-`'],
    ['n=1 web', 'hosts:1:1 bad-value: this line names no host'],
    ['-oProxy', 'hosts:1:1 bad-host-name: host `-oProxy` begins with `-`, which programs take for an option'],
    ['$(id)', 'hosts:1:1 bad-host-name: host `$(id)` holds characters that no host name has'],
    ['web[3:1]', 'hosts:1:1 bad-range: the range `[3:1]` ends before it begins'],
    ['web n', 'hosts:1:5 bad-value: expected `name=value`, found `n`'],
    ['web n="a', 'hosts:1:1 bad-value: a quote is not closed'],
    ['[a:children]\nb\n[b:children]\na', 'hosts:4:1 circle: group `a` would be its own ancestor through `b`'],
    [
      '[web:var]\na=1',
      'hosts:1:1 bad-section: `[web:var]` is neither hosts nor :vars nor :children — did you mean `vars`?',
    ],
    [
      'web 1x=2',
      'hosts:1:1 bad-name: `1x` cannot name a variable — letters, digits and _ , not beginning with a digit',
    ],
    ['web x="{{ y"', 'hosts:1:'],
  ])('%j', async (content, mistake) => {
    const { mistakes } = await inventory({ hosts: content });
    expect(mistakes[0]).toContain(mistake);
  });

  it('warns of a host that stands twice, and of two names for one address', async () => {
    const { warnings } = await inventory({ hosts: '[web]\na ansible_host=10.0.0.1\na\nb ansible_host=10.0.0.1\n' });
    expect(warnings).toEqual([
      'hosts:3:1 duplicate-host: host `a` stands twice in one group — the first is at hosts:2:1',
      'hosts:4:1 same-address: hosts `a` and `b` have the same address 10.0.0.1',
    ]);
  });

  it('takes names of any alphabet', async () => {
    expect([...(await goodInventory({ hosts: 'größe\n東京' })).hosts.keys()]).toEqual(['größe', '東京']);
  });
});

describe('YAML', () => {
  it('reads groups in groups', async () => {
    const found = await goodInventory(
      {
        'hosts.yml': `
all:
  hosts:
    alone:
  vars: { a: 1 }
  children:
    web:
      hosts:
        web[1:2]: { n: 1 }
        "db:2222":
      vars: { a: "{{ b }}" }
    prod:
      children:
        web:
`,
      },
      ['hosts.yml'],
    );
    expect([...found.hosts.keys()]).toEqual(['alone', 'web1', 'web2', 'db']);
    expect(groupsOf(found, 'web1')).toEqual(['all', 'prod', 'web']);
    expect(varsOf(found, 'web2')).toEqual({ a: '‹{{ b }}›', n: 1 });
    expect(varsOf(found, 'db')).toEqual({ a: '‹{{ b }}›', ansible_port: 2222 });
    expect(groupsOf(found, 'alone')).toEqual(['all', 'ungrouped']);
  });

  it.each([
    [
      'all:\n  host:\n    a:',
      'hosts.yml:2:3 unknown-keyword: a group has hosts, vars and children, but no `host` — did you mean `hosts`?',
    ],
    [
      'all:\n  hosts:\n    - a',
      'hosts.yml:3:5 bad-value: `hosts` is a dictionary, not a list — write the names as keys: `name:`, without `- `',
    ],
    ['all:\n  hosts:\n    -oX:', 'hosts.yml:3:5 bad-host-name'],
    ['plugin: aws_ec2', 'hosts.yml:1:1 unsupported: inventory plug-ins are not supported here'],
    ['- a', 'hosts.yml:1:1 bad-value: an inventory is a dictionary of groups, not a list'],
    ['all:\n  hosts:\n    a:\n    a:', 'hosts.yml:4:5 duplicate-key'],
  ])('%j', async (content, mistake) => {
    const { mistakes } = await inventory({ 'hosts.yml': content }, ['hosts.yml']);
    expect(mistakes[0]).toContain(mistake);
  });
});

describe('other sources', () => {
  it('names with commas', async () => {
    const found = await goodInventory({}, ['a,b[1:2]:22,']);
    expect([...found.hosts.keys()]).toEqual(['a', 'b1', 'b2']);
    expect(varsOf(found, 'b1')).toEqual({ ansible_port: 22 });
  });

  it('a program that knows all, whose words are data', async () => {
    const found = await goodInventory({
      'hosts*': `#!/bin/sh
echo '{"web": {"hosts": ["a", "b"], "vars": {"n": 1}}, "prod": {"children": ["web"]}, "list": ["c"],
"_meta": {"hostvars": {"a": {"t": "{{ evil }}", "f": 1.5}}}}'`,
    });
    expect([...found.hosts.keys()]).toEqual(['a', 'b', 'c']);
    expect(groupsOf(found, 'a')).toEqual(['all', 'prod', 'web']);
    expect(varsOf(found, 'a')).toMatchObject({ n: 1, t: '{{ evil }}' });
  });

  it('a program that must be asked for each host', async () => {
    const found = await goodInventory({
      'hosts*': '#!/bin/sh\nif [ "$1" = --list ]; then echo \'{"web": ["a"]}\'; else echo "{\\"name\\": \\"$2\\"}"; fi',
    });
    expect(varsOf(found, 'a')).toEqual({ name: 'a' });
  });

  it.each([
    ['#!/bin/sh\necho no >&2; exit 3', 'inventory-program: hosts ended with 3 — it said: no'],
    ['#!/bin/sh\necho no', 'inventory-program: hosts --list printed no JSON object'],
  ])('a program that fails: %j', async (content, mistake) => {
    const { mistakes } = await inventory({ 'hosts*': content });
    expect(mistakes).toEqual([`hosts:1:1 ${mistake}`]);
  });

  it('a program that may not run', async () => {
    const { mistakes } = await inventory({ hosts: '#!/bin/sh\necho {}' });
    expect(mistakes[0]).toContain('hosts:1:1 inventory-program: this begins like a program, but is not executable');
  });

  it('a folder of sources, in order of name, with what lies beside them', async () => {
    const found = await goodInventory(
      {
        'inv/01-hosts': '[web]\na n=1\n',
        'inv/02.yml': 'web:\n  hosts:\n    a: { n: 2 }\n    b:\n',
        'inv/notes.txt': 'not: [an inventory',
        'inv/.hidden': 'x x x',
        'inv/group_vars/web.yml': 'g: 1',
      },
      ['inv'],
    );
    expect(varsOf(found, 'a')).toEqual({ n: 2, g: 1 });
    expect(membersOf(found, 'web')).toEqual(['a', 'b']);
  });

  it('several sources', async () => {
    const found = await goodInventory({ one: '[web]\na n=1', two: '[web]\na n=2\nb' }, ['one', 'two']);
    expect(varsOf(found, 'a')).toEqual({ n: 2 });
  });

  it('an empty one is only warned of, a missing one is a mistake', async () => {
    expect((await inventory({ hosts: '# none\n' })).warnings).toEqual([
      'hosts:1:1 empty-inventory: the inventory names no host',
    ]);
    expect((await inventory({}, ['nowhere'])).mistakes).toEqual([
      'unreadable: there is no inventory `nowhere` — for a single host write its name with a comma: `-i host,`',
    ]);
  });
});

describe('precedence (language page, 4.1: levels 3 to 10)', () => {
  const LEVELS = [
    ['inv/hosts (all)', 'all'],
    ['inv/hosts (web)', 'web'],
    ['inv/group_vars/all.yml', 'invall'],
    ['play/group_vars/all.yml', 'playall'],
    ['inv/group_vars/web.yml', 'invweb'],
    ['play/group_vars/web.yml', 'playweb'],
    ['inv/hosts (host)', 'host'],
    ['inv/host_vars/a.yml', 'invhost'],
    ['play/host_vars/a.yml', 'playhost'],
  ] as const;

  it.each(LEVELS.map(([, word], i) => [word, i] as const))('%s wins over all before it', async (_word, strongest) => {
    const words = LEVELS.slice(0, strongest + 1).map(([, word]) => word);
    const has = (word: string, text: string) => (words.includes(word as never) ? text : '');
    const files: Record<string, string> = {
      'inv/hosts': `[web]\na ${has('host', 'v=host')}\n[all:vars]\n${has('all', 'v=all')}\n[web:vars]\n${has('web', 'v=web')}\n`,
    };
    for (const [file, word] of LEVELS) if (!file.includes('(') && words.includes(word)) files[file] = `v: ${word}`;
    const found = await goodInventory(files, ['inv/hosts'], ['play']);
    expect(varsOf(found, 'a')).toEqual({ v: LEVELS[strongest]![1] });
  });

  it('host_vars of the implicit localhost are there, those beside the playbook first', async () => {
    const found = await goodInventory(
      {
        'inv/hosts': 'a\n',
        'inv/host_vars/localhost.yml': 'v: inv\nw: inv',
        'play/host_vars/localhost.yml': 'v: play',
      },
      ['inv/hosts'],
      ['play'],
    );
    expect(found.hosts.has('localhost' as never)).toBe(false);
    expect(found.hostVars!('localhost').map(layer => ({ ...layer }))).toEqual([{ v: 'play' }, { v: 'inv', w: 'inv' }]);
    expect(found.hostVars!('127.0.0.1')).toEqual([]);
  });

  it('children over parents, then priority, then the name (4.2)', async () => {
    const found = await goodInventory({
      hosts: `
[parent:children]
child
[child]
a
[zz]
a
b
[aa]
a
b
[parent:vars]
v=parent
w=parent
[child:vars]
v=child
[zz:vars]
x=zz
[aa:vars]
x=aa
ansible_group_priority=10
`,
    });
    expect(varsOf(found, 'a')).toMatchObject({ v: 'child', w: 'parent', x: 'aa' });
    expect(varsOf(found, 'b')).toMatchObject({ x: 'aa' });
  });

  it('shares layers between hosts of the same groups', async () => {
    const found = await goodInventory({ hosts: '[web]\na\nb\n[web:vars]\nn=1\n', 'group_vars/all.yml': 'x: 1' });
    expect(found.hosts.get('a' as never)!.vars).toBe(found.hosts.get('b' as never)!.vars);
  });

  it('takes a folder of files, in order of name, and names what is passed over', async () => {
    const { found, warnings } = await inventory({
      hosts: '[web]\na\n',
      'group_vars/web/10.yml': 'v: 1\nw: 1',
      'group_vars/web/20.yaml': 'v: 2',
      'group_vars/web/sub/30.json': '{"z": 3}',
      'group_vars/web/.hidden.yml': 'v: 9',
      'group_vars/web.yml': 'v: 4',
      'group_vars/wbe.yml': 'v: 5',
      'host_vars/a': 'h: 1',
    });
    expect(varsOf(found, 'a')).toEqual({ v: 2, w: 1, z: 3, h: 1 });
    expect(warnings).toEqual([
      'group_vars/web.yml:1:1 unused-vars-file: this is not read, since group_vars/web is there — put both into the folder, or into one file',
      'group_vars/wbe.yml:1:1 unused-vars-file: there is no group `wbe` to have these variables — did you mean `web`?',
    ]);
  });

  it('points to mistakes in such files', async () => {
    const { mistakes } = await inventory({ hosts: 'a', 'group_vars/all.yml': 'a: {{ b }}', 'host_vars/a.yml': '- x' });
    expect(mistakes).toEqual([
      'group_vars/all.yml:1:4 unquoted-template: a value that begins with `{{` is taken for a dictionary — quote this template',
      'host_vars/a.yml:1:1 bad-value: this file must hold a dictionary, not a list',
    ]);
  });
});

describe('size', () => {
  it('loads 50 000 hosts with 5 000 variables in seconds, INI and YAML', async () => {
    const vars = Array.from({ length: 5_000 }, (_, i) => `var_${i}: "value ${i} {{ x }}"`).join('\n');
    const ini = `[web]\n${Array.from({ length: 50_000 }, (_, i) => `host${i} ansible_host=10.${i >> 16}.${(i >> 8) & 255}.${i & 255} rack=${i % 40}`).join('\n')}\n`;
    const yaml = `web:\n  hosts:\n${Array.from({ length: 50_000 }, (_, i) => `    host${i}: { ansible_host: 10.${i >> 16}.${(i >> 8) & 255}.${i & 255} }`).join('\n')}\n`;
    for (const [name, content] of [
      ['hosts', ini],
      ['hosts.yml', yaml],
    ] as const) {
      const began = Date.now();
      const found = await goodInventory({ [name]: content, 'group_vars/all.yml': vars }, [name]);
      console.log(`${name}: ${found.hosts.size} hosts in ${Date.now() - began} ms`);
      expect(found.hosts.size).toBe(50_000);
      expect(Object.keys(found.hosts.get('host49999' as never)!.vars.at(-1)!)).toHaveLength(5_000);
    }
  }, 120_000);
});
