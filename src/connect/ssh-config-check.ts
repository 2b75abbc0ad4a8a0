/** A line that ssh would refuse too, for a reason in words, at a column from 1. */
interface Fault {
  readonly why: string;
  readonly column: number;
}

const FLAG = /^(?:yes|no|true|false)$/i;
/** sshd_config(5), TIME FORMATS, which ssh_config takes too. */
const TIME = /^(?:none|(?:\d+[smhdw]?)+)$/i;
const CRITERIA = ['host', 'originalhost', 'user', 'localuser', 'exec', 'tagged', 'localnetwork', 'version', 'command'];
const ALONE = ['all', 'canonical', 'final'];

/** What the first value of each setting that is used here may be (ssh_config(5)). */
const VALUES: Readonly<Record<string, (value: string) => string | undefined>> = {
  port: value => (isPort(value) ? undefined : `bad port '${value}', it is a number from 1 to 65535`),
  connecttimeout: value => (TIME.test(value) ? undefined : `'${value}' is no time`),
  identitiesonly: value => (FLAG.test(value) ? undefined : `'${value}' is neither yes nor no`),
  stricthostkeychecking: value =>
    /^(?:yes|no|true|false|ask|off|accept-new)$/i.test(value)
      ? undefined
      : `'${value}' is not yes, no, ask, off or accept-new`,
};

/** Those that take one value. */
const SINGLE = new Set([...Object.keys(VALUES), 'hostname', 'user', 'hostkeyalias', 'identityfile']);

/**
 * Throws with file, line and column where a line says something that ssh refuses: a quote that is not closed, a keyword
 * without a value, a value that a setting of ours cannot have. Settings of which we know nothing are passed over.
 */
export function checkSshConfig(text: string, file: string): void {
  text.split('\n').forEach((line, i) => {
    const fault = faultOf(line.replace(/\r$/, ''));
    if (fault !== undefined) throw new Error(`ssh config ${file}:${i + 1}:${fault.column}: ${fault.why}`);
  });
}

function faultOf(line: string): Fault | undefined {
  const nul = line.indexOf('\0');
  if (nul >= 0) return { why: 'a NUL byte', column: nul + 1 };
  const [, space = '', keyword = '', gap = '', rest = ''] = /^(\s*)([^\s=#"]*)(\s*=?\s*)(.*)$/s.exec(line) ?? [];
  if (keyword === '') {
    return rest === '' || rest.startsWith('#')
      ? undefined
      : { why: 'a line begins with a keyword', column: space.length + 1 };
  }
  const column = space.length + keyword.length + gap.length + 1;
  const words = wordsOf(rest);
  if (words === undefined) return { why: 'a quote is not closed', column };
  const [first] = words;
  const name = keyword.toLowerCase();
  if (first === undefined) return { why: `no value behind ${keyword}`, column: space.length + 1 };
  const why =
    VALUES[name]?.(first) ??
    (SINGLE.has(name) && words.length > 1 ? `more than one value behind ${keyword}` : undefined) ??
    (name === 'match' ? badMatch(words) : undefined);
  return why === undefined ? undefined : { why, column };
}

function badMatch(words: readonly string[]): string | undefined {
  for (let i = 0; i < words.length; i++) {
    const [word = '', value] = words[i]!.split(/=(.*)/s);
    const criterion = word.replace(/^!/, '').toLowerCase();
    if (ALONE.includes(criterion)) continue;
    if (!CRITERIA.includes(criterion)) return `'${word}' is no criterion of Match`;
    if (value === undefined && words[++i] === undefined) return `no value behind ${word}`;
  }
  return undefined;
}

const isPort = (value: string): boolean => /^\d{1,5}$/.test(value) && Number(value) >= 1 && Number(value) <= 65_535;

/** The words of a line, without their quotes and a comment; nothing where a quote is not closed. */
function wordsOf(text: string): readonly string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (char === '\\' && /["'\\ ]/.test(text[i + 1] ?? '')) word = (word ?? '') + text[++i];
    else if (quote !== '') {
      if (char === quote) quote = '';
      else word += char;
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= '';
    } else if (/[ \t\f\v]/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (char === '#' && word === undefined) break;
    else word = (word ?? '') + char;
  }
  if (word !== undefined) words.push(word);
  return quote === '' ? words : undefined;
}
