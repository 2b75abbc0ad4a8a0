import { posix } from 'node:path';
import * as z from 'zod';
import { blobOf } from '../core/blob.js';
import type { Plan } from '../core/change.js';
import { defineModule, type Given, type Ran } from '../core/module.js';
import { bool, content, mode, path, str } from '../core/params.js';
import type { Probe } from '../core/probe.js';
import type { Value } from '../core/value.js';
import { renamed } from './args.js';
import { attributeAliases, attributeShape, type Wish } from './attributes.js';
import { type Remote, remotePlan, remoteProbe, remoteResult } from './copy/remote.js';
import { type Tree, type TreePlacing, treePlan, treeProbe, treeResult } from './copy/tree.js';
import { pythonJson } from './json.js';
import { octal } from './looks/status.js';
import { type Place, type Placing, putPlan, putProbe, putResult } from './put.js';
import { validateParam } from './validate.js';

/** Text; a dictionary or list that a template gave is JSON, as with Ansible. */
const fileContent = z.preprocess(
  value => (typeof value === 'object' && value !== null && !('reveal' in value) ? pythonJson(value) : value),
  content(),
);

const schema = z
  .strictObject({
    src: path()
      .optional()
      .describe('File or directory, searched in `files/`; of a directory with a slash at its end, what is in it.'),
    content: fileContent.optional().describe('What the file shall hold, instead of `src`.'),
    dest: path().describe('Where it shall be on the target; with a slash at its end, a directory.'),
    ...attributeShape,
    mode: z
      .union([mode(), z.literal('')])
      .nullish()
      .describe('Permissions, as `"0644"` or `u=rw,g=r`; `preserve` takes those of the source.'),
    directory_mode: z
      .union([mode(), z.literal('')])
      .nullish()
      .describe('Permissions of directories that are newly made.'),
    backup: bool().default(false).describe('Keep the old file beside the new one, with the date in its name.'),
    force: bool().default(true).describe('If false, a file that is there already is left as it is.'),
    remote_src: bool().default(false).describe('`src` is on the target.'),
    follow: bool().default(false).describe('If the path is a link, write what it leads to.'),
    local_follow: bool()
      .optional()
      .describe('Copy what links in the source lead to; for a source on the controller always so.'),
    checksum: str().optional().describe('SHA-1 that the source must have.'),
    decrypt: bool()
      .default(true)
      .describe(
        'Whether a source in a vault is decrypted, which cannot be done here yet and fails; if false, it is copied as it is.',
      ),
    validate: validateParam,
  })
  .superRefine((args, issues) => {
    const wrong = (message: string, at: string) => issues.addIssue({ code: 'custom', message, path: [at] });
    if ((args.src === undefined) === (args.content === undefined)) wrong('give one of src and content', 'dest');
    if (args.content !== undefined && args.dest.endsWith('/'))
      wrong('content makes a file, but dest is a directory', 'dest');
    if (args.remote_src && args.content !== undefined) wrong('remote_src needs src', 'remote_src');
    if (args.local_follow === false && !args.remote_src)
      wrong('links in a source on the controller are always followed', 'local_follow');
    if (args.mode === 'preserve' && args.content !== undefined)
      wrong('there is no source whose mode could be preserved', 'mode');
  });
type Args = z.infer<typeof schema>;

type State =
  | { readonly kind: 'file'; readonly place: Place }
  | { readonly kind: 'tree'; readonly tree: Tree }
  | { readonly kind: 'remote'; readonly remote: Remote };

/** What is to be copied: one file, or a tree of them. */
type Job =
  | { readonly kind: 'file'; readonly placing: Placing }
  | { readonly kind: 'tree'; readonly placing: TreePlacing };

function jobOf(args: Args, { found }: Given): Job {
  const common = {
    backup: args.backup ? ('keep' as const) : undefined,
    when: args.force ? ('always' as const) : ('absent' as const),
    link: args.follow ? ('through' as const) : ('replace' as const),
    validate: args.validate,
    fallback: args.unsafe_writes ? ('in-place' as const) : undefined,
  };
  if (args.content !== undefined)
    return { kind: 'file', placing: { ...common, path: args.dest, blob: blobOf(args.content), wish: args } };
  const [source] = found;
  if (!source) throw new Error('copy was not given its source');
  const name = posix.basename(args.src!);
  if (source.kind === 'tree') {
    const root = args.src!.endsWith('/') ? args.dest : posix.join(args.dest, name);
    return { kind: 'tree', placing: { ...common, root, source, wish: args, directoryMode: args.directory_mode } };
  }
  const wish: Wish = { ...args, mode: args.mode === 'preserve' ? octal(source.mode) : args.mode };
  const where = args.dest.endsWith('/')
    ? { path: args.dest + name, parents: 'make' as const }
    : { path: args.dest, name };
  return { kind: 'file', placing: { ...common, ...where, blob: source.blob, wish, checksum: args.checksum } };
}

/**
 * Files and directories as they are. Parameters and results are those of Ansible's copy module. A link at the
 * destination is replaced by the file, as there; nothing is ever written through it unless `follow` says so.
 */
export default defineModule<Args, State>({
  name: 'copy',
  summary: 'Copies a file, a directory or a text to the target.',
  example: `- copy:
    content: "Welcome\\n"
    dest: /etc/motd
    mode: "0644"`,
  args: renamed(attributeAliases, schema),
  needs: args =>
    args.src === undefined || args.remote_src ? [] : [{ kind: 'file', path: args.src, decrypt: args.decrypt }],
  probe(args, given): Probe<State> {
    if (args.remote_src) return map(remoteProbe(args), remote => ({ kind: 'remote', remote }));
    const job = jobOf(args, given);
    return job.kind === 'file'
      ? map(putProbe(job.placing), place => ({ kind: 'file', place }))
      : map(treeProbe(job.placing), tree => ({ kind: 'tree', tree }));
  },
  plan(args, state, given): Plan {
    if (state.kind === 'remote') return remotePlan(args, state.remote);
    const job = jobOf(args, given);
    if (state.kind === 'tree' && job.kind === 'tree') return treePlan(job.placing, state.tree);
    if (state.kind === 'file' && job.kind === 'file') return putPlan(job.placing, state.place);
    throw new Error('looked at another source than was planned from');
  },
  result(args, state, ran, given): { readonly [name: string]: Value } {
    if (state.kind === 'remote') return remoteResult(args, state.remote, ran);
    return { src: sourceOf(args, given), ...resultOf(jobOf(args, given), state, ran, given.isDiffed) };
  },
});

const map = <S, T>({ parse, ...rest }: Probe<S>, to: (state: S) => T): Probe<T> => ({
  ...rest,
  parse: output => to(parse(output)),
});

const sourceOf = (args: Args, { found }: Given): Value => found[0]?.path ?? args.src ?? null;

function resultOf(job: Job, state: State, ran: Ran, isDiffed: boolean | undefined) {
  if (state.kind === 'tree' && job.kind === 'tree') return treeResult(job.placing, state.tree, ran);
  if (state.kind === 'file' && job.kind === 'file') return putResult(job.placing, state.place, ran, isDiffed);
  throw new Error('looked at another source than was planned from');
}
