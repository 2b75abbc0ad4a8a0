import { basename } from 'node:path/posix';
import { bounded } from '../../../core/regex-time.js';
import { RenderError, type Source, type SourceVars, type Value } from '../../../core/value.js';
import { pythonRegex } from '../../../template/regex.js';
import { render } from '../../../template/render.js';
import { toText } from '../../../template/text.js';
import type { HostRun } from '../../state/host.js';
import type { Node } from '../../state/pending-task.js';
import type { Stage } from '../../state/stage.js';
import { isTrue } from '../variables/boolean.js';
import { notePrinted } from '../variables/printed.js';
import { LazyVars } from '../variables/scope.js';
import { scopeOf } from '../variables/variables.js';
import { type Directive, done, failing } from './directive.js';

/** set_fact: rendered once, now; with `cacheable` a fact as well. */
export const setFact: Directive = ({ learners, node, piece }) => {
  const { cacheable, ...facts } = piece.args;
  if (Object.keys(facts).length === 0) throw new RenderError('set_fact sets at least one variable', node.task.place);
  for (const name of Object.keys(facts))
    if (!/^[A-Za-z_]\w*$/.test(name)) throw new RenderError(`\`${name}\` cannot name a variable`);
  for (const learner of learners) {
    Object.assign(learner.registered, facts);
    notePrinted(facts, node.task.args, piece.scope, learner.printed);
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
const renderedWhenRead = (stage: Stage, host: HostRun, { task, local }: Node, vars: SourceVars): Value =>
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
