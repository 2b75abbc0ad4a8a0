/** What a text allows: PyYAML's analysis, on which its choice of quotes rests. */
export interface Analysis {
  readonly multiline: boolean;
  readonly flowPlain: boolean;
  readonly blockPlain: boolean;
  readonly single: boolean;
}

const BREAK = /[\n\x85\u2028\u2029]/;
const GAP = /[\0 \t\r\n\x85\u2028\u2029]/;
/** Letters that only double quotes can hold. */
const SPECIAL = /[^\n\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]/;

/** PyYAML's analyze_scalar. */
export function analyze(text: string): Analysis {
  if (text === '') return { multiline: false, flowPlain: false, blockPlain: true, single: true };
  const multiline = BREAK.test(text);
  const { flow, block } = indicators(text);
  const edges = /^[ \n\x85\u2028\u2029]|[ \n\x85\u2028\u2029]$/.test(text);
  const spaceAfterBreak = /[\n\x85\u2028\u2029] /.test(text);
  const special = / [\n\x85\u2028\u2029]/.test(text) || SPECIAL.test(text);
  const plain = !multiline && !edges && !spaceAfterBreak && !special;
  return {
    multiline,
    flowPlain: plain && !flow,
    blockPlain: plain && !block,
    single: !spaceAfterBreak && !special,
  };
}

/** Whether there are marks in it that mean something in a flow, or in a block. */
function indicators(text: string): { flow: boolean; block: boolean } {
  let [flow, block] = text.startsWith('---') || text.startsWith('...') ? [true, true] : [false, false];
  for (let i = 0; i < text.length; i++) {
    const letter = text[i]!;
    const before = i === 0 || GAP.test(text[i - 1]!);
    const after = i + 1 >= text.length || GAP.test(text[i + 1]!);
    if (i === 0) {
      if ('#,[]{}&*!|>\'"%@`'.includes(letter) || (letter === '-' && after)) flow = block = true;
      if (letter === '?' || letter === ':') {
        flow = true;
        block ||= after;
      }
      continue;
    }
    if (',?[]{}'.includes(letter)) flow = true;
    if (letter === ':') {
      flow = true;
      block ||= after;
    }
    if (letter === '#' && before) flow = block = true;
  }
  return { flow, block };
}

/** Plain words that YAML 1.1 takes for something else than text. */
const OTHER_THAN_TEXT: readonly RegExp[] = [
  /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/,
  /^(?:[-+]?(?:[0-9][0-9_]*)\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/,
  /^(?:[-+]?0b[0-1_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$/,
  /^(?:<<|=|~|null|Null|NULL|)$/,
  /^(?:[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::[0-9]{2})?))?)$/,
];

export const readsAsText = (word: string): boolean => !OTHER_THAN_TEXT.some(pattern => pattern.test(word));

const ESCAPES: Readonly<Record<string, string>> = {
  '\0': '0',
  '\x07': 'a',
  '\x08': 'b',
  '\t': 't',
  '\n': 'n',
  '\v': 'v',
  '\f': 'f',
  '\r': 'r',
  '\x1b': 'e',
  '"': '"',
  '\\': '\\',
  '\x85': 'N',
  '\xa0': '_',
  '\u2028': 'L',
  '\u2029': 'P',
};

/** The escape of a letter in double quotes; undefined for one that stands for itself. */
export function escapeOf(letter: string): string | undefined {
  if (/^[\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]$/.test(letter) && !'"\\\u2028\u2029'.includes(letter))
    return undefined;
  if (ESCAPES[letter] !== undefined) return `\\${ESCAPES[letter]}`;
  const code = letter.codePointAt(0)!;
  const hex = code.toString(16).toUpperCase();
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}
