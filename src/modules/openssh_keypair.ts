import * as z from 'zod';
import { blocked, type Change, type Plan } from '../core/change.js';
import { defineModule, type Ran } from '../core/module.js';
import { bool, choice, int, path, str } from '../core/params.js';
import { probe } from '../core/probe.js';
import { join, sh } from '../core/sh.js';
import { Unknown, type Value } from '../core/value.js';
import { renamed, secret } from './args.js';
import { attributeAliases, attributeChanges, attributeShape, attributesLook, settle } from './attributes.js';
import { statusLook } from './looks/status.js';
import { parentOf, tidy, word } from './looks/word.js';
import { changeComment, generate, type PairWish, remove, writePublic } from './openssh_keypair/changes.js';
import { type Pair, pairLook, pairOf } from './openssh_keypair/sight.js';
import { obstacle } from './put.js';
import { type AuthorizedKey, authorizedKeyOf, lineOf } from './ssh/authorized.js';
import { bitsOf, fingerprint, sameKey } from './ssh/keys.js';

const SIZES = { rsa: 4096, dsa: 1024, ecdsa: 256, ed25519: 256 } as const;

const schema = renamed(
  attributeAliases,
  z
    .strictObject({
      path: path().describe('The private key; the public one is beside it, with `.pub`.'),
      state: choice('present', 'absent').default('present').describe('Whether the pair is there.'),
      type: choice('rsa', 'dsa', 'ecdsa', 'ed25519').default('rsa').describe('Algorithm.'),
      size: int().pipe(z.int().positive()).optional().describe('Bits; by default 4096 for rsa, 256 for ecdsa.'),
      comment: str()
        .refine(text => !/[\n\r]/.test(text), 'one line')
        .optional()
        .describe('Comment of the key; by default `user@host` of where it is made.'),
      passphrase: secret().optional().describe('Protects the private key. Goes by no command line.'),
      private_key_format: choice('auto', 'ssh', 'pem', 'pkcs1', 'pkcs8')
        .default('auto')
        .describe('How the private key is written.'),
      backend: choice('auto', 'opensshbin', 'cryptography').default('auto').describe('Always ssh-keygen.'),
      force: bool().default(false).describe('Make a new pair in any case.'),
      regenerate: choice('never', 'fail', 'partial_idempotence', 'full_idempotence', 'always')
        .optional()
        .describe('When an existing key may be replaced. Not given: never; one that does not fit is a failure.'),
      ...attributeShape,
    })
    .refine(({ type, size }) => type !== 'ecdsa' || size === undefined || [256, 384, 521].includes(size), {
      message: 'an ecdsa key has 256, 384 or 521 bits',
      path: ['size'],
    })
    .refine(({ type, size }) => type !== 'rsa' || size === undefined || (size >= 1024 && size <= 16_384), {
      message: 'an rsa key has 1024 to 16384 bits',
      path: ['size'],
    }),
);
type Args = z.infer<typeof schema>;

const wishOf = (args: Args): PairWish => ({
  path: tidy(args.path),
  type: args.type,
  size: args.type === 'ed25519' || args.type === 'dsa' ? SIZES[args.type] : (args.size ?? SIZES[args.type]),
  comment: args.comment,
  passphrase: args.passphrase,
  format: { auto: 'ssh', ssh: 'ssh', pem: 'pem', pkcs1: 'pem', pkcs8: 'pkcs8' }[
    args.private_key_format
  ] as PairWish['format'],
});
const typeIn = (key: { readonly type: string }): string =>
  key.type.startsWith('ecdsa-') ? 'ecdsa' : key.type === 'ssh-dss' ? 'dsa' : key.type.replace('ssh-', '');

/** Why the key found is not the one wished for, and whether it can be read at all. */
function misfit(args: Args, pair: Pair): { readonly why: string; readonly readable: boolean } | undefined {
  const { size, type } = wishOf(args);
  const key = pair.derived;
  if (pair.lock === 'locked' || !key)
    return { why: `${args.path} cannot be read: it is no key, or protected by another passphrase`, readable: false };
  if (args.passphrase !== undefined && pair.lock === 'open')
    return { why: `${args.path} is not protected by a passphrase`, readable: false };
  const bits = bitsOf(key);
  if (typeIn(key) !== type) return { why: `${args.path} is of type ${typeIn(key)}, not ${type}`, readable: true };
  if (bits !== undefined && bits !== size) return { why: `${args.path} has ${bits} bits, not ${size}`, readable: true };
  return undefined;
}

/** What is to be done with a key that does not fit. */
function verdict(args: Args, readable: boolean): 'regenerate' | 'fail' | 'keep' {
  if (args.regenerate === 'full_idempotence') return 'regenerate';
  if (args.regenerate === 'partial_idempotence') return readable ? 'regenerate' : 'fail';
  return args.regenerate === 'never' && readable ? 'keep' : 'fail';
}

function plan(args: Args, pair: Pair): Plan {
  const wish = wishOf(args);
  if (args.state === 'absent') return pair.status || pair.hasPublic ? [remove(wish, pair)] : [];
  const why = obstacle(args.path, { ...pair, unreadable: false });
  if (why !== undefined) return blocked(why);
  const settled = settle(args, pair, 'file');
  const fresh = generate(wish, { ...settled, mode: settled.mode ?? 0o600 }, pair);
  const lacking = [
    ...(pair.installed ? [] : ['ssh-keygen is not installed (package openssh-client)']),
    ...(pair.gone === 'no-parent' ? [`the directory ${parentOf(wish.path)} does not exist`] : []),
    ...settled.missing,
  ];
  const unless = (changes: readonly Change[]): Plan =>
    lacking.length > 0 && changes.length > 0 ? blocked(lacking.join('; '), changes) : changes;
  if (!pair.status || args.force || args.regenerate === 'always') return unless([fresh]);
  if (!pair.installed) return blocked(lacking.join('; '));
  const wrong = misfit(args, pair);
  const what = wrong ? verdict(args, wrong.readable) : 'keep';
  if (what === 'fail') return blocked(`${wrong!.why}; it is not replaced unless regenerate or force says so`);
  if (what === 'regenerate') return unless([fresh]);
  const isFitting = pair.public !== undefined && sameKey(pair.public, pair.derived!);
  return unless([
    ...(isFitting ? [] : [writePublic(wish, { owner: settled.owner, group: settled.group }, pair)]),
    ...(wish.comment !== undefined && isFitting && pair.public!.comment !== wish.comment
      ? [changeComment(wish, pair)]
      : []),
    ...attributeChanges(settled, pair.status, word(wish.path)),
  ]);
}

/** The public half as it is now: as the act said, or as it was seen, with the comment it gets. */
function keyAfter(args: Args, pair: Pair, ran: Ran): AuthorizedKey | undefined {
  const said =
    ran.kind === 'done' ? /^public (.*)$/m.exec(ran.outputs.map(({ stdout }) => stdout).join('\n'))?.[1] : undefined;
  if (said !== undefined) return authorizedKeyOf(said);
  const steps = plan(args, pair);
  const isNew = 'blocked' in steps || steps.some(change => change.after instanceof Unknown);
  if (isNew || !pair.derived) return undefined;
  return { ...pair.derived, options: '', comment: args.comment ?? pair.public?.comment ?? '' };
}

function result(args: Args, pair: Pair, ran: Ran): { readonly [name: string]: Value } {
  const base = { filename: tidy(args.path), type: args.type, size: wishOf(args).size };
  if (args.state === 'absent') return base;
  const key = keyAfter(args, pair, ran);
  const unknown = new Unknown([]);
  if (!key) return { ...base, public_key: unknown, fingerprint: unknown, comment: args.comment ?? unknown };
  return {
    ...base,
    size: bitsOf(key) ?? base.size,
    type: typeIn(key),
    public_key: lineOf(key),
    fingerprint: fingerprint(key),
    comment: key.comment,
  };
}

/**
 * A key pair for ssh. A key that is there is kept: to replace it would lock its owner out wherever the old one is known,
 * so that takes `force` or `regenerate`. Ansible's default regenerates a key of another type or size; here it is a failure.
 */
export default defineModule<Args, Pair>({
  name: 'openssh_keypair',
  aliases: ['community.crypto.openssh_keypair'],
  summary: 'Makes a key pair for ssh.',
  example: '- openssh_keypair: { path: /tmp/id_ed25519, type: ed25519, comment: manager }',
  args: schema,
  probe: args =>
    probe(
      join([sh`p=${word(tidy(args.path))}`, statusLook, attributesLook(args), pairLook(args.passphrase)], '\n'),
      pairOf,
    ),
  plan,
  result,
  secrets: ['passphrase'],
});
