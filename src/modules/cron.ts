import * as z from 'zod';
import { blobOf } from '../core/blob.js';
import { blocked, type Change, type Plan } from '../core/change.js';
import { defineModule, type Ran } from '../core/module.js';
import { bool, choice, path, str } from '../core/params.js';
import { join, nothing, type Sh, sh } from '../core/sh.js';
import type { Vars } from '../core/value.js';
import { orNone, renamed } from './args.js';
import { writeFile } from './atomic.js';
import { crontab, fileOf, type Table, tableOf } from './cron/look.js';
import { linesOf, names, textOf, withJob, withoutJob, withoutVariable, withVariable } from './cron/table.js';
import { NAME } from './user/accounts.js';

/** A field of crontab(5). A blank or line break would make another line of it. */
const time = (what: string) =>
  str()
    .pipe(z.string().regex(/^[\w*,/-]+$/, 'is no field of crontab(5)'))
    .default('*')
    .describe(what);
const oneLine = () => str().pipe(z.string().regex(/^[^\n\r\0]*$/, 'must be one line'));

const shape = z
  .strictObject({
    name: oneLine()
      .pipe(z.string().min(1))
      .describe('What the job is called, in a comment before it; with `env`, the variable.'),
    state: choice('present', 'absent')
      .default('present')
      .describe('Whether it shall be there. Absent with `cron_file`: the whole file goes.'),
    job: str()
      .transform(text => text.replace(/^[\r\n]+|[\r\n]+$/g, ''))
      .pipe(z.string().regex(/^[^\n\r\0]*$/, 'must be one line'))
      .optional()
      .describe('The command; with `env`, the value.'),
    env: bool().default(false).describe('It is about a variable of the crontab, not a job.'),
    insertafter: orNone(oneLine()).describe('Put a new variable behind this one.'),
    insertbefore: orNone(oneLine()).describe('Put a new variable before this one.'),
    user: orNone(str().pipe(z.string().regex(NAME, 'is no login name'))).describe(
      'Whose crontab; with `cron_file`, who runs the job.',
    ),
    cron_file: orNone(path()).describe('A file in /etc/cron.d, or an absolute path, instead of a crontab.'),
    minute: time('0-59'),
    hour: time('0-23'),
    day: time('1-31'),
    month: time('1-12, or a name'),
    weekday: time('0-6 from Sunday, or a name'),
    special_time: choice('annually', 'daily', 'hourly', 'monthly', 'reboot', 'weekly', 'yearly')
      .optional()
      .describe('Instead of the five fields.'),
    disabled: bool().default(false).describe('Keep the job, but commented out.'),
    backup: bool().default(false).describe('Keep the crontab as it was, in /tmp.'),
  })
  .superRefine((given, { addIssue }) => {
    const issue = (name: string, message: string) => addIssue({ code: 'custom', path: [name], message });
    const {
      special_time,
      minute,
      hour,
      day,
      month,
      weekday,
      state,
      job,
      cron_file,
      user,
      env,
      insertafter,
      insertbefore,
    } = given;
    if (special_time !== undefined && [minute, hour, day, month, weekday].some(field => field !== '*'))
      issue('special_time', 'either `special_time` or the five fields');
    if (state === 'present' && job === undefined) issue('job', 'a job is needed');
    if (state === 'present' && cron_file !== undefined && user === undefined && !env)
      issue('user', 'a job in a `cron_file` needs a `user`');
    if ((insertafter !== undefined || insertbefore !== undefined) && !env) issue('insertafter', 'is for `env` only');
    if (insertafter !== undefined && insertbefore !== undefined) issue('insertafter', 'either this or `insertbefore`');
    if (env && !/^[A-Za-z_]\w*$/.test(given.name)) issue('name', 'cannot name a variable');
  });
type Args = z.infer<typeof shape>;

const fileName = ({ cron_file: file }: Args): string | undefined =>
  file === undefined || file.startsWith('/') ? file : `/etc/cron.d/${file}`;

/** The line of the job. */
function lineFor({ job = '', disabled, special_time, cron_file, user, ...given }: Args): string {
  const { minute, hour, day, month, weekday } = given;
  const when = special_time === undefined ? [minute, hour, day, month, weekday].join(' ') : `@${special_time}`;
  return `${disabled ? '#' : ''}${[when, ...(cron_file === undefined ? [] : [user]), job].join(' ')}`;
}

/** The crontab as it shall be; undefined if a variable has no place to stand. */
function wished(given: Args, lines: readonly string[]): readonly string[] | undefined {
  const { name, env, state, job = '', insertafter: after, insertbefore: before } = given;
  if (env)
    return state === 'present' ? withVariable(lines, name, job, { after, before }) : withoutVariable(lines, name);
  return state === 'present' ? withJob(lines, name, lineFor(given)) : withoutJob(lines, name);
}

/** Copies what is there to a file whose name it prints. */
const keep = (old: string, { backup }: Args): Sh =>
  backup
    ? sh`rm_kept=$(mktemp /tmp/crontabXXXXXX) && printf %s ${old} >"$rm_kept" && printf 'backup %s\n' "$rm_kept" || exit 1`
    : nothing;

function plan(given: Args, table: Table): Plan {
  const { name, state, env, user, insertafter, insertbefore } = given;
  const file = fileName(given);
  const old = table.kind === 'text' ? table.text : '';
  const what = `${env ? 'variable' : 'job'} ${name} in ${file ?? `the crontab${user === undefined ? '' : ` of ${user}`}`}`;
  if (file !== undefined && state === 'absent')
    return table.kind === 'none'
      ? []
      : [{ what: file, before: old, after: 'absent', apply: join([keep(old, given), sh`rm -f -- ${file}`], '\n') }];
  const lines = linesOf(old);
  const next = wished(given, lines);
  if (!next) return blocked(`there is no variable ${insertafter ?? insertbefore} to put ${name} beside`);
  const text = textOf(next);
  // A last line that is not ended is never run (crontab(5)).
  const ended = old === '' || old.endsWith('\n');
  if (table.kind !== 'unreadable' && ended && next.join('\n') === lines.join('\n')) return [];
  const change: Change = { what, before: old, after: text, ...writing(given, file, text, old) };
  return table.kind === 'unreadable' ? blocked(table.why, [change]) : [change];
}

function writing(
  given: Args,
  file: string | undefined,
  text: string,
  old: string,
): Pick<Change, 'apply' | 'needs' | 'flush'> {
  if (file === undefined)
    return { apply: join([keep(old, given), sh`printf %s ${text} | ${crontab(given.user, '-')}`], '\n') };
  // cron refuses files that others may write.
  const write = writeFile({ path: file, content: blobOf(text), attributes: { mode: 0o644 } });
  return { ...write, apply: join([keep(old, given), write.apply], '\n') };
}

function resultOf(given: Args, table: Table, ran: Ran): Vars {
  const old = linesOf(table.kind === 'text' ? table.text : '');
  const whole = given.cron_file !== undefined && given.state === 'absent' ? [] : (wished(given, old) ?? old);
  const said = ran.kind === 'done' ? ran.outputs.map(({ stdout }) => stdout).join('\n') : '';
  const backup = /^backup (.*)$/m.exec(said)?.[1];
  return {
    ...names(whole),
    state: given.state,
    ...(given.cron_file === undefined ? {} : { cron_file: fileName(given)! }),
    ...(backup === undefined ? {} : { backup_file: backup }),
  };
}

export default defineModule<Args, Table>({
  name: 'cron',
  summary: 'Keeps jobs and variables of crontabs.',
  example: '- cron: { name: rotate, special_time: daily, job: /usr/local/bin/rotate, cron_file: rotate, user: root }',
  args: renamed({ value: 'job', dom: 'day', dow: 'weekday' }, shape),
  probe: given => {
    const file = fileName(given);
    return file === undefined ? tableOf(given.user) : fileOf(file);
  },
  plan,
  result: resultOf,
});
