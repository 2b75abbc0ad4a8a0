import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { isAbout as isKnown, judge, parseKnownHosts } from '../../src/connect/known-hosts.js';
import { Lane } from '../../src/connect/lane.js';
import { ShellStreams } from '../../src/connect/shell-streams.js';
import { SshConfig } from '../../src/connect/ssh-config.js';
import type { Ending } from '../../src/connect/transport.js';
import { encode } from '../../src/core/bytes.js';
import { userScript } from '../../src/core/sh.js';
import { RenderError } from '../../src/core/value.js';
import { facts } from '../../src/facts/index.js';
import { registry } from '../../src/modules/index.js';
import { isAbout, knownHostOf } from '../../src/modules/ssh/known.js';
import { GroupTree } from '../../src/project/inventory/group-tree.js';
import { readIni } from '../../src/project/inventory/ini.js';
import { readYamlInventory } from '../../src/project/inventory/yaml-inventory.js';
import { loadProject } from '../../src/project/load.js';
import { Mistakes } from '../../src/project/mistakes.js';
import { variablesOf } from '../../src/project/source.js';
import { Text } from '../../src/project/text.js';
import { parseYaml } from '../../src/project/yaml.js';
import { parseAllYamlData, parseYamlData } from '../../src/project/yaml-data.js';
import { compileExpression, compileFile, compileText, locator } from '../../src/template/compile.js';
import { render } from '../../src/template/render.js';
import { registerYaml } from '../../src/template/yaml.js';
import type { Random } from '../differential/random.js';
import { scopeOf } from '../template/scope.js';

/** Something that reads what others wrote. */
export interface Surface {
  readonly name: string;
  /** What such input looks like. */
  readonly seeds: readonly string[];
  /** Of all inputs, how many. */
  readonly share: number;
  /** Reads it. Whatever it throws is a crash. */
  take(text: string, random: Random): unknown;
}

registerYaml({ parse: parseYamlData, parseAll: parseAllYamlData });

const folder = mkdtempSync(join(tmpdir(), 'fuzz-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const text = (content: string): Text => new Text('f', '/f', content);

const PLAY = `- hosts: all
  gather_facts: no
  vars: {a: "{{ b | default(1) }}", b: &x [1, two, *x]}
  roles: [{role: r, when: a}]
  tasks:
    - block:
        - {name: n, command: echo hi, register: r, changed_when: "'hi' in r.stdout", loop: [1, 2]}
      rescue:
        - debug: msg="{{ r.stdout }} {{ item }}"
    - copy: {dest: /x, content: "{{ a }}", mode: "0644"}
      with_items: "{{ [1, 2] }}"
    - import_tasks: t.yml
    - include_tasks: "{{ x }}.yml"
  handlers:
    - {name: h, service: {name: x, state: restarted}}
`;
const INI = `a b=1\nweb[01:20:2].x ansible_port=22 c="x y"\n[g]\nhost:2222\n[::1]:22\n[g:vars]\nx = [1, {'a': (1, 2.5e3)}] # c\ny={{ a }}\n[p:children]\ng\n[all:vars]\nz='q'\n`;
const YAML = `all: &all\n  hosts:\n    a: {b: 1}\n    web[1:5]:\n  vars: {c: [1, 2], <<: {d: "{{ e }}"}}\n  children:\n    g: {hosts: {"h:22": {}}}\nf: |-\n  text\n  more\nn: [0o17, 0x1f, 1_000, .inf, ~, yes, 2024-01-01, "\\u00e4", 'a''b']\n`;
const TEMPLATES = [
  `{% set x = [1, 2, 'a'] %}{% for i in x if i is defined %}{{ loop.index ~ i | upper }}{% else %}-{% endfor %}`,
  `{% macro m(a, b=2) %}{{ a * b }}{% endmacro %}{{ m(3) }}{{ n | default('x', true) | regex_replace('(a+)+', '\\\\1') }}`,
  `{%- if a and not b -%}{{ a.b['c'][0:2] }}{% elif 1 < 2 <= 3 %}{{ {'a': 1, 'b': [1, 2.5]} | to_nice_json }}{% endif -%}`,
  `{{ list | map(attribute='k') | select('match', '^a') | list | join(',') }} {{ range(1, 10, 2) | sum }} {{ '%s-%05d' | format('a', 3) }}`,
  `{{ text | from_yaml }}{{ text | b64encode | hash('sha1') }}{{ lookup('env', 'X') }}{{ 2 ** 10 // 3 % 7 }}{{ '1.2.3' is version('1.2', '>') }}`,
  `{{ text | regex_search('(?i)^(\\\\w+\\\\s?)*$') }}{{ dict | combine({'a': {'b': 1}}, recursive=true) | dict2items }}{# c #}{% raw %}{{ x }}{% endraw %}`,
];
const EXPRESSIONS = [
  `a.b is defined and (c | default([]) | length > 0 or not d)`,
  `x in ['a', "b"] and y | int >= 3 if z else {'k': (1, 2)}['k'][-1]`,
  `list | selectattr('k', 'equalto', 'a') | map('upper') | list == ['A'] and text is not match('b+')`,
];
const KEY = Buffer.concat([Buffer.from([0, 0, 0, 11]), Buffer.from('ssh-ed25519'), Buffer.alloc(36, 7)]).toString(
  'base64',
);
const HOSTS = `web,10.0.0.1 ssh-ed25519 ${KEY} c\n[web]:2222 ssh-ed25519 ${KEY}\n*.lan,!db.lan ssh-ed25519 ${KEY}\n@revoked * ssh-ed25519 ${KEY}\n|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg= ssh-ed25519 ${KEY}\n# c\n`;
const CONFIG = `Host web *.lan !db\n  HostName %h.example\n  Port 2222\n  User root\n  IdentityFile ~/.ssh/id\n  ProxyJump a,b\nMatch host web user root\n  Include inc*\nHost *\n  StrictHostKeyChecking accept-new\n  UserKnownHostsFile "a b" c\n  ConnectTimeout 5\n`;

const VARS = {
  a: 1,
  b: null,
  text: 'a: [1, 2]\nb: c',
  list: [{ k: 'a' }, { k: 'b', n: [1] }],
  dict: { a: { b: 2 }, c: 'd' },
};

/** What a mistake of the writer becomes is no crash. */
function unlessRefused(work: () => unknown): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof RenderError)) throw error;
  }
}

function template(content: string, compile: typeof compileText): void {
  const compiled = compile(content, locator(content, 'f'));
  if (compiled.ok) unlessRefused(() => compiled.value.render(scopeOf(VARS)));
}

const ANSWERS = [
  'status 81a4 0 0 5 1:root:root\numask 0022\ntext\naGVsbG8=\n',
  'gone here\numask 0022\n',
  'root\nexamined 2\nbatch\n81a4 0 0 5 1 2 3 4 5 6 7 8 9:root:root\nnames L2EAL2IA\naged 1\nend\n',
  'Package: x\nStatus: install ok installed\nVersion: 1.2-3\nii x 1.2\n',
  'root:x:0:0:root:/root:/bin/sh\nuid=0(root) gid=0(root) groups=0(root)\n',
  '{"a": [1, {"b": null}], "ifname": "eth0", "addr_info": [{"local": "10.0.0.1"}]}\n',
  '1: lo: <LOOPBACK,UP> mtu 65536 qdisc noqueue\n    link/ether 00:00:00:00:00:00 brd ff:ff\nMemTotal: 12 kB\n/dev/sda1 / ext4 rw 0 0\n',
  'LoadState=loaded\nActiveState=active\nUnitFileState=enabled\nSubState=running\n',
];

/** Modules with arguments that they take, those of their own example; without those that are given files. */
const asked = [...new Set(registry.values())].flatMap(module => {
  const node = parseYaml(text(module.example), new Mistakes());
  const task = node === undefined ? undefined : (parseYamlData(module.example) as readonly Record<string, unknown>[]);
  return (Array.isArray(task) ? task : []).flatMap(each => {
    const given = each[module.name];
    const parsed = module.args.safeParse(given ?? {});
    const wants = ['template', 'copy', 'unarchive', 'script'].includes(module.name);
    return parsed.success && !wants ? [{ module, args: parsed.data }] : [];
  });
});

const parts = (random: Random, content: string): readonly Buffer[] => {
  const bytes = encode(content);
  const at = random.whole(0, bytes.length);
  return [bytes.subarray(0, at), bytes.subarray(at)];
};

/** A shell that answers whatever it likes, with the marks of the question in it, for it has read them. */
async function lane(content: string, random: Random): Promise<void> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  let end: (ending: Ending) => void = () => {};
  const ended = new Promise<Ending>(resolve => {
    end = resolve;
  });
  let mark = '';
  const stdin = new Writable({
    write(chunk: Buffer, _encoding, done) {
      mark = /\b[0-9a-f]{32}\b/.exec(chunk.toString('latin1'))?.[0] ?? mark;
      done();
    },
  });
  const one = new Lane(
    new ShellStreams({ stdin, stdout, stderr, ended, unsent: () => 0, drop: () => {} }),
    1,
    {} as never,
  );
  const heard = one.ask({
    stage: [],
    snippets: [userScript('true'), userScript('id')],
    how: 'looks',
    timeout: undefined,
  } as never);
  await new Promise(resolve => setImmediate(resolve));
  const marked = content.replaceAll('MARK', mark);
  for (const part of parts(random, marked)) stdout.write(part);
  for (const part of parts(random, random.chance(0.5) ? marked : '')) stderr.write(part);
  await new Promise(resolve => setImmediate(resolve));
  end({ status: 0 });
  const { outputs } = await heard;
  for (const output of outputs) {
    if (output === undefined || typeof output.stdout !== 'string' || !Number.isInteger(output.status))
      throw new Error(`an answer that is none: ${JSON.stringify(output)}`);
  }
}

export const surfaces: readonly Surface[] = [
  {
    name: 'variables',
    seeds: [YAML, 'a: &a [x]\nb: [*a, *a]\n<<: {c: 1}\n'],
    share: 0.15,
    take: content => {
      const mistakes = new Mistakes();
      unlessRefused(() => render(variablesOf(parseYaml(text(content), mistakes), mistakes, 'x') ?? {}, scopeOf(VARS)));
    },
  },
  {
    name: 'projects',
    seeds: [PLAY],
    share: 0.05,
    take: async (content, random) => {
      const file = random.pick(['site.yml', 't.yml', 'group_vars.yml']);
      writeFileSync(join(folder, 'site.yml'), PLAY);
      writeFileSync(join(folder, 't.yml'), '- debug: {msg: x}\n');
      writeFileSync(join(folder, 'hosts'), 'a\n');
      writeFileSync(join(folder, file), encode(content));
      await loadProject({
        playbooks: ['site.yml'],
        inventory: ['hosts'],
        extraVars: ['@group_vars.yml'],
        tags: [],
        skipTags: [],
        rolesPath: [],
        modules: registry,
        cwd: folder,
        environment: {},
      });
    },
  },
  {
    name: 'INI inventories',
    seeds: [INI],
    share: 0.1,
    take: content => readIni(text(content), new GroupTree(), new Mistakes()),
  },
  {
    name: 'YAML inventories',
    seeds: [YAML],
    share: 0.1,
    take: content => {
      const mistakes = new Mistakes();
      readYamlInventory(parseYaml(text(content), mistakes), new GroupTree(), mistakes);
    },
  },
  { name: 'templates', seeds: TEMPLATES, share: 0.15, take: content => template(content, compileText) },
  {
    name: 'template files',
    seeds: TEMPLATES,
    share: 0.05,
    take: content => template(content, (all, _) => compileFile(all, 'f')),
  },
  { name: 'expressions', seeds: EXPRESSIONS, share: 0.1, take: content => template(content, compileExpression) },
  {
    name: 'known_hosts',
    seeds: [HOSTS],
    share: 0.1,
    take: content => {
      const hosts = parseKnownHosts(content, 'f');
      for (const host of hosts) isKnown(host, 'web');
      judge(hosts, '[web]:2222', Buffer.from(KEY, 'base64'));
      for (const line of content.split('\n')) {
        const known = knownHostOf(line);
        if (known) isAbout(known, 'web.lan');
      }
    },
  },
  {
    name: 'ssh configs',
    seeds: [CONFIG],
    share: 0.05,
    take: content => {
      const file = join(folder, 'config');
      writeFileSync(file, encode(content));
      try {
        new SshConfig([file]).settings({ alias: 'web.lan', localUser: 'me', home: folder });
      } catch (error) {
        // It says where.
        if (!(error as Error).message.startsWith('ssh config ')) throw error;
      }
    },
  },
  {
    name: 'answers of a shell',
    seeds: [
      'hello\n\nMARK 0 0\nid\n\nMARK 1 0\n\nMARK end \n',
      '\nMARK blobs 0 /x\nhi\n\nMARK 0 1\n\nMARK end 1:sh 2:x\n',
    ],
    share: 0.05,
    take: lane,
  },
  {
    name: 'answers to modules',
    seeds: ANSWERS,
    share: 0.08,
    take: (content, random) => {
      const { module, args } = random.pick(asked);
      unlessRefused(() => {
        const given = { found: [] };
        const output = { stdout: content, stderr: '', status: random.pick([0, 0, 1, 127]) };
        const state = module.probe(args, given).parse(output);
        module.plan(args, state, given);
      });
    },
  },
  {
    name: 'answers about facts',
    seeds: ANSWERS,
    share: 0.02,
    take: (content, random) =>
      void random
        .pick(facts)
        .probe({})
        .parse({ stdout: content, stderr: '', status: random.pick([0, 1]) }),
  },
];
