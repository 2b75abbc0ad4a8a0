import { basename } from 'node:path/posix';
import { bounded } from '../../../core/regex-time.js';
import { RenderError, type Source, type SourceVars, type Value, type Vars } from '../../../core/value.js';
import { pythonRegex } from '../../../template/regex.js';
import { render } from '../../../template/render.js';
import { toText } from '../../../template/text.js';
import type { HostRun } from '../../state/host.js';
import type { Node } from '../../state/pending-task.js';
import { isTrue } from '../variables/boolean.js';
import { LazyVars } from '../variables/scope.js';
import { scopeOf } from '../variables/variables.js';
import { changed, type Directive, done, failing } from './directive.js';

/** set_fact: rendered once, now; with `cacheable` a fact as well. */
export const setFact: Directive = ({ learners, node, piece }) => {
  const { cacheable, ...facts } = piece.args;
  if (Object.keys(facts).length === 0) throw new RenderError('set_fact sets at least one variable', node.task.place);
  for (const name of Object.keys(facts))
    if (!/^[A-Za-z_]\w*$/.test(name)) throw new RenderError(`\`${name}\` cannot name a variable`);
  for (const learner of learners) {
    Object.assign(learner.registered, facts);
    if (cacheable !== undefined && isTrue(cacheable)) learner.learn(facts);
  }
  return done({ ansible_facts: facts });
};

/** set_stats: kept with the run's result; nothing reads it back. */
export const setStats: Directive = ({ piece }) => done({ ansible_stats: piece.args.data ?? {} });

/** `files_matching`: Python's `re.search`. */
function isNamed(name: string, pattern: string): boolean {
  const regex = pythonRegex(pattern, {}, name);
  return bounded(regex, name, () => regex.test(name));
}

/** include_vars: a file, or all of a directory, at precedence 18. */
export const includeVars: Directive = async ({ stage, host, learners, node, piece }) => {
  const { args } = piece;
  const { loader } = stage.run.ports;
  const standing = { role: node.task.role?.path, here: node.task.here, playbook: stage.play.directory };
  const files = loader.files(standing);
  const named = args.file ?? args._raw_params;
  const found: string[] = [];
  if (args.dir !== undefined && args.dir !== null) {
    const paths = loader.directory(toText(args.dir), 'vars', standing);
    if (!paths) throw new RenderError(`no directory \`${toText(args.dir)}\``, node.task.place);
    const matching = args.files_matching;
    const ignored = Array.isArray(args.ignore_files) ? (args.ignore_files as readonly Value[]).map(toText) : [];
    found.push(
      ...paths.filter(
        path =>
          (matching === undefined || isNamed(basename(path), toText(matching))) && !ignored.includes(basename(path)),
      ),
    );
  } else {
    if (named === undefined || named === null)
      throw new RenderError('include_vars needs a file or a `dir`', node.task.place);
    const path = files.find(toText(named), 'vars');
    if (path === undefined)
      throw new RenderError(
        `no vars file \`${toText(named)}\``,
        node.task.place,
        `looked in ${files.tried(toText(named), 'vars').join(', ')}`,
      );
    found.push(path);
  }
  const vars: Record<string, Source> = {};
  for (const path of found) {
    const loaded = await loader.varsFile(path);
    if (!loaded.ok) return failing({ reason: 'template', diagnostics: loaded.error });
    Object.assign(vars, loaded.value);
  }
  const name = args.name;
  const included = name === undefined || name === null ? vars : { [toText(name)]: vars };
  for (const learner of learners) Object.assign(learner.included, included);
  return done({ ansible_facts: renderedWhenRead(stage, host, node, included), ansible_included_var_files: found });
};

/** Variables of a file as `register` holds them: as in Ansible their templates are rendered when somebody reads them. */
const renderedWhenRead = (stage: AnyStage, host: HostRun, { task, local }: Node, vars: SourceVars): Value =>
  new LazyVars(
    name => {
      if (!Object.hasOwn(vars, name)) return undefined;
      try {
        return render(vars[name]!, scopeOf(stage, host, { task, local }));
      } catch (error) {
        // What reads it says that it is not there; a reporter that shows all of a result passes over it.
        if (error instanceof RenderError) return undefined;
        throw error;
      }
    },
    () => Object.keys(vars),
  );

/** add_host: a host for the plays that follow, and for delegation at once. */
export const addHost: Directive = ({ stage, piece }) => {
  const { name, hostname, host: alias, groups, groupname, group, ...vars } = piece.args;
  const called = name ?? hostname ?? alias;
  if (called === undefined || called === null) throw new RenderError('add_host needs a `name`');
  return joinGroups(stage, toText(called), words(groups ?? groupname ?? group), vars)
    ? changed({ add_host: { host_name: toText(called) } })
    : done({});
};

/** group_by: the present host joins a group named by a value. */
export const groupBy: Directive = ({ stage, host, piece }) => {
  const key = piece.args.key;
  if (key === undefined || key === null) throw new RenderError('group_by needs a `key`');
  const name = toText(key).replaceAll(' ', '-');
  const parents = words(piece.args.parents);
  const result = { add_group: name, parent_groups: parents.length > 0 ? parents : ['all'] };
  return joinGroups(stage, host.name, [name, ...parents], {}) ? changed(result) : done(result);
};

const words = (value: Value | undefined): readonly string[] =>
  value === undefined || value === null
    ? []
    : Array.isArray(value)
      ? (value as readonly Value[]).map(toText)
      : toText(value)
          .split(',')
          .map(word => word.trim());

type AnyStage = Parameters<Directive>[0]['stage'];

/** Puts a host into groups, making what is missing. Answers whether anything changed. */
function joinGroups(stage: AnyStage, name: string, groups: readonly string[], vars: Vars): boolean {
  const { run } = stage;
  const { inventory } = run;
  const hosts = new Map(inventory.hosts);
  const all = new Map(inventory.groups);
  const known = hosts.get(name as never);
  const before = (known?.groups ?? ['all']).filter(group => group !== 'ungrouped' || groups.length === 0);
  const joined = [...new Set([...before, ...(known || groups.length > 0 ? groups : ['ungrouped'])])].sort();
  const isNew = known === undefined || String(joined) !== String(known.groups) || Object.keys(vars).length > 0;
  if (!isNew) return false;
  const added = groups.flatMap(group => all.get(group)?.vars ?? []);
  const host = {
    name: name as never,
    groups: joined,
    vars: [vars, ...(known?.vars ?? all.get('all')?.vars ?? []), ...added],
    place: known?.place,
  };
  hosts.set(host.name, host);
  const { hosts: loose, ...ungrouped } = all.get('ungrouped') ?? { name: 'ungrouped', vars: [], hosts: [] };
  if (!joined.includes('ungrouped'))
    all.set('ungrouped', { ...ungrouped, hosts: loose.filter(one => one !== host.name) });
  for (const group of joined) {
    const old = all.get(group);
    if (old?.hosts.includes(host.name)) continue;
    all.set(group, { name: group, vars: old?.vars ?? [], hosts: [...(old?.hosts ?? []), host.name] });
  }
  run.inventory = { ...inventory, hosts, groups: all };
  run.refresh(host);
  return true;
}
