import { bounded } from '../core/regex-time.js';
import { RenderError, Secret } from '../core/value.js';
import { parseAddress } from './address.js';
import { flagOr, given, strictText, textOr } from './cast.js';
import { filters } from './filters/registry.js';
import { asBoolean } from './filters/values.js';
import { isFloat, isInteger, isNumber, numberOf, wholeOf } from './number.js';
import { compare, contains, equal, isTruthy, operate } from './operate.js';
import { pythonRegex } from './regex.js';
import { type Operation, operation } from './signature.js';
import { bare, Callable, isDict, isList, itemsOf, memberOf, type Term, touch, typeName, Undefined } from './terms.js';
import { fileTests } from './tests-files.js';
import { toText } from './text.js';
import { versionHolds } from './version.js';

type Tests = readonly (readonly [string, Operation<Term>])[];
type Test = Operation<Term>;

/** A test without arguments. */
const test = (holds: (input: Term) => boolean): Test => operation('', holds);
/** A test against one other value. */
const against = (holds: (input: Term, other: Term) => boolean): Test =>
  operation('other', (input, [other]) => holds(input, other!));

const named = (names: string, body: Test): Tests => names.split(' ').map(name => [name, body] as const);

const isString = (input: Term): boolean => typeof input === 'string' || input instanceof Secret;

const kinds: Tests = [
  ['defined', test(input => !(input instanceof Undefined))],
  ['undefined', test(input => input instanceof Undefined)],
  ['none', test(input => input === null)],
  ['string', test(isString)],
  ['number', test(isNumber)],
  ['integer', test(isInteger)],
  ['float', test(isFloat)],
  ['boolean', test(input => typeof input === 'boolean')],
  ['true', test(input => input === true)],
  ['false', test(input => input === false)],
  ['mapping', test(isDict)],
  ['sequence', test(input => isString(input) || isList(input) || isDict(input))],
  ['iterable', test(input => isString(input) || isList(input) || isDict(input))],
  // Calling an undefined one is possible, if only to fail.
  ['callable', test(input => input instanceof Callable || input instanceof Undefined)],
  ['sameas', against((input, other) => sameAs(input, other))],
  ['escaped', test(() => false)],
  ['vault_encrypted', test(() => false)],
];

function sameAs(a: Term, b: Term): boolean {
  if (typeof a === 'object' && a !== null) return a === b;
  return a === b || (typeof a === 'bigint' && a === b);
}

const comparisons: Tests = [
  ...named('eq equalto ==', against(equal)),
  ...named(
    'ne !=',
    against((input, other) => !equal(input, other)),
  ),
  ...named(
    'lt lessthan <',
    against((input, other) => compare(input, other, '<') < 0),
  ),
  ...named(
    'le <=',
    against((input, other) => compare(input, other, '<=') <= 0),
  ),
  ...named(
    'gt greaterthan >',
    against((input, other) => compare(input, other, '>') > 0),
  ),
  ...named(
    'ge >=',
    against((input, other) => compare(input, other, '>=') >= 0),
  ),
  ['in', against((input, other) => contains(other, input))],
  ['contains', against((input, other) => contains(input, other))],
];

const remainder = (input: Term, by: Term): Term => operate('%', input, by);

/** 1.0 is as odd as 1. */
const numbers: Tests = [
  ['odd', test(input => equal(remainder(input, 2), 1))],
  ['even', test(input => equal(remainder(input, 2), 0))],
  ['divisibleby', operation('num', (input, [by]) => equal(remainder(input, wholeOf(by!)), 0))],
  ...named(
    'nan isnan',
    test(input => isNumber(input) && Number.isNaN(numberOf(input))),
  ),
];

const hasCase = (text: string): boolean => text.toLowerCase() !== text.toUpperCase();

const regexTest = (kind: 'search' | 'match' | 'fullmatch'): Test =>
  operation('pattern? ignorecase? multiline?', (input, [pattern, ignoreCase, multiline]) =>
    matches(input, pattern, { ignoreCase: flagOr(ignoreCase, false), multiline: flagOr(multiline, false) }, kind),
  );

function matches(
  input: Term,
  pattern: Term | undefined,
  flags: { ignoreCase: boolean; multiline: boolean },
  kind: 'search' | 'match' | 'fullmatch',
): boolean {
  const text = toText(input);
  const written = strictText(pattern ?? '', 'the pattern');
  const whole = kind === 'fullmatch' ? `(?:${written})\\Z` : written;
  const regex = pythonRegex(whole, flags, text, kind !== 'search');
  return bounded(regex, text, () => regex.test(text));
}

const texts: Tests = [
  ['lower', test(input => hasCase(toText(input)) && toText(input) === toText(input).toLowerCase())],
  ['upper', test(input => hasCase(toText(input)) && toText(input) === toText(input).toUpperCase())],
  ['match', regexTest('match')],
  ['search', regexTest('search')],
  [
    'regex',
    operation('pattern? ignorecase? multiline? match_type?', (input, [pattern, ignoreCase, multiline, kind]) => {
      const how = textOr(kind, 'search');
      if (how !== 'search' && how !== 'match' && how !== 'fullmatch')
        throw new RenderError(`match_type must be search, match or fullmatch, not '${how}'`);
      return matches(
        input,
        pattern,
        { ignoreCase: flagOr(ignoreCase, false), multiline: flagOr(multiline, false) },
        how,
      );
    }),
  ],
  ...named(
    'version version_compare',
    operation('version operator? strict? version_type?', (input, [other, operator, strict, type]) => {
      if (given(strict) !== undefined && given(type) !== undefined)
        throw new RenderError("Cannot specify both 'strict' and 'version_type'");
      const kind =
        given(type) !== undefined
          ? toText(type!)
          : given(strict) !== undefined && isTruthy(strict!)
            ? 'strict'
            : 'loose';
      return versionHolds(toText(input), textOr(operator, 'eq'), toText(other!), kind);
    }),
  ),
];

/** A member of a registered result. */
function member(input: Term, name: string, who: string): Term {
  if (!isDict(input))
    throw new RenderError(
      `The '${who}' test expects a dictionary, not ${typeName(input)}`,
      undefined,
      'it is for what `register` keeps',
    );
  return memberOf(input, name) ?? false;
}

const says = (name: string, who = name): Test => operation('', input => member(input, name, who));
const deniesOf = (name: string, who: string): Test =>
  operation('', input => {
    const value = member(input, name, who);
    touch(value);
    return !isTruthy(value);
  });

/** Changed is also what has a changed item among its results. */
function changed(input: Term): Term {
  if (isDict(input) && memberOf(input, 'changed') === undefined) {
    const results = memberOf(input, 'results');
    if (isList(results)) return results.some(item => isDict(item) && isTruthy(memberOf(item, 'changed') ?? false));
  }
  return member(input, 'changed', 'changed');
}

/** Only asynchronous tasks say so; any other is both. */
const asynchronous = (name: string): Test =>
  operation('', input => {
    member(input, name, name);
    const value = isDict(input) ? memberOf(input, name) : undefined;
    return value === undefined || equal(value, 1);
  });

const results: Tests = [
  ...named('failed failure', says('failed')),
  ...named('succeeded success successful', deniesOf('failed', 'succeeded')),
  ...named('changed change', operation('', changed)),
  ...named('skipped skip', says('skipped')),
  ['unreachable', says('unreachable')],
  ['reachable', deniesOf('unreachable', 'reachable')],
  ['timedout', operation('', input => isTruthy(isDict(input) ? (memberOf(input, 'timedout') ?? false) : false))],
  ['started', asynchronous('started')],
  ['finished', asynchronous('finished')],
];

/** With convert_bool, `yes` and `off` count as what they say. */
const truthy = (input: Term, convert: Term | undefined): boolean => {
  const word = bare(input);
  const isWord = typeof word === 'string' && /^(?:y|yes|on|1|true|t|n|no|off|0|false|f)$/i.test(word.trim());
  if (flagOr(convert, false) && isWord) return asBoolean(word.trim()) === true || /^[yt]$/i.test(word.trim());
  return isTruthy(input);
};

const subset = (part: Term, whole: Term): boolean =>
  itemsOf(part).every(item => itemsOf(whole).some(other => equal(item, other)));

const rest: Tests = [
  ['truthy', operation('convert_bool?', (input, [convert]) => truthy(input, convert))],
  ['falsy', operation('convert_bool?', (input, [convert]) => !truthy(input, convert))],
  ['all', test(input => itemsOf(input).every(isTruthy))],
  ['any', test(input => itemsOf(input).some(isTruthy))],
  ...named('subset issubset', against(subset)),
  ...named(
    'superset issuperset',
    against((input, other) => subset(other, input)),
  ),
  ['filter', test(input => filters.has(toText(input)))],
  ['test', test(input => tests.has(toText(input)))],
  ['ip', test(input => parseAddress(toText(input)) !== undefined)],
  ...named(
    'ipv4 ipv4_address',
    test(input => parseAddress(toText(input))?.version === 4),
  ),
  ...named(
    'ipv6 ipv6_address',
    test(input => parseAddress(toText(input))?.version === 6),
  ),
];

/** Every test by its short name. */
export const tests: ReadonlyMap<string, Operation<Term>> = new Map([
  ...kinds,
  ...comparisons,
  ...numbers,
  ...texts,
  ...results,
  ...rest,
  ...fileTests,
]);
