import * as z from 'zod';
import { blocked, isBlocked, type Plan } from '../core/change.js';
import { defineModule, type Ran } from '../core/module.js';
import { bool, choice, path, str } from '../core/params.js';
import { probe } from '../core/probe.js';
import { isShareable } from '../core/shared.js';
import type { Value } from '../core/value.js';
import { orNone, renamed } from './args.js';
import { attributeAliases, attributeShape, type Settled, settle } from './attributes.js';
import { attributeDiff } from './diff.js';
import { hardLook, hardPath, hardPlan, linkAfter, linkLook, linkPlan } from './file/link.js';
import { absentPlan, directoryPlan, filePlan, presentAfter, presentLook, touchPlan } from './file/present.js';
import { type Seen, seenOf } from './file/seen.js';
import { type FileWish, STATES } from './file/wish.js';
import { sharedGroup } from './looks/account.js';
import { tidy } from './looks/word.js';
import { infoAfter } from './put.js';

const FORMAT = '%Y%m%d%H%M.%S';
const time = (what: string) =>
  orNone(
    str().refine(text => /^(?:now|preserve|\d{12}\.\d{2})$/.test(text), 'now, preserve or YYYYMMDDhhmm.ss'),
  ).describe(`${what}: \`now\`, \`preserve\`, or as \`202601312359.59\` in the target's time zone.`);
const timeFormat = z
  .literal(FORMAT, { error: `only ${FORMAT} can be read` })
  .default(FORMAT)
  .describe(`Only \`${FORMAT}\`.`);

const schema = z
  .strictObject({
    path: path().describe('What is managed.'),
    state: choice(...STATES)
      .optional()
      .describe('What it shall be; left out, only attributes of what is there are set.'),
    src: orNone(path()).describe('What a link leads to.'),
    recurse: bool()
      .default(false)
      .describe('Set owner, group and mode of all below a directory, too; links below are not followed.'),
    force: bool().default(false).describe('Make a link though its source is missing, or instead of a file.'),
    follow: bool().default(true).describe('If the path is a link, work on what it leads to.'),
    access_time: time('When it was read'),
    access_time_format: timeFormat,
    modification_time: time('When it was written'),
    modification_time_format: timeFormat,
    ...attributeShape,
  })
  .superRefine((args, issues) => {
    const wrong = (message: string, at: string) => issues.addIssue({ code: 'custom', message, path: [at] });
    if (args.recurse && args.state !== undefined && args.state !== 'directory')
      wrong('recurse is for state: directory', 'recurse');
    if (args.src !== undefined && args.state !== 'link' && args.state !== 'hard')
      wrong('src is for state: link and state: hard', 'src');
    if (args.mode === 'preserve') wrong('there is no source whose mode could be preserved', 'mode');
    if (args.state === 'absent' && /^(?:\/|\.{1,2}|.*\/\.{1,2})$/s.test(tidy(args.path)))
      wrong('this would remove everything', 'path');
  });
type Args = z.infer<typeof schema>;

/** A state left out is what is there, or a directory if its contents are meant. */
const stateOf = (args: FileWish, seen: Seen): FileWish['state'] =>
  args.state ?? (args.recurse ? 'directory' : seen.status?.kind === 'directory' ? 'directory' : undefined);

function settled(args: FileWish, seen: Seen): Settled {
  const status = args.state === 'link' && args.follow ? seen.aim : seen.status;
  return settle(args, { ...seen, status }, stateOf(args, seen) === 'directory' ? 'directory' : 'file');
}

function plan(args: Args, seen: Seen): Plan {
  const state = stateOf(args, seen);
  const wishes = settled(args, seen);
  const steps = planOf(args, seen, state, wishes);
  if (isBlocked(steps) || state === 'absent' || wishes.missing.length === 0) return steps;
  return blocked(wishes.missing.join('; '), steps);
}

function planOf(args: Args, seen: Seen, state: FileWish['state'], wishes: Settled): Plan {
  if (state === 'absent') return absentPlan(args, seen);
  if (state === 'link') return linkPlan(args, seen, wishes);
  if (state === 'hard') return hardPlan(args, seen, wishes);
  if (state === 'directory') return directoryPlan(args, seen, wishes);
  return state === 'touch' ? touchPlan(args, seen, wishes) : filePlan(args, seen, wishes);
}

function result(args: Args, seen: Seen, ran: Ran): { readonly [name: string]: Value } {
  const state = stateOf(args, seen);
  if (state === 'absent')
    return { path: args.path, state, ...(ran.kind === 'nothing' ? {} : { diff: diffOf(args, seen) }) };
  const own = state === 'hard' ? hardPath(args, seen) : args.path;
  const info = infoAfter(ran, seen.status, settled(args, seen), {
    size: seen.status?.size ?? 0,
    mode: (state === 'directory' ? 0o777 : 0o666) & ~seen.umask,
  });
  return {
    [state === 'link' || state === 'hard' || state === 'touch' ? 'dest' : 'path']: own,
    ...(args.src === undefined ? {} : { src: args.src }),
    ...info,
    ...(state && state !== 'touch' ? { state } : {}),
    diff: diffOf(args, seen),
  };
}

/** Ansible's diff of a file task: what it was and what it becomes, by name. */
function diffOf(args: Args, seen: Seen): Value {
  const steps = plan(args, seen);
  return attributeDiff(args.path, isBlocked(steps) ? [] : steps);
}

/** Files, directories and links: that they are there, or not, and with what attributes; not what is in them. */
export default defineModule<Args, Seen>({
  name: 'file',
  summary: 'Makes, removes and links files and directories, and sets their attributes.',
  example: `- file:
    path: /srv/data
    state: directory
    mode: "0750"`,
  args: renamed({ ...attributeAliases, dest: 'path', name: 'path' }, schema),
  probe(args) {
    if (args.state === 'hard') return probe(hardLook(args), seenOf);
    const path = tidy(args.path);
    const look = probe(args.state === 'link' ? linkLook(args) : presentLook(args), seenOf);
    const after = args.state === 'link' ? linkAfter(args) : presentAfter(args);
    return { ...look, after, shares: [...(isShareable(path) ? [{ path }] : []), ...sharedGroup(args.group)] };
  },
  plan,
  result,
});
