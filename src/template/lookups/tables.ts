import { decode } from '../../core/bytes.js';
import { RenderError } from '../../core/value.js';
import { textOr } from '../cast.js';
import { isTruthy } from '../operate.js';
import { pythonRegex } from '../regex.js';
import { mapKnown, type Term } from '../terms.js';
import { toText } from '../text.js';
import { filesOf, type Lookup, mustFind, type Question } from './lookup.js';
import { keyValues } from './words.js';

/** Rows of a table: fields between `delimiter`, in double quotes where need be, as Python's csv reads them. */
function rowsOf(text: string, delimiter: string): readonly (readonly string[])[] {
  const rows: string[][] = [];
  let row: string[] = [];
  let field = '';
  let isQuoted = false;
  const endRow = (): void => {
    if (row.length > 0 || field !== '') rows.push([...row, field]);
    row = [];
    field = '';
  };
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (isQuoted) {
      if (char !== '"') field += char;
      else if (text[i + 1] === '"') field += text[++i]!;
      else isQuoted = false;
    } else if (char === '"' && field === '') isQuoted = true;
    else if (char === delimiter) {
      row.push(field);
      field = '';
    } else if (char === '\n' || char === '\r') endRow();
    else field += char;
  }
  endRow();
  return rows;
}

/** `csvfile`: a column of the row that begins with the term; `default` where there is none, else nothing. */
const csvfile: Lookup = question =>
  mapKnown(question.terms, toText).flatMap(term => {
    const { pairs, rest } = keyValues(term);
    if (rest === '') throw new RenderError('csvfile needs the text to search for in the first column');
    const option = (name: string): Term | undefined => pairs.get(name) ?? question.options.get(name);
    const delimiter = textOr(option('delimiter'), 'TAB');
    const text = contentOf(question, textOr(option('file'), 'ansible.csv'), textOr(option('encoding'), 'utf-8'));
    const found = rowsOf(text, delimiter === 'TAB' || delimiter === '\\t' ? '\t' : delimiter).find(
      ([first]) => first === rest,
    );
    const column = Number(textOr(option('col'), '1'));
    if (!found) return option('default') ?? [];
    const value = found[column];
    if (value === undefined) throw new RenderError(`csvfile: the row of '${rest}' has no column ${column}`);
    return [value];
  });

/** `ini`: the value of a key in a section, or the values of all keys that match; of `properties` there are no sections. */
const ini: Lookup = question =>
  mapKnown(question.terms, toText).flatMap(term => {
    const { pairs, rest: key } = keyValues(term);
    if (key === '') throw new RenderError(`ini needs a key to look for in '${term}'`);
    const option = (name: string): Term | undefined => pairs.get(name) ?? question.options.get(name);
    const file = textOr(option('file'), 'ansible.ini');
    const isProperties = textOr(option('type'), 'ini') === 'properties';
    const section = isProperties ? '' : textOr(option('section'), 'global');
    const fold = isTruthy(option('case_sensitive') ?? false)
      ? (name: string) => name
      : (name: string) => name.toLowerCase();
    const text = contentOf(question, file, textOr(option('encoding'), 'utf-8'));
    const sections = sectionsOf(isProperties ? `[]\n${text}` : text, fold);
    const own = sections.get(section);
    if (!own) throw new RenderError(`No section '${section}' in ${file}`);
    const all = new Map([...(sections.get('DEFAULT') ?? []), ...own]);
    const filled = (name: string): Term => interpolated(all.get(name) ?? null, all, 0);
    if (isTruthy(option('re') ?? false))
      return [...all.keys()].filter(name => pythonRegex(`(?:${key})`, {}, key).exec(name)?.index === 0).map(filled);
    const value = all.has(fold(key)) ? filled(fold(key)) : (option('default') ?? '');
    return value === null ? [] : [value];
  });

type Section = Map<string, string | null>;

/** As Python's configparser reads them: comments at line starts, `=` or `:`, values that go on in indented lines. */
function sectionsOf(text: string, fold: (name: string) => string): ReadonlyMap<string, Section> {
  const sections = new Map<string, Section>();
  let section: Section | undefined;
  let last: string | undefined;
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*[#;]/.test(line) || line.trim() === '') continue;
    const value = section && last !== undefined ? section.get(last) : undefined;
    if (/^\s/.test(line) && section && last !== undefined && typeof value === 'string') {
      section.set(last, `${value}\n${line.trim()}`);
      continue;
    }
    const header = /^\[(.*)\]/.exec(line);
    if (header) {
      section = sections.get(header[1]!) ?? new Map();
      sections.set(header[1]!, section);
      last = undefined;
      continue;
    }
    if (!section) throw new RenderError(`ini: \`${line.trim()}\` stands before the first section`);
    const [, name = '', , given] = /^(.*?)\s*(?:([=:])\s*(.*))?$/.exec(line.trim())!;
    last = fold(name.trim());
    section.set(last, given === undefined ? null : given.trim());
  }
  return sections;
}

const DEEPEST = 10;

/** `%(name)s` is the value of another key, `%%` a percent sign. */
function interpolated(value: string | null, all: Section, depth: number): string | null {
  if (value === null) return null;
  if (depth > DEEPEST) throw new RenderError(`ini: \`${value}\` goes in a circle`);
  return value.replace(/%(?:\(([^)]+)\)s|(%)|)/g, (found, name: string | undefined, percent: string | undefined) => {
    if (percent) return '%';
    const other = name === undefined ? undefined : all.get(name.toLowerCase());
    if (typeof other !== 'string') throw new RenderError(`ini: bad interpolation \`${found}\` in \`${value}\``);
    return interpolated(other, all, depth + 1) ?? '';
  });
}

/** The text of a file of the controller in some encoding. */
function contentOf(question: Question, file: string, encoding: string): string {
  const bytes = filesOf(question.run, 'a lookup').read(mustFind(question, file, 'files'));
  if (/^utf-?8$/i.test(encoding)) return decode(bytes);
  try {
    return new TextDecoder(encoding).decode(bytes);
  } catch {
    throw new RenderError(`there is no encoding '${encoding}'`);
  }
}

export const tableLookups: readonly (readonly [string, Lookup])[] = [
  ['csvfile', csvfile],
  ['ini', ini],
];
