import type { Become } from '../core/connection.js';
import type { Failure } from '../core/outcome.js';
import { type Sh, sh } from '../core/sh.js';
import { notBecome, saying, unreachable } from './failures.js';
import { Lane } from './lane.js';
import { newMark } from './mark.js';
import { hello, UNFIT } from './script.js';
import { type Heard, hear, type ShellStreams } from './shell-streams.js';
import { describe, type Environment } from './transport.js';

export type Entered = { readonly ok: true; readonly lane: Lane } | { readonly ok: false; readonly failure: Failure };

interface Entry {
  readonly as: Become | undefined;
  readonly seconds: number;
  readonly environment: Environment;
}

/**
 * Makes a lane of a fresh shell of the login: as the login itself, or as another account. `seconds` bounds the whole,
 * slow rc files included; they were seen to take most of a minute.
 *
 * The other account is entered from inside the shell, not from the ssh command line: there every word would have to
 * survive whatever login shell the account has, here it is plain sh. Nothing but the password follows until a shell of
 * the other account has said hello, so that neither script nor payload can be taken for a password, nor the other way.
 */
export async function enter(streams: ShellStreams, { as, seconds, environment }: Entry): Promise<Entered> {
  const mark = newMark();
  if (as === undefined) {
    streams.write(sh`${hello(mark)}\n`.text);
    return hear(streams, seconds, heard => {
      const pid = greeting(heard, mark);
      if (pid !== undefined) return { ok: true, lane: new Lane(streams, pid, environment) };
      if (isUnfit(heard, mark)) return refuse(unfit);
      return heard.ending || heard.late ? { ok: false, failure: noShell(heard, seconds) } : undefined;
    });
  }
  const password = as.password?.reveal();
  if (password !== undefined && /[\n\0]/.test(password)) {
    return refuse(notBecome('broken', 'a password with a line break or NUL cannot be given to sudo or su'));
  }
  const inner = newMark();
  // Not the mark above: sudo quotes the whole command, that mark included, where it does not allow it.
  const prompt = newMark();
  streams.write(sh`${hello(mark)}\n${as.method === 'sudo' ? sudo(as, inner, prompt) : su(as, inner)}\n`.text);
  let sent = false;
  return hear<Entered>(streams, seconds, heard => {
    if (isUnfit(heard, mark) || isUnfit(heard, inner)) return refuse(unfit);
    const outer = greeting(heard, mark);
    if (outer === undefined) return heard.ending || heard.late ? refuse(noShell(heard, seconds)) : undefined;
    const pid = greeting(heard, inner);
    if (pid !== undefined) return { ok: true, lane: new Lane(streams, pid, environment) };
    const err = after(heard.err, mark);
    const asked = as.method === 'sudo' ? err.split(prompt).length - 1 : /passw\w*: ?$/i.test(err) && !sent ? 1 : 0;
    if (sent && asked > 1) return refuse(wrongPassword(as));
    if (asked > 0 && !sent) {
      if (password === undefined) return refuse(passwordNeeded(as));
      sent = true;
      streams.write(`${password}\n`);
      return undefined;
    }
    if (heard.ending === undefined && !heard.late) return undefined;
    return refuse(
      refusal(
        as,
        saying(
          err
            .replaceAll(prompt, '')
            .replaceAll(/\/bin\/sh -c .*exec \/bin\/sh(?: ringmaster [\da-f.: ]*)?/g, '/bin/sh'),
        ),
        sent,
        heard,
        seconds,
      ),
    );
  });
}

const refuse = (failure: Failure): Entered => ({ ok: false, failure });

/** The process id a shell said hello with, once both streams have it. */
function greeting({ out, err }: Heard, mark: string): number | undefined {
  const said = new RegExp(`\\n${mark} (\\d+)\\n`);
  const pid = said.exec(out)?.[1];
  return pid !== undefined && said.test(err) ? Number(pid) : undefined;
}

const isUnfit = ({ out }: Heard, mark: string): boolean => out.includes(`\n${mark} ${UNFIT}\n`);

const unfit: Failure = unreachable(
  'no-shell',
  'the printf of /bin/sh is a program, as it is in mksh and lksh: what is written by it would show in the process list',
  'let /bin/sh be dash, bash, busybox, ksh93, zsh or yash',
);

/** What was said behind a mark: what came before is the noise of rc files. */
const after = (text: string, mark: string): string => text.slice(text.indexOf('\n', text.indexOf(mark)) + 1);

/** What the shell that is to come does: it says hello, then becomes one that reads its script from stdin. */
const greet = (mark: string): Sh => sh`${hello(mark)}; exec /bin/sh`;

/**
 * With a password: `-k`, so that a cached ticket cannot make sudo skip the prompt we wait for and hand the password to
 * the shell as a command; `-p` with random text, so that no localised or configured prompt need be known. Without one:
 * `-n`, which never reads. C locale, so that its errors can be told apart (sudo(8)).
 *
 * sudo drops SSH_CONNECTION, by which a look finds the interface that carries us: it goes in as an argument, and is
 * called RM_SSH_CONNECTION there, so that nothing takes the shell for a login of sshd's. su keeps it.
 */
const sudo = ({ user, password }: Become, mark: string, prompt: string): Sh =>
  sh`exec env LC_ALL=C LANGUAGE=C sudo ${password ? ['-k', '-S', '-p', prompt] : ['-n']} -H -u ${user} -- /bin/sh -c ${
    sh`RM_SSH_CONNECTION=$1; export RM_SSH_CONNECTION; ${greet(mark)}`.text
  } ringmaster "$SSH_CONNECTION"`;

/**
 * su has no option for its prompt and none for stdin. The su of util-linux needs no terminal, though: its PAM
 * conversation reads one line from stdin, byte by byte, where that is not a terminal (misc_conv(3)), and prompts on
 * stderr. So no pty is needed, which would mangle whatever else travels. An su that insists on a terminal (shadow's)
 * says so and is reported as `tty`.
 */
const su = ({ user }: Become, mark: string): Sh =>
  sh`exec env LC_ALL=C LANGUAGE=C su -s /bin/sh -c ${greet(mark).text} -- ${user}`;

function noShell(heard: Heard, seconds: number): Failure {
  const said = saying(`${heard.out}\n${heard.err}`);
  if (heard.ending === undefined) {
    return unreachable(
      'no-shell',
      `/bin/sh did not start within ${seconds} s${said && `; the login said: ${said}`}`,
      'does an rc file of the login (~/.bashrc, ~/.profile) wait for something?',
    );
  }
  if (heard.ending.cut !== undefined) return { reason: 'lost', why: heard.ending.cut };
  return unreachable(
    'no-shell',
    `${describe(heard.ending)} before /bin/sh could start${said && `; it said: ${said}`}`,
    said === ''
      ? 'an rc file of the login (~/.bashrc, ~/.profile) may end the shell: guard it with `case $- in *i*)`'
      : 'the account needs a login shell that can run `exec /bin/sh`',
  );
}

const passwordNeeded = ({ method, user }: Become): Failure =>
  notBecome(
    'password-needed',
    `${method} wants a password to become ${user}`,
    method === 'sudo'
      ? 'give one with --ask-become-pass or ansible_become_password, or allow it without in sudoers (NOPASSWD)'
      : 'give one with --ask-become-pass or ansible_become_password',
  );

const wrongPassword = ({ method, user }: Become): Failure =>
  notBecome(
    'password-wrong',
    `${method} did not take the password to become ${user}`,
    'it was tried once and will not be tried again in this run, so that the account is not locked',
  );

const NOT_ALLOWED =
  /not in the sudoers file|not allowed to|may not run sudo|permission denied|account validation failure|account expired|not an? (?:super)?user in/i;
const NEEDED =
  /a (?:terminal|password) is required|password is required|interactive authentication is required|no password was provided/i;
const WRONG = /incorrect password|authentication failure|sorry, try again|authentication token manipulation/i;
const TTY = /must have a tty|no tty present|must be run from a terminal/i;

/** Why a become that ended without a shell was refused, from what the program said in the C locale. */
function refusal(as: Become, said: string, sent: boolean, heard: Heard, seconds: number): Failure {
  if (TTY.test(said)) {
    return notBecome(
      'tty',
      `${as.method} wants a terminal: ${said}`,
      as.method === 'sudo'
        ? 'no terminal is used, because it would alter what is sent. In sudoers: Defaults:LOGIN !requiretty'
        : 'use sudo instead of su',
    );
  }
  if (WRONG.test(said)) return sent ? wrongPassword(as) : passwordNeeded(as);
  if (NEEDED.test(said)) return passwordNeeded(as);
  if (NOT_ALLOWED.test(said)) return notBecome('not-allowed', `${as.method} refuses to become ${as.user}: ${said}`);
  if (heard.ending?.cut !== undefined) return { reason: 'lost', why: heard.ending.cut };
  const how = heard.ending === undefined ? `no answer within ${seconds} s` : describe(heard.ending);
  return notBecome('broken', `${as.method} did not start a shell as ${as.user} (${how})${said && `: ${said}`}`);
}
