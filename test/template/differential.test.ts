import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { Float, RenderError, Tuple, type Value } from '../../src/core/value.js';
import { compileExpression, compileFile, locator } from '../../src/template/compile.js';
import { floatText } from '../../src/template/text.js';
import { CONTEXTS, Dice, Generator } from './generator.js';
import { scopeOf } from './scope.js';

const PYTHON = '/usr/bin/python3';
const SEED = Number(process.env.SEED ?? 20240607);
const EXPRESSIONS = 6000;
const TEXTS = 2000;
const WANTED = 0.995;

interface Question {
  readonly kind: 'expression' | 'text';
  readonly text: string;
  readonly context: number;
}
type Answer = { readonly value: unknown } | { readonly error: string };

function questions(): Question[] {
  const dice = new Dice(SEED);
  const generator = new Generator(dice);
  const context = () => Math.floor(dice.roll() * CONTEXTS.length);
  return [
    ...Array.from({ length: EXPRESSIONS }, () => ({
      kind: 'expression' as const,
      text: generator.expression(3),
      context: context(),
    })),
    ...Array.from({ length: TEXTS }, () => ({ kind: 'text' as const, text: generator.text(2), context: context() })),
  ];
}

/** Data as both sides write it. */
function marked(value: Value): unknown {
  if (value instanceof Float) return { float: floatText(value.value) };
  if (typeof value === 'bigint') return { int: String(value) };
  if (typeof value === 'number')
    return Number.isInteger(value) ? { int: String(BigInt(value)) } : { float: floatText(value) };
  if (value instanceof Tuple) return { tuple: Array.from(value as readonly Value[], marked) };
  if (Array.isArray(value)) return Array.from(value as readonly Value[], marked);
  if (typeof value === 'object' && value !== null)
    return { dict: Object.entries(value).map(([key, member]) => [key, marked(member as Value)]) };
  return value;
}

/** Variables as the Python side reads them. */
function written(value: Value): unknown {
  if (value instanceof Float) return { float: floatText(value.value) };
  if (value instanceof Tuple) return { tuple: Array.from(value as readonly Value[], written) };
  if (Array.isArray(value)) return Array.from(value as readonly Value[], written);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, written(member as Value)]));
  return value;
}

function ours({ kind, text, context }: Question): Answer {
  const compiled = kind === 'expression' ? compileExpression(text, locator(text, 'q')) : compileFile(text, 'q');
  if (!compiled.ok) return { error: compiled.error.map(one => one.message).join('; ') };
  try {
    const value = compiled.value.render(scopeOf(CONTEXTS[context]!));
    return { value: kind === 'expression' ? marked(value) : value };
  } catch (error) {
    expect(error, text).toBeInstanceOf(RenderError);
    return { error: (error as RenderError).message };
  }
}

const hasPython = existsSync(PYTHON) && spawnSync(PYTHON, ['-c', 'import jinja2']).status === 0;

test.runIf(hasPython || process.env.CI)('the same as Jinja makes of generated expressions and texts', () => {
  const asked = questions();
  const lines = asked.map(({ kind, text, context }) =>
    JSON.stringify({ kind, text, vars: written(CONTEXTS[context]! as Value) }),
  );
  const script = fileURLToPath(new URL('differential.py', import.meta.url));
  const run = spawnSync(PYTHON, ['-W', 'ignore', script], {
    input: lines.join('\n'),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  expect(run.stderr).toBe('');
  const theirs = run.stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Answer);
  expect(theirs).toHaveLength(asked.length);
  const misses = asked.flatMap((question, i) => {
    const [a, b] = [ours(question), theirs[i]!];
    const same = 'error' in a || 'error' in b ? 'error' in a && 'error' in b : JSON.stringify(a) === JSON.stringify(b);
    return same ? [] : [`${question.text}\n   ours   ${JSON.stringify(a)}\n   theirs ${JSON.stringify(b)}`];
  });
  const values = theirs.filter(answer => 'value' in answer).length;
  const share = 1 - misses.length / asked.length;
  console.log(
    `differential: ${asked.length} questions, ${values} with a value in Python, ${(share * 100).toFixed(2)} % alike (seed ${SEED})`,
  );
  if (process.env.MISSES) console.log(misses.join('\n'));
  expect(share, misses.slice(0, 40).join('\n')).toBeGreaterThanOrEqual(WANTED);
});

if (!hasPython)
  test.skip('nothing was compared with Jinja: /usr/bin/python3 with python3-jinja2 is not here', () => {});
