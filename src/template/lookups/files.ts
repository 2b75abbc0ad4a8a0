import { join } from 'node:path/posix';
import { decode } from '../../core/bytes.js';
import type { TemplateOptions } from '../../core/module.js';
import { type Impurity, RenderError, type Scope, type Value } from '../../core/value.js';
import { flagOr, textOr } from '../cast.js';
import { isTruthy } from '../operate.js';
import { isDict, isList, mapKnown, memberOf, namedMembersOf, orElse, type Term, touch, typeName } from '../terms.js';
import { toText } from '../text.js';
import { environmentOf, filesOf, type Lookup, mustFind } from './lookup.js';

/** The content of files, without white space at the end. */
const file: Lookup = question =>
  question.terms.map(term => {
    const path = mustFind(question, toText(term), 'files');
    let text = decode(filesOf(question.run, 'file').read(path));
    if (flagOr(question.options.get('rstrip'), true)) text = text.trimEnd();
    return flagOr(question.options.get('lstrip'), false) ? text.trimStart() : text;
  });

/** The content of files as it is; one in a vault cannot be decrypted, and is an error of whoever reads files. */
const unvault: Lookup = question =>
  question.terms.map(term => {
    const path = mustFind(question, toText(term), 'files');
    return decode(filesOf(question.run, 'unvault').read(path));
  });

const fileglob: Lookup = ({ terms, run }) =>
  terms.flatMap(term => [...filesOf(run, 'fileglob').glob(toText(term), 'files')]);

/** Environment variables of the controller; the empty text, or `default`, for what is not set. */
const env: Lookup = ({ terms, options, run }) =>
  terms.map(term => environmentOf(run, 'env', toText(term)) ?? orElse(options.get('default'), () => ''));

/** The first of some files that is there. Terms are names, lists of them, or `{files, paths, skip}`. */
const firstFound: Lookup = ({ terms, options, run, folder = 'files' }) => {
  const files = filesOf(run, 'first_found');
  const asked = terms.length === 0 && options.size > 0 ? [''] : terms;
  const tried: string[] = [];
  // One by one, since what stands behind the one that is found does not matter, and need not be known.
  for (const path of candidates(asked, options)) {
    const found = files.find(path, folder);
    if (found !== undefined) return [found];
    tried.push(...files.tried(path, folder));
  }
  if (maySkip(asked, options)) return [];
  throw new RenderError(
    'No file was found when using first_found.',
    undefined,
    `looked for ${tried.slice(0, 20).join(', ')}; \`skip: true\` would do without`,
  );
};

type Options = ReadonlyMap<string, Term>;

/** The paths to try, in their order. */
function* candidates(terms: readonly Term[], options: Options): Generator<string> {
  for (const term of terms) {
    if (isList(term)) {
      yield* candidates(term, options);
      continue;
    }
    touch(term);
    if (!isDict(term) && typeof term !== 'string')
      throw new RenderError(`first_found takes names, lists of names, or {files, paths, skip}, not ${typeName(term)}`);
    const names = words(optionOf(term, 'files', options), /[,;]/);
    const folders = words(optionOf(term, 'paths', options), /[,:;]/);
    if (folders.length > 0) for (const folder of folders) yield* names.map(name => join(folder, name));
    else if (names.length > 0) yield* names;
    else if (typeof term === 'string') yield term;
  }
}

const optionOf = (term: Term, name: string, options: Options): Term | undefined =>
  isDict(term) ? memberOf(term, name) : options.get(name);

/** Whether it is no failure that nothing was found; the last term decides, as in Ansible. */
function maySkip(terms: readonly Term[], options: Options): boolean {
  const last = terms.at(-1) ?? '';
  return isList(last) ? maySkip(last, options) : isTruthy(optionOf(last, 'skip', options) ?? false);
}

const words = (term: Term | undefined, separator: RegExp): readonly string[] => {
  if (term === undefined || term === null) return [];
  const texts = isList(term) ? mapKnown(term, toText) : [toText(term)];
  return texts.flatMap(text => text.split(separator)).filter(text => text !== '');
};

/** The text of a template file, rendered with the variables of the asker and those of `template_vars`. */
const template: Lookup = question => {
  const { terms, options, run } = question;
  const extra = options.get('template_vars');
  const scope = isDict(extra) ? new WithMore(run.scope, new Map(namedMembersOf(extra))) : run.scope;
  return terms.map(term =>
    filesOf(run, 'template')
      .template(mustFind(question, toText(term), 'templates'), optionsOf(options))
      .render(scope),
  );
};

function optionsOf(options: ReadonlyMap<string, Term>): TemplateOptions {
  const text = (name: string) => (options.has(name) ? textOr(options.get(name), '') : undefined);
  const flag = (name: string) => (options.has(name) ? flagOr(options.get(name), false) : undefined);
  return {
    variableStart: text('variable_start_string'),
    variableEnd: text('variable_end_string'),
    blockStart: text('block_start_string'),
    blockEnd: text('block_end_string'),
    trimBlocks: flag('trim_blocks'),
    lstripBlocks: flag('lstrip_blocks'),
  };
}

/** A scope with a few variables on top. */
class WithMore implements Scope {
  readonly files;
  readonly hashPassword;
  constructor(
    readonly below: Scope,
    readonly more: ReadonlyMap<string, Term>,
  ) {
    this.files = below.files;
    this.hashPassword = below.hashPassword;
  }
  get(name: string): Value | undefined {
    return this.more.has(name) ? (this.more.get(name) as Value) : this.below.get(name);
  }
  names(): readonly string[] {
    return [...this.more.keys(), ...this.below.names()];
  }
  isWritten(name: string): boolean {
    return this.more.has(name) || (this.below.isWritten?.(name) ?? true);
  }
  note(what: Impurity): void {
    this.below.note?.(what);
  }
}

export const fileLookups: readonly (readonly [string, Lookup])[] = [
  ['file', file],
  ['unvault', unvault],
  ['fileglob', fileglob],
  ['env', env],
  ['first_found', firstFound],
  ['template', template],
];
