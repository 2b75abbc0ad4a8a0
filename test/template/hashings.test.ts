import { describe, expect, test } from 'vitest';
import { type PasswordHashing, type Scope, Unknown, type Value } from '../../src/core/value.js';
import { compileText, locator } from '../../src/template/compile.js';
import { Hashings } from '../../src/template/hashings.js';
import { RoleFolder } from './folder.js';
import { scopeOf } from './scope.js';

/** Another place, where hashes are made when it is told to. */
class Elsewhere {
  readonly asked: PasswordHashing[] = [];
  readonly #finish: (() => void)[] = [];
  readonly hash = (hashing: PasswordHashing): Promise<string> => {
    this.asked.push(hashing);
    const number = this.asked.length;
    return new Promise(done => this.#finish.push(() => done(`hash ${number} of ${hashing.password}`)));
  };
  finish(): void {
    for (const finish of this.#finish.splice(0)) finish();
  }
}

function rig() {
  const elsewhere = new Elsewhere();
  const hashings = new Hashings(elsewhere.hash);
  using folder = new RoleFolder({
    'files/kept': 'secret salt=abc\n',
    'templates/t.j2': "{{ 'p' | password_hash(salt='s') }}",
  });
  const scope: Scope = { ...scopeOf({}, folder), hashPassword: hashings.ask };
  const render = (text: string): Value => {
    const compiled = compileText(text, locator(text, 'site.yml'));
    if (!compiled.ok) throw new Error(compiled.error[0]!.message);
    return compiled.value.render(scope);
  };
  const wait = async (value: Value) => {
    elsewhere.finish();
    for (const reason of (value as Unknown).because) await hashings.settled(reason);
  };
  return { elsewhere, hashings, render, wait };
}

describe('a hash of many rounds is made elsewhere', () => {
  test('once for one salt, and all get it', async () => {
    const { elsewhere, render, wait } = rig();
    const text = "{{ 'p' | password_hash('sha512', 's') }}";
    const first = render(text);
    expect(first).toEqual(new Unknown(['compute:1']));
    expect(render(text)).toEqual(first);
    await wait(first);
    expect([render(text), render(text)]).toEqual(['hash 1 of p', 'hash 1 of p']);
    expect(elsewhere.asked).toEqual([{ scheme: 'sha512', password: 'p', salt: 's', rounds: 656_000 }]);
  });

  test('a salt of its own for each use', async () => {
    const { elsewhere, render, wait } = rig();
    const text = "{{ 'p' | password_hash }} {{ 'p' | password_hash }}";
    const first = render(text);
    expect((first as Unknown).because).toHaveLength(2);
    await wait(first);
    expect(render(text)).toBe('hash 1 of p hash 2 of p');
    expect(elsewhere.asked).toHaveLength(2);
    expect(render(text)).toBeInstanceOf(Unknown);
  });

  test.each([
    "{{ lookup('password', '/dev/null seed=x encrypt=sha512_crypt') }}",
    "{{ ['a', 'b'] | map('password_hash', 'sha256', 's') | join(',') }}",
    "{% if 'p' | password_hash('sha512', 's') %}x{% endif %}",
  ])('%s waits for it', async text => {
    const { render, wait } = rig();
    const first = render(text);
    expect((first as Unknown).because.every(reason => reason.startsWith('compute:'))).toBe(true);
    await wait(first);
    expect(typeof render(text)).toBe('string');
  });

  test('what is another at each render is hashed at once after a few', async () => {
    const made: string[] = [];
    const hashings = new Hashings(
      async () => 'hash',
      ({ password }) => {
        made.push(password);
        return `hash of ${password}`;
      },
    );
    for (const password of ['a', 'b', 'c']) {
      const asked = hashings.ask({ scheme: 'sha512', password, rounds: 656_000 });
      await hashings.settled((asked as Unknown).because[0]!);
    }
    expect(hashings.ask({ scheme: 'sha512', password: 'd', rounds: 656_000 })).toBe('hash of d');
    expect(made).toEqual(['d']);
  });

  test('few rounds are computed at once', () => {
    const { elsewhere, render } = rig();
    expect(render("{{ 'p' | password_hash('sha512', 's', rounds=5000) }}")).toMatch(/^\$6\$rounds=5000\$s\$/);
    expect(elsewhere.asked).toEqual([]);
  });

  test('a failure reaches whoever waits', async () => {
    const hashings = new Hashings(() => Promise.reject(new Error('no thread')));
    const asked = hashings.ask({ scheme: 'sha512', password: 'p', rounds: 656_000 });
    await expect(hashings.settled((asked as Unknown).because[0]!)).rejects.toThrow('no thread');
    await hashings.settled('fact:a/os');
  });
});
