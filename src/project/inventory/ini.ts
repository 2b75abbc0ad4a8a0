import { didYouMean } from '../../core/place.js';
import type { Source } from '../../core/value.js';
import { compileText, hasTemplate } from '../../template/compile.js';
import type { Mistakes } from '../mistakes.js';
import { isName, NAMES } from '../source.js';
import type { Text } from '../text.js';
import { checkGroupName, checkHostName, type GroupTree, warnTwice } from './group-tree.js';
import { expandHosts, RangeMistake, splitPort } from './host-range.js';
import { literal } from './literal.js';

interface Line {
  readonly text: string;
  readonly offset: number;
}
type Section = { readonly group: string; readonly kind: 'hosts' | 'vars' | 'children' };

/** A host may begin with a bracket: a range, or an IPv6 address. */
const BRACKETED_HOST = /^\[[^\]]*:[^\]]*(?:\]\S|:[^\]]*\]\s)/;

/** An INI inventory: hosts before the first section belong to no group. (Ansible: `plugins/inventory/ini.py`) */
export function readIni(text: Text, tree: GroupTree, mistakes: Mistakes): void {
  new IniReader(text, tree, mistakes).read();
}

class IniReader {
  #section: Section = { group: 'ungrouped', kind: 'hosts' };
  /** Groups that have a section of hosts, or are named as children: the others cannot have variables. */
  readonly #declared = new Set<string>(['all', 'ungrouped']);
  readonly #pending: { readonly group: string; readonly line: Line }[] = [];
  #seen = new Set<string>();

  constructor(
    readonly text: Text,
    readonly tree: GroupTree,
    readonly mistakes: Mistakes,
  ) {}

  read(): void {
    for (const line of linesOf(this.text.content)) {
      if (/^\[[^\]]*\]\s*(?:[#;].*)?$/.test(line.text)) this.#open(line);
      else if (line.text.startsWith('[') && !BRACKETED_HOST.test(line.text)) this.#badSection(line);
      else if (this.#section.kind === 'hosts') this.#hosts(line);
      else if (this.#section.kind === 'vars') this.#variable(line);
      else this.#child(line);
    }
    for (const { group, line } of this.#pending)
      if (!this.#declared.has(group))
        this.mistakes.error('unknown-group', `there is no group \`${group}\``, {
          place: this.#place(line),
          hint: didYouMean(group, this.#declared),
        });
  }

  #open(line: Line): void {
    const inside = line.text.slice(1, line.text.indexOf(']')).trim();
    const [, group = '', suffix] = /^([^:]*)(?::(.*))?$/.exec(inside) ?? [];
    if (suffix !== undefined && suffix !== 'vars' && suffix !== 'children' && suffix !== 'hosts')
      this.mistakes.error('bad-section', `\`[${inside}]\` is neither hosts nor :vars nor :children`, {
        place: this.#place(line),
        hint: didYouMean(suffix, ['vars', 'children']),
      });
    if (!checkGroupName(group, () => this.#place(line), this.mistakes)) return;
    this.#section = { group, kind: suffix === 'vars' || suffix === 'children' ? suffix : 'hosts' };
    this.#seen = new Set();
    this.tree.group(group, this.#place(line));
    if (this.#section.kind === 'vars') this.#pending.push({ group, line });
    else this.#declared.add(group);
  }

  #badSection(line: Line): void {
    const isOpen = !line.text.includes(']');
    this.mistakes.error('bad-section', isOpen ? 'a section is not closed' : 'something stands behind a section', {
      place: this.#place(line),
      hint: isOpen ? `\`${line.text}]\`` : 'a comment begins with `#`',
    });
  }

  #hosts(line: Line): void {
    const { words, isOpen } = shellWords(line.text);
    const [first, ...pairs] = words;
    if (isOpen) this.#error(line, 'bad-value', 'a quote is not closed');
    if (!first) return;
    if (first.text.includes('=') && !first.text.startsWith('-')) {
      this.#error(line, 'bad-value', 'this line names no host');
      return;
    }
    const { name: pattern, port } = splitPort(first.text);
    const vars: [string, Source][] = port === undefined ? [] : [['ansible_port', port]];
    for (const pair of pairs) {
      const variable = this.#pair(pair.text, line.offset + pair.offset, line);
      if (variable) vars.push(variable);
    }
    for (const name of this.#names(pattern, line)) this.#host(name, vars, line);
  }

  #names(pattern: string, line: Line): readonly string[] {
    try {
      return expandHosts(pattern);
    } catch (error) {
      if (!(error instanceof RangeMistake)) throw error;
      this.#error(line, 'bad-range', error.message);
      return [];
    }
  }

  #host(name: string, vars: readonly (readonly [string, Source])[], line: Line): void {
    if (!checkHostName(name, () => this.#place(line), this.mistakes)) return;
    if (this.#seen.has(name)) warnTwice(name, this.tree.hosts.get(name)?.place, this.#place(line), this.mistakes);
    this.#seen.add(name);
    const host = this.tree.host(name, this.#section.group, () => this.#place(line));
    for (const [key, value] of vars) this.tree.setVar(host, key, value);
  }

  #variable(line: Line): void {
    const variable = this.#pair(line.text, line.offset, line);
    if (variable) this.tree.group(this.#section.group).vars[variable[0]] = variable[1];
  }

  #child(line: Line): void {
    const name = line.text.replace(/\s*#.*$/, '');
    if (!checkGroupName(name, () => this.#place(line), this.mistakes)) return;
    this.#pending.push({ group: name, line });
    const parent = this.tree.group(this.#section.group);
    this.tree.child(parent, this.tree.group(name, this.#place(line)), this.mistakes, this.#place(line));
  }

  #pair(text: string, offset: number, line: Line): [string, Source] | undefined {
    const equals = text.indexOf('=');
    if (equals < 0) {
      this.mistakes.error('bad-value', `expected \`name=value\`, found \`${text}\``, {
        place: this.text.place(offset, text.length),
      });
      return undefined;
    }
    const name = text.slice(0, equals).trim();
    if (!isName(name)) {
      this.mistakes.error('bad-name', `\`${name}\` cannot name a variable`, { place: this.#place(line), hint: NAMES });
      return undefined;
    }
    const value = text.slice(equals + 1).trim();
    // Behind an opening quote the value begins one further on; exact enough to point at it.
    const start = this.text.content.indexOf(value, offset + equals);
    return [name, this.#value(value, start < 0 ? offset + equals + 1 : start)];
  }

  #value(text: string, offset: number): Source {
    const value = literal(text);
    if (typeof value !== 'string' || !hasTemplate(value)) return value;
    const within = value === text ? offset : offset + 1;
    return this.mistakes.take(compileText(value, (o, length) => this.text.place(within + o, length))) ?? value;
  }

  #error(line: Line, code: string, message: string): void {
    this.mistakes.error(code, message, { place: this.#place(line) });
  }

  #place({ offset, text }: Line) {
    return this.text.place(offset, text.length);
  }
}

/** Lines that say something, trimmed. */
function* linesOf(content: string): Generator<Line> {
  let start = 0;
  while (start <= content.length) {
    const end = content.indexOf('\n', start);
    const raw = content.slice(start, end < 0 ? content.length : end);
    const text = raw.trim();
    if (text !== '' && text[0] !== '#' && text[0] !== ';')
      yield { text, offset: start + (raw.length - raw.trimStart().length) };
    if (end < 0) return;
    start = end + 1;
  }
}

/** Python's `shlex.split(line, comments=True)`: quotes vanish, `#` ends the line. */
function shellWords(line: string): { readonly words: readonly Line[]; readonly isOpen: boolean } {
  const words: Line[] = [];
  let text: string | undefined;
  let offset = 0;
  let quote = '';
  for (let i = 0; i < line.length; i++) {
    const char = line[i]!;
    if (quote !== '') {
      if (char === quote) quote = '';
      else if (char === '\\' && quote === '"' && /["\\]/.test(line[i + 1] ?? '')) text += line[++i]!;
      else text += char;
      continue;
    }
    if (/\s/.test(char) || char === '#') {
      if (text !== undefined) words.push({ text, offset });
      text = undefined;
      if (char === '#') break;
      continue;
    }
    if (text === undefined) [text, offset] = ['', i];
    if (char === '"' || char === "'") quote = char;
    else text += char === '\\' ? (line[++i] ?? '') : char;
  }
  if (text !== undefined) words.push({ text, offset });
  return { words, isOpen: quote !== '' };
}
