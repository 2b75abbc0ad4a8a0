import type { Author } from './author.js';
import { condition, text } from './expressions.js';
import { hazard } from './hazards.js';
import { loop, looped, retried } from './loops.js';
import { oddity, secretive } from './oddities.js';
import type { Data, Fields } from './project.js';
import {
  failing,
  fileTask,
  journal,
  look,
  otherSetter,
  reader,
  setFact,
  sharedReader,
  sharedTask,
  task,
  when,
} from './tasks.js';
import { TAGS, TEXTS } from './vocabulary.js';

/** A list of tasks, with blocks and includes down to a depth. */
export function tasks(author: Author, low: number, high: number, depth: number): readonly Fields[] {
  const steps: Fields[] = [];
  for (let count = author.random.whole(low, high); count > 0 && author.left > 0; count--)
    steps.push(...step(author, depth));
  return steps.length > 0 ? steps : [look(author)];
}

function step(author: Author, depth: number): readonly Fields[] {
  const { random } = author;
  return random.weighted<() => readonly Fields[]>([
    [10, () => hazard(author)],
    [5, () => [keyed(author, reader(author))]],
    [4, () => [keyed(author, setFact(author))]],
    [3, () => [keyed(author, look(author))]],
    [3, () => [keyed(author, fileTask(author))]],
    [2, () => [keyed(author, journal(author))]],
    [5, () => [looped(author)]],
    [2, () => [otherSetter(author)]],
    [author.isFree ? 0 : 2, () => [sharedTask(author), sharedReader(author)]],
    [1, () => [{ ...failing(author), ignore_errors: true }]],
    [1, () => [retried(author)]],
    [1, () => [become(author)]],
    [4, () => [oddity(author)]],
    [1, () => secretive(author)],
    [
      author.topics.length > 0 ? 3 : 0,
      () => [
        {
          ...notifying(author),
          notify: random.chance(0.3) ? random.some(author.topics, 2) : random.pick(author.topics),
        },
      ],
    ],
    [2, () => [meta(author)]],
    [1, () => [unreachable(author)]],
    [depth > 0 ? 3 : 0, () => [block(author, depth - 1)]],
    [depth > 0 ? 2 : 0, () => [include(author, depth - 1)]],
    [depth > 0 && author.roles.length > 0 ? 2 : 0, () => [roleTask(author)]],
    [
      random.chance(0.15) ? 1 : 0,
      () => [{ ...failing(author), when: `inventory_hostname == '${random.pick(author.hosts)}'` }],
    ],
  ])();
}

/** A task with some of the keywords that stand at every level. */
function keyed(author: Author, fields: Fields): Fields {
  const { random } = author;
  const more: Record<string, Data> = {};
  if (fields.when === undefined) Object.assign(more, when(author, 0.25));
  if (random.chance(0.05))
    more.vars = { [random.pick(TEXTS)]: random.chance(0.5) ? 'task var' : text({ ...author.sight, isFree: true }) };
  if (random.chance(0.05)) more.tags = [random.pick(TAGS)];
  if (random.chance(0.04)) more.no_log = true;
  if (random.chance(0.04)) more.ignore_errors = random.pick<Data>([true, '{{ omit }}']);
  if (random.chance(0.03) && fields.failed_when === undefined) more.failed_when = false;
  if (random.chance(0.03)) more.environment = { WORD: text({ ...author.sight, isFree: true }) };
  if (random.chance(0.04) && !author.isFree && fields.delegate_to === undefined && !('set_fact' in fields))
    more.delegate_to = random.pick([...author.hosts, 'localhost']);
  if (more.delegate_to !== undefined && 'lineinfile' in fields) delete more.delegate_to;
  return { ...fields, ...more };
}

const notifying = (author: Author): Fields =>
  author.random.weighted<() => Fields>([
    [4, () => task(author, 'command', 'true')],
    [2, () => fileTask(author)],
    [1, () => ({ ...task(author, 'command', 'true'), changed_when: condition(author.sight) })],
    [1, () => looped(author)],
    [1, () => reader(author)],
  ])();

/** become: to root, who we are, or to nobody; with keywords that are omitted, which is as if they were not written. */
function become(author: Author): Fields {
  const { random } = author;
  const omit = '{{ no_such_name | default(omit) }}';
  const who = (more: Fields): Fields =>
    task(author, 'command', 'id -un', { register: random.pick(['r1', 'r2']), ...more });
  return random.weighted<() => Fields>([
    [3, () => who({ become: random.pick<Data>([true, omit, 'yes']), become_user: random.pick<Data>(['root', omit]) })],
    [
      2,
      () => ({
        block: [who({ become: omit }), journal(author, 'r1.stdout | default(0)')],
        become: true,
        become_user: 'nobody',
      }),
    ],
    [1, () => ({ block: [who({ become_user: omit })], become: true, become_user: 'nobody' })],
  ])();
}

function meta(author: Author): Fields {
  const { random } = author;
  const word = random.weighted([
    [6, 'flush_handlers'],
    [2, 'noop'],
    [author.hasFacts ? 0 : 1, 'clear_facts'],
    [1, 'clear_host_errors'],
    [1, 'refresh_inventory'],
    [1, 'end_host'],
    [author.isFree ? 0 : 1, 'end_batch'],
    [author.isFree ? 0 : 2, 'end_play'],
    [1, 'reset_connection'],
  ]);
  const may = word.startsWith('end_') ? { when: `inventory_hostname == '${random.pick(author.hosts)}'` } : {};
  return task(author, 'meta', word, may);
}

/** A host that nobody can reach: delegated to, so that the run goes on. */
const unreachable = (author: Author): Fields =>
  task(author, 'command', 'echo never', {
    delegate_to: 'dead',
    ignore_unreachable: true,
    register: author.random.pick(['r1', 'r2']),
  });

function block(author: Author, depth: number): Fields {
  const { random } = author;
  const body = [
    ...tasks(author, 1, 2, depth),
    ...(random.chance(0.45) ? [failing(author), ...(random.chance(0.5) ? [setFact(author)] : [])] : []),
  ];
  const hasRescue = random.chance(0.7);
  const rescue = hasRescue
    ? [
        ...(random.chance(0.4)
          ? [
              task(author, 'set_fact', {
                [random.pick(TEXTS)]: '{{ ansible_failed_task.name }} {{ ansible_failed_result.failed }}',
              }),
            ]
          : []),
        ...tasks(author, 1, 2, depth),
      ]
    : undefined;
  const always = random.chance(0.35) || !hasRescue ? tasks(author, 1, 2, depth) : undefined;
  return {
    ...(random.chance(0.3) ? { name: `block ${author.number()}` } : {}),
    block: body,
    ...(rescue ? { rescue } : {}),
    ...(always ? { always } : {}),
    ...when(author, 0.2),
    ...(random.chance(0.1) ? { vars: { [random.pick(TEXTS)]: 'block var' } } : {}),
    ...(random.chance(0.1) ? { tags: [random.pick(TAGS)] } : {}),
    ...(random.chance(0.08) ? { ignore_errors: true } : {}),
    ...(random.chance(0.05) && !author.isFree ? { any_errors_fatal: true } : {}),
    ...(random.chance(0.05) && !author.isFree ? { run_once: true } : {}),
  };
}

function include(author: Author, depth: number): Fields {
  const { random } = author;
  const isLooped = random.chance(0.3);
  const write = (): string =>
    author.taskFiles.length > 0 && random.chance(0.3) ? random.pick(author.taskFiles) : newFile(author, depth);
  if (random.chance(0.35))
    return task(author, 'import_tasks', write(), {
      ...when(author, 0.4),
      ...(random.chance(0.3) ? { vars: { [random.pick(TEXTS)]: 'import var' } } : {}),
    });
  const vars = random.chance(0.3) ? { vars: { [random.pick(TEXTS)]: text({ ...author.sight, isFree: true }) } } : {};
  if (!isLooped)
    return task(author, 'include_tasks', random.chance(0.2) ? { file: write(), apply: apply(author) } : write(), {
      ...when(author, 0.35),
      ...vars,
    });
  const { keywords, item } = loop(author);
  const renamed = item.replaceAll(/\bitem\b/g, 'outer');
  return author.inside(renamed, () =>
    task(author, 'include_tasks', newFile(author, 0), {
      ...keywords,
      loop_control: { loop_var: 'outer', ...(random.chance(0.2) ? { index_var: 'at' } : {}) },
      ...when(author, 0.3),
      ...vars,
    }),
  );
}

const apply = (author: Author): Fields =>
  author.random.pick<Fields>([
    { tags: [author.random.pick(TAGS)] },
    { ignore_errors: true },
    { when: condition(author.sight) },
    { vars: { t2: 'applied' } },
  ]);

function newFile(author: Author, depth: number): string {
  const looped = author.item;
  const file = author.newTaskFile(tasks(author, 1, 3, depth));
  // What notifies may only be included where the handler is.
  if (looped === undefined && author.topics.length === 0) author.taskFiles.push(file);
  return file;
}

function roleTask(author: Author): Fields {
  const { random } = author;
  const name = random.pick(author.roles);
  const vars = random.chance(0.4) ? { vars: { role_param: text({ ...author.sight, isFree: true }) } } : {};
  return random.chance(0.35)
    ? task(author, 'import_role', { name }, { ...when(author, 0.3), ...vars })
    : task(
        author,
        'include_role',
        {
          name,
          ...(random.chance(0.2) ? { public: true } : {}),
          ...(random.chance(0.2) ? { apply: apply(author) } : {}),
        },
        {
          ...when(author, 0.3),
          ...vars,
          ...(random.chance(0.2) ? { loop: ['u', 'v'], loop_control: { loop_var: 'role_item' } } : {}),
        },
      );
}
