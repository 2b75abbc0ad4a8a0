import { plain, type Source, type SourceVars, Template, Unknown, unknownsIn, type Value } from '../../../core/value.js';
import { isTruthy } from '../../../template/operate.js';
import { toText } from '../../../template/text.js';
import { isSecret } from '../task/secrecy.js';
import { numberOf } from '../variables/number.js';
import { type Directive, done, failing, unsure } from './directive.js';

/** Text of a value for a person: strings as they are, the rest as JSON. */
function show(value: Value): string {
  if (typeof value === 'string') return value;
  if (value instanceof Unknown) return '(not known before it is run)';
  return JSON.stringify(
    plain(value),
    (_, member: unknown) => (member instanceof Unknown ? '(not known before it is run)' : member),
    4,
  );
}

/** debug: a message, or the value of a variable. */
export const debug: Directive = ({ stage, host, node, piece, label }) => {
  const { ports, options } = stage.run;
  const { verbosity, msg } = piece.args;
  if ((numberOf(verbosity, 'verbosity') ?? 0) > options.verbosity) {
    const why = `Verbosity threshold not met.`;
    return {
      kind: 'outcome',
      outcome: { kind: 'skipped', why, result: { changed: false, skipped: true, skipped_reason: why } },
    };
  }
  const name = textOf(member(node.task.args, 'var'));
  const value = piece.args.var ?? (msg === undefined ? 'Hello world!' : msg);
  const text = name === undefined ? show(value) : `${name}: ${show(value)}`;
  if (!isSecret(node.task, piece.scope))
    ports.emit({ at: ports.clock.now(), kind: 'message', task: label, host: host.name, text });
  return done(name === undefined ? { msg: value } : { [name]: value });
};

/** fail: with a message. */
export const failTask: Directive = ({ piece }) =>
  failing({ reason: 'condition', why: toText(piece.args.msg ?? 'Failed as requested from task') });

/** assert: every condition must hold; the first that does not is named. */
export const assertTask: Directive = ({ node, piece, host }) => {
  const { that, fail_msg, msg, success_msg } = piece.args;
  const claims = Array.isArray(that) ? (that as readonly Value[]) : [that ?? false];
  const written = member(node.task.args, 'that');
  const sources: readonly (Source | undefined)[] = Array.isArray(written) ? (written as readonly Source[]) : [written];
  const unknown = claims.flatMap(claim => unknownsIn(claim));
  for (const [i, claim] of claims.entries()) {
    if (claim instanceof Unknown) break;
    if (isTruthy(claim)) continue;
    const text = textOf(sources[i]) ?? toText(claim);
    const said = fail_msg ?? msg;
    const why =
      said === undefined || said === null
        ? `Assertion failed: ${text}`
        : Array.isArray(said)
          ? (said as readonly Value[]).map(toText).join('\n')
          : toText(said);
    // In check mode a claim about the host may hang on changes that were not made.
    return failing({ reason: 'condition', why }, { assertion: text, evaluated_to: false });
  }
  if (unknown.length > 0) return unsure(host.doubts.length > 0 ? host.doubts : unknown);
  return done({ msg: success_msg ?? 'All assertions passed' });
};

const member = (args: Source, name: string): Source | undefined =>
  typeof args === 'object' && args !== null && !(args instanceof Template) && Object.hasOwn(args, name)
    ? (args as SourceVars)[name]
    : undefined;
const textOf = (source: Source | undefined): string | undefined =>
  source instanceof Template ? source.text.trim() : typeof source === 'string' ? source : undefined;
