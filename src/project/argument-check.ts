import { didYouMean, nearest, type Place } from '../core/place.js';
import { Float, type Source, Template } from '../core/value.js';
import type { Action } from './action.js';
import type { Arguments, Given } from './arguments.js';
import { META_ACTIONS } from './directives.js';
import type { Mistakes } from './mistakes.js';
import type { Node } from './node.js';
import { type Issue, isPermission, issuesOf, parametersOf, requiredOf } from './schema.js';
import { isSourceVars, isStatic } from './source.js';

/** Where a task's arguments are judged from. */
export interface Judged {
  readonly action: Action;
  readonly args: Arguments;
  /** The module's name in the task. */
  readonly place: Place;
  /** Parameters that module_defaults may bring: names, or `unknown` where a template gives them. */
  readonly defaults: ReadonlySet<string> | 'unknown';
  /** Parameters that stand beside the module instead of below it, which has been said. */
  readonly misplaced: ReadonlySet<string>;
  /** A condition may keep the task from running: it may be for another system, with another module behind the name. */
  readonly mayBeSkipped: boolean;
}

/** All that can be said of arguments before anything is rendered. */
export function checkArguments(judged: Judged, mistakes: Mistakes): void {
  if (judged.args.whole || judged.args.isBroken) return;
  if (judged.action.directive) checkDirective(judged, mistakes);
  else checkModule(judged, mistakes);
}

/** Stands where a template stands; what the schema says about it is not heard. */
const PLACEHOLDER = '{{ }}';

function checkModule(judged: Judged, mistakes: Mistakes): void {
  const { action, args, place, defaults, misplaced } = judged;
  const module = action.module!;
  for (const given of args.given.values())
    if (isBadMode(given) && isPermission(module, given.name)) badMode(given, mistakes);
  const values: Record<string, unknown> = {};
  if (defaults !== 'unknown') for (const name of defaults) values[name] = PLACEHOLDER;
  for (const { name, value } of args.given.values()) values[name] = settled(value);
  const issues = issuesOf(module, values) ?? [];
  const known = parametersOf(module);
  const unknown = issues.filter(issue => issue.kind === 'unknown');
  for (const issue of unknown) unknownParameter(issue, judged, known, mistakes);
  const meant = new Set([...misplaced, ...unknown.map(issue => nearest(String(issue.path.at(-1)), known))]);
  for (const issue of issues) {
    const name = String(issue.path[0] ?? '');
    const given = args.given.get(name) ?? givenAs(issue, args);
    if (issue.kind === 'missing' && !given && defaults !== 'unknown' && !meant.has(name))
      mistakes.error('missing-parameter', `\`${action.name}\` needs \`${name}\``, {
        place,
        hint: needsOf(action, known),
      });
    else if (given && (issue.kind === 'invalid' || issue.kind === 'missing') && !isBadMode(given))
      badValue(issue, given, action, mistakes);
    else if (issue.kind === 'rule' && isWholeStatic(args, defaults))
      mistakes.error('bad-parameters', `\`${action.name}\`: ${issue.message}`, { place: given?.namePlace ?? place });
  }
}

/** Under another name: schemas rename aliases before they look. */
const givenAs = ({ input, kind }: Issue, { given }: Arguments): Given | undefined =>
  kind === 'invalid' ? [...given.values()].find(({ value }) => settled(value) === input) : undefined;

const isWholeStatic = (args: Arguments, defaults: Judged['defaults']): boolean =>
  defaults !== 'unknown' && defaults.size === 0 && [...args.given.values()].every(({ value }) => isStatic(value));

/** `mode: 644` is the number 644, whose bits are 1204 in octal: never what was meant. */
const isBadMode = ({ node }: Given): boolean =>
  node?.kind === 'scalar' && typeof node.value === 'number' && /^[1-9]/.test(node.words);

function badMode({ name, node, place }: Given, mistakes: Mistakes): void {
  const words = node?.kind === 'scalar' ? node.words : '';
  mistakes.error('bad-mode', `\`${name}: ${words}\` is a decimal number, not permission bits`, {
    place,
    hint: `write \`${name}: "${words.padStart(4, '0')}"\``,
  });
}

function unknownParameter(
  issue: Issue,
  { action, args, mayBeSkipped }: Judged,
  known: readonly string[],
  mistakes: Mistakes,
): void {
  const name = String(issue.path.at(-1));
  if (issue.path.length === 1) {
    const place = args.given.get(name)?.namePlace;
    const hint = join(didYouMean(name, known), needsOf(action, known));
    const say = mayBeSkipped && didYouMean(name, known) === undefined ? mistakes.warn : mistakes.error;
    say.call(mistakes, 'unknown-parameter', `module \`${action.name}\` has no parameter \`${name}\``, { place, hint });
    return;
  }
  const given = args.given.get(String(issue.path[0]));
  const parent = nodeAt(given?.node, issue.path.slice(1, -1));
  const place = parent?.kind === 'map' ? parent.entries.get(name)?.keyPlace : given?.place;
  const owner = issue.path.slice(0, -1).join('.');
  mistakes.error('unknown-parameter', `\`${owner}\` of \`${action.name}\` knows no \`${name}\``, { place });
}

function badValue(issue: Issue, given: Given, action: Action, mistakes: Mistakes): void {
  if (isTemplated(given.value, issue.path.slice(1))) return;
  const found = nodeAt(given.node, issue.path.slice(1));
  const what = issue.path.join('.');
  const words = found?.kind === 'scalar' ? found.words : typeof given.value === 'string' ? given.value : undefined;
  const place = found?.place ?? given.place;
  if (issue.choices && words !== undefined)
    mistakes.error('bad-value', `\`${what}\` of \`${action.name}\` cannot be \`${words}\``, {
      place,
      hint: join(didYouMean(words, issue.choices), `one of ${issue.choices.join(', ')}`),
    });
  else mistakes.error('bad-value', `\`${what}\` of \`${action.name}\`: ${issue.message}`, { place });
}

/** Whether the value an issue is about comes, wholly or in part, from a template. */
function isTemplated(value: Source, path: readonly (string | number)[]): boolean {
  if (value instanceof Template) return true;
  const [first, ...rest] = path;
  if (first === undefined) return !isStatic(value);
  const members = value as unknown as Readonly<Record<string | number, Source>> | null;
  const member = typeof value === 'object' ? members?.[first] : undefined;
  return member === undefined ? !isStatic(value) : isTemplated(member, rest);
}

function nodeAt(node: Node | undefined, path: readonly (string | number)[]): Node | undefined {
  let found = node;
  for (const part of path) {
    if (found?.kind === 'map') found = found.get(String(part));
    else if (found?.kind === 'seq') found = found.items[Number(part)];
    else return undefined;
  }
  return found;
}

/** A value as the schema will be given it. */
function settled(source: Source): unknown {
  if (source instanceof Template) return PLACEHOLDER;
  if (source instanceof Float) return source.value;
  if (Array.isArray(source)) return (source as readonly Source[]).map(settled);
  if (isSourceVars(source))
    return Object.fromEntries(Object.entries(source).map(([key, value]) => [key, settled(value)]));
  return source;
}

function checkDirective({ action, args, place, misplaced }: Judged, mistakes: Mistakes): void {
  const { params, needs } = action.directive!;
  for (const { name, namePlace } of args.given.values()) {
    if (params.includes(name) || params.includes('*')) continue;
    mistakes.error('unknown-parameter', `\`${action.name}\` has no parameter \`${name}\``, {
      place: namePlace,
      hint: join(didYouMean(name, params), `it has ${params.join(', ')}`),
    });
  }
  for (const names of needs) {
    const isNear = [...args.given.keys()].some(name => !params.includes(name));
    if (names.some(name => args.given.has(name) || misplaced.has(name)) || isNear) continue;
    mistakes.error('missing-parameter', `\`${action.name}\` needs \`${names.join('` or `')}\``, { place });
  }
  if (action.name === 'meta') checkMeta(args.given.get('_raw_params'), mistakes);
}

function checkMeta(given: Given | undefined, mistakes: Mistakes): void {
  if (!given || typeof given.value !== 'string' || META_ACTIONS.includes(given.value)) return;
  mistakes.error('bad-value', `\`meta\` cannot ${given.value}`, {
    place: given.place,
    hint: join(didYouMean(given.value, META_ACTIONS), `it can ${META_ACTIONS.join(', ')}`),
  });
}

function needsOf(action: Action, known: readonly string[]): string {
  const required = action.module ? requiredOf(action.module) : [];
  if (required.length > 0) return `${action.name} needs ${required.join(', ')}`;
  return known.length > 0 && known.length <= 12 ? `${action.name} has ${known.join(', ')}` : '';
}

const join = (...parts: readonly (string | undefined)[]): string | undefined => {
  const said = parts.filter(part => part !== undefined && part !== '');
  return said.length > 0 ? said.join(' ') : undefined;
};
