import { Author } from './author.js';
import { dumpPlay, dumpTemplate } from './dump.js';
import { textExpression } from './expressions.js';
import { tasks } from './flow.js';
import { KEYED_VARS, RAW_TASKS } from './oddities.js';
import type { Data, Fields, Project } from './project.js';
import { withoutRaces } from './races.js';
import { Random } from './random.js';
import { failing, reader, setFact, task, when } from './tasks.js';
import { LISTS, TAGS, TEXTS } from './vocabulary.js';

/** The project of a seed. */
export function generate(seed: number): Project {
  const random = new Random(seed);
  const hosts = ['h1', 'h2', 'h3'].slice(
    0,
    random.weighted([
      [3, 1],
      [5, 2],
      [2, 3],
    ]),
  );
  const groups = ['web', 'db'];
  const author = new Author(random, hosts, groups, random.whole(10, 30));
  // Of the whole project, since plays share roles and task files.
  author.isFree = random.chance(0.25);
  inventory(author);
  plainFiles(author);
  for (const name of ['ra', 'rb'].slice(0, random.whole(0, 2))) writeRole(author, name);
  const plays = random.times(1, 2, () => play(author));
  const isImported = random.chance(0.15);
  if (isImported) author.files['other.yml'] = [plays[0]!];
  author.files['site.yml'] = [
    ...(isImported
      ? [
          { import_playbook: 'other.yml', ...(random.chance(0.5) ? { vars: { t5: 'playbook var' } } : {}) },
          ...plays.slice(1),
        ]
      : plays),
    dumpPlay,
  ];
  author.files['templates/dump.j2'] = dumpTemplate(hosts);
  const used = TAGS.filter(tag => JSON.stringify(Object.values(author.files)).includes(`"${tag}"`));
  const hasTags = used.length > 0 && random.chance(0.1);
  return {
    seed,
    hosts,
    files: Object.fromEntries(Object.entries(author.files).map(([name, data]) => [name, withoutRaces(data)])),
    extraVars: random.chance(0.15) ? { [random.pick([...TEXTS])]: 'extra var' } : {},
    check: random.chance(0.08),
    tags: hasTags && random.chance(0.5) ? [random.pick(used), 'dump'] : [],
    skipTags: hasTags && random.chance(0.5) ? [random.pick(used)] : [],
    reached: random.chance(0.5) ? 'ssh' : 'local',
  };
}

function inventory({ random, hosts, groups, files }: Author): void {
  const hostOf = (name: string): Fields => ({
    root: `@BASE@/roots/${name}`,
    ansible_connection: '@CONNECTION@',
    ...(random.chance(0.3) ? { [random.pick(TEXTS)]: `of ${name}` } : {}),
  });
  files['inventory.yml'] = {
    all: {
      hosts: Object.fromEntries(hosts.map(name => [name, hostOf(name)])),
      vars: { shared: '@BASE@/shared', ...(random.chance(0.2) ? { [random.pick(TEXTS)]: 'of all' } : {}) },
      children: {
        ...Object.fromEntries(
          groups.map(group => [
            group,
            {
              hosts: Object.fromEntries(random.some(hosts, random.whole(1, hosts.length)).map(name => [name, {}])),
              ...(random.chance(0.2) ? { vars: { [random.pick(TEXTS)]: `of ${group}` } } : {}),
            },
          ]),
        ),
        // Hosts that add_host makes: they have the scratch root of another, so no play runs on them.
        added: {},
        unreachables: {
          hosts: {
            dead: { ansible_connection: 'ssh', ansible_host: '127.0.0.1', ansible_port: 1, root: '@BASE@/roots/h1' },
          },
        },
      },
    },
  };
  if (random.chance(0.3)) files['group_vars/all/some.yml'] = { [random.pick(TEXTS)]: 'group_vars all' };
  if (random.chance(0.2))
    files[`group_vars/${random.pick(groups)}.yml`] = {
      [random.pick(TEXTS)]: random.pick([
        'group_vars of one',
        `{{ ${random.pick(TEXTS.slice(3))} | default('late') }}`,
      ]),
    };
  if (random.chance(0.2)) files[`host_vars/${random.pick(hosts)}.yml`] = { [random.pick(TEXTS)]: 'host_vars of one' };
}

function plainFiles(author: Author): void {
  const { files } = author;
  files['files/plain.txt'] = 'plain text\n';
  files['files/second.txt'] = 'second text\n';
  files['vars/extra1.yml'] = { t1: 'extra1 t1', t2: 'extra1 t2', l2: ['from', 'vars'] };
  files['vars/extra2.yml'] = { t3: 'extra2 t3', d1: { k9: 'extra2' } };
  const sight = { ...author.sight, isFree: true };
  const lines = author.random
    .times(2, 4, () => `{{ ${textExpression({ ...sight })} }}`)
    .filter(line => !line.includes('read.j2'));
  files['group_vars/all/keyed.yml'] = KEYED_VARS;
  files['tasks/raw.yml'] = RAW_TASKS;
  files['templates/private.j2'] = 'private\n';
  files['files/private.txt'] = 'private\n';
  if (author.random.chance(0.3)) files['host_vars/localhost.yml'] = { local_name: 'of localhost' };
  files['templates/read.j2'] = `${lines.join('\n')}\n{% for one in l1 | default([]) %}\n- {{ one }}\n{% endfor %}\n`;
}

/** A role with what roles may have; it may need the one before. */
function writeRole(author: Author, name: string): void {
  const { random, files } = author;
  const before = [...author.roles];
  author.topics = random.chance(0.5) ? [`${name} handler`] : [];
  const written = tasks(author, 1, 3, 1);
  files[`roles/${name}/tasks/main.yml`] = [
    ...(random.chance(0.5)
      ? [
          task(author, 'copy', {
            content:
              "{{ role_default | default('no') }} {{ role_var | default('no') }} {{ role_param | default('no') }}\n",
            dest: `{{ root }}/role-${name}`,
          }),
        ]
      : []),
    ...written,
    ...(random.chance(0.4) ? [task(author, 'set_fact', { role_fact: `fact of ${name}` })] : []),
    ...(random.chance(0.3) ? [{ name: author.name(), include_tasks: 'sub.yml', ...when(author, 0.3) }] : []),
  ];
  files[`roles/${name}/tasks/sub.yml`] = [setFact(author)];
  if (random.chance(0.6))
    files[`roles/${name}/defaults/main.yml`] = {
      role_default: `default of ${name}`,
      [random.pick(TEXTS)]: `role default ${name}`,
    };
  if (random.chance(0.5))
    files[`roles/${name}/vars/main.yml`] = {
      role_var: `var of ${name}`,
      ...(random.chance(0.4) ? { [random.pick(TEXTS)]: `role var ${name}` } : {}),
    };
  if (author.topics.length > 0)
    files[`roles/${name}/handlers/main.yml`] = [
      { ...task(author, 'shell', `echo ${name} handler >> {{ root }}/journal`), name: `${name} handler` },
    ];
  if (before.length > 0 && random.chance(0.4))
    files[`roles/${name}/meta/main.yml`] = {
      dependencies: [
        random.chance(0.5) ? { role: before[0]!, vars: { role_param: 'from meta' } } : { role: before[0]! },
      ],
    };
  author.topics = [];
  author.roles.push(name);
}

function play(author: Author): Fields {
  const { random, hosts } = author;
  author.topics = random.chance(0.6) ? ['handler a', 'handler b', 'topic'].slice(0, random.whole(1, 3)) : [];
  const topics = author.topics;
  const pattern = random.weighted([
    [6, 'all:!unreachables:!added'],
    [1, 'web'],
    [1, hosts[0]!],
  ]);
  const fields: Record<string, Data> = { name: `play ${author.number()}`, hosts: pattern, gather_facts: false };
  if (author.isFree && random.chance(0.8)) fields.strategy = 'free';
  if (random.chance(0.25))
    fields.vars = {
      [random.pick(TEXTS)]: random.pick(['play var', "{{ t5 | default('lazy') }}!"]),
      ...(random.chance(0.3) ? { [random.pick(LISTS)]: ['p1', 'p2'] } : {}),
    };
  if (random.chance(0.15))
    fields.vars_files = [random.pick<Data>(['vars/extra1.yml', ['vars/none.yml', 'vars/extra2.yml']])];
  if (!author.isFree && hosts.length > 1 && random.chance(0.15))
    fields.serial = random.pick<Data>([1, '50%', [1, 2], '{{ no_such | default(omit) }}']);
  if (!author.isFree && random.chance(0.1)) fields.any_errors_fatal = true;
  if (!author.isFree && random.chance(0.08)) fields.max_fail_percentage = random.pick([0, 40, 60]);
  if (random.chance(0.08)) {
    fields.gather_facts = true;
    fields.gather_subset = ['!all'];
  }
  author.hasFacts = fields.gather_facts === true;
  if (random.chance(0.05)) fields.force_handlers = true;
  if (random.chance(0.05)) fields.ignore_errors = true;
  if (random.chance(0.05)) fields.tags = [random.pick(TAGS)];
  if (random.chance(0.05)) fields.environment = { WORD: 'play' };
  if (author.roles.length > 0 && random.chance(0.4)) fields.roles = random.times<Data>(1, 2, () => roleEntry(author));
  if (random.chance(0.15)) fields.pre_tasks = tasks(author, 1, 2, 1);
  fields.tasks = tasks(author, 3, 9, 2);
  if (random.chance(0.15)) fields.post_tasks = tasks(author, 1, 2, 1);
  if (topics.length > 0) fields.handlers = handlers(author, topics);
  author.topics = [];
  // What reads facts fails where Ansible gathered none.
  if (author.hasFacts) author.taskFiles.length = 0;
  author.hasFacts = false;
  return fields;
}

function roleEntry(author: Author): Data {
  const { random } = author;
  const role = random.pick(author.roles);
  return random.pick<Data>([
    role,
    role,
    { role, role_param: 'inline' },
    { role, vars: { role_param: 'entry var' } },
    { role, ...when(author, 1) },
    { role, tags: [random.pick(TAGS)] },
  ]);
}

function handlers(author: Author, topics: readonly string[]): Data {
  const { random } = author;
  const written: Fields[] = [];
  for (const [at, topic] of topics.entries()) {
    author.left--;
    const body = random.weighted<() => Fields>([
      [4, () => ({ shell: `echo ${topic} >> {{ root }}/journal` })],
      [3, () => ({ set_fact: { [`h${(at % 2) + 1}`]: `set by ${topic}` } })],
      [2, () => ({ ...setFact(author) })],
      [2, () => ({ ...reader(author) })],
      [1, () => ({ ...failing(author), ignore_errors: true })],
    ])();
    const named = topic === 'topic' ? { ...body, name: `listener ${at}`, listen: 'topic' } : { ...body, name: topic };
    written.push({
      ...named,
      ...(random.chance(0.2) && topics.length > 1 && at + 1 < topics.length
        ? { notify: topics[at + 1]!, ...('shell' in body ? {} : { changed_when: true }) }
        : {}),
      ...(body.when === undefined ? when(author, 0.15) : {}),
      ...(random.chance(0.1) && 'shell' in body ? { loop: ['1', '2'] } : {}),
    });
  }
  if (topics.includes('topic') && random.chance(0.5))
    written.push({ name: 'listener last', shell: 'echo last >> {{ root }}/journal', listen: ['topic', 'handler a'] });
  return written;
}
