import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { RenderError, type Vars } from '../../src/core/value.js';
import { compileExpression, compileText, locator } from '../../src/template/compile.js';
import { OMIT } from '../../src/template/omit.js';
import { FILE, flat, scopeOf } from './scope.js';

interface Case {
  readonly kind: 'expr' | 'tmpl' | 'err';
  readonly src: string;
  readonly tmpl?: boolean;
}
type Truth = { readonly ok: true; readonly v: unknown } | { readonly ok: false };

const read = <T>(name: string): T => JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'));
const { vars, cases } = read<{ vars: Vars; cases: Case[] }>('cases.json');
const truths = read<Truth[]>('truth.json');

/** Where this engine is meant to differ: Ansible 2.19 and we keep text text, 2.14 made a number of it. */
const OURS: Readonly<Record<string, unknown>> = { "num | string + '1'": '51' };

const names = { ...vars, omit: OMIT };

function outcome({ kind, src, tmpl }: Case): unknown {
  const compile = kind === 'tmpl' || tmpl ? compileText : compileExpression;
  const compiled = compile(src, locator(src, FILE));
  if (!compiled.ok) return compiled.error[0];
  const value = flat(compiled.value.render(scopeOf(names)));
  return value === OMIT ? '__omit__' : value;
}

describe('what Ansible makes of the same', () => {
  cases.forEach((one, i) => {
    const truth = truths[i]!;
    test(`${one.kind}: ${one.src}`, () => {
      if (truth.ok) {
        expect(outcome(one)).toEqual(OURS[one.src] ?? truth.v);
        return;
      }
      let error: unknown;
      try {
        error = outcome(one);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(RenderError);
        error = thrown;
      }
      const line = one.src.slice(0, one.src.indexOf('missing') + 1).split('\n').length;
      expect(error).toMatchObject({
        message: expect.stringMatching(/\w/),
        place: { file: FILE, line: expect.any(Number) },
      });
      if (one.src.includes('missing'))
        expect(error).toMatchObject({ message: "'missing' is undefined", place: { line }, undefinedName: 'missing' });
    });
  });
});
