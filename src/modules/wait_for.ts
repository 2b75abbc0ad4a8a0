import * as z from 'zod';
import { blocked, type Plan } from '../core/change.js';
import { defineModule, type Ran } from '../core/module.js';
import { choice, int, path, str, strings } from '../core/params.js';
import { type Output, type Probe, probe } from '../core/probe.js';
import { type Sh, sh } from '../core/sh.js';
import { Unknown, type Vars } from '../core/value.js';
import { orNone } from './args.js';
import { patternOf, search } from './pattern.js';
import { connects, drained, greeting, isLocal, listens, STATES, toolLook } from './wait_for/sockets.js';

const args = z
  .strictObject({
    host: str()
      .pipe(
        z
          .string()
          .regex(/^[\w.:-]+$/, 'is no host')
          .regex(/^[^-]/),
      )
      .default('127.0.0.1')
      .describe('Name or address, as the target sees it.'),
    port: int().pipe(z.int().min(1).max(65_535)).optional().describe('The port to look at.'),
    path: orNone(path()).describe('The file to look at.'),
    state: choice('started', 'present', 'stopped', 'absent', 'drained')
      .default('started')
      .describe('`drained`: nobody is connected any more.'),
    search_regex: orNone(str()).describe(
      'Python regular expression that the file, or the greeting of the server, must match.',
    ),
    timeout: int().default(300).describe('Seconds to wait at most. Without port and path: to wait.'),
    delay: int().default(0).describe('Seconds before the first look.'),
    sleep: int().default(1).describe('Seconds between looks.'),
    connect_timeout: int().default(5).describe('Seconds for one try to connect.'),
    active_connection_states: strings()
      .refine(states => states.every(state => state in STATES), `are some of ${Object.keys(STATES).join(', ')}`)
      .default(Object.keys(STATES))
      .describe('Which connections count for `drained`.'),
    exclude_hosts: strings()
      .refine(hosts => hosts.every(host => /^\d+(?:\.\d+){3}$/.test(host)), 'are IPv4 addresses')
      .default([])
      .describe('Peers that do not count for `drained`: IPv4 addresses.'),
    msg: str().optional().describe('What to say when it took too long.'),
  })
  .superRefine(({ port, path: file, state, search_regex }, { addIssue }) => {
    const issue = (name: string, message: string) => addIssue({ code: 'custom', path: [name], message });
    if (port !== undefined && file !== undefined) issue('path', 'either `port` or `path`');
    if (state === 'drained' && port === undefined) issue('port', 'is needed for `drained`');
    if (state === 'stopped' && file !== undefined) issue('state', 'a path is `absent`, not `stopped`');
    if (search_regex === undefined) return;
    const pattern = patternOf(search_regex, { on: 'text', flags: 'm' });
    if (!pattern.ok) issue('search_regex', `not a Python regular expression: ${pattern.why}`);
    if (state !== 'started' && state !== 'present') issue('search_regex', 'is for what is there');
  });
type Args = z.infer<typeof args>;

interface State {
  readonly kind: 'reached' | 'waiting' | 'lacking';
  /** The line that matched, or why nothing can be asked. */
  readonly text: string;
}

/** A Python pattern in the words of a POSIX extended one, as far as those go: groups without names, classes spelled out. */
const extended = (regex: string): string =>
  regex
    .replace(/\(\?(?:P<\w+>|:)/g, '(')
    .replaceAll('\\d', '[0-9]')
    .replaceAll('\\w', '[[:alnum:]_]')
    .replaceAll('\\s', '[[:space:]]')
    .replaceAll('\\S', '[^[:space:]]');

/** Prints the first line that matches, after `match `. `grep -P` is the nearest to Python; busybox has only -E. */
const matching = (regex: string): Sh =>
  sh`{ if printf '\n' | grep -qP '' 2>/dev/null; then rm_line=$(grep -a -m1 -P -e ${regex}); else rm_line=$(grep -m1 -E -e ${extended(regex)}); fi && printf 'match %.4096s\n' "$rm_line"; }`;

const needsTool = ({ port, host, state, search_regex }: Args): boolean =>
  port !== undefined && state !== 'drained' && (!isLocal(host) || search_regex !== undefined);

/** Ends with 0 if it is as wished. After `toolLook`, where one is needed. */
function condition({ host, port, path: file, state, search_regex: regex, ...given }: Args): Sh {
  const isThere = state === 'started' || state === 'present';
  if (file !== undefined) {
    if (!isThere) return sh`! [ -e ${file} ]`;
    return regex === undefined ? sh`[ -e ${file} ]` : sh`[ -f ${file} ] && ${matching(regex)} <${file}`;
  }
  if (port === undefined) return sh`false`;
  const remote = { host, port, limit: given.connect_timeout };
  if (state === 'drained')
    return drained({ host, port, states: given.active_connection_states, except: given.exclude_hosts });
  const up = isLocal(host) ? listens(host, port) : connects(remote);
  if (!isThere) return sh`! { ${up}\n}`;
  return regex === undefined ? up : sh`{ ${up}\n} && { ${greeting(remote)}\n} | ${matching(regex)}`;
}

/** Looks once. */
function look(given: Args): Probe<State> {
  const script = sh`${needsTool(given) ? toolLook : sh`:`}
${condition(given)}`;
  const parse = ({ stdout, stderr, status }: Output): State => ({
    kind: status === 0 ? 'reached' : status === 97 ? 'lacking' : 'waiting',
    text: status === 97 ? stderr.trim() : (/^match (.*)$/m.exec(stdout)?.[1] ?? ''),
  });
  return { ...probe(script, parse), status: 'told' };
}

function lateness({ host, port, path: file, state, search_regex: regex, msg, timeout }: Args): string {
  if (msg !== undefined) return msg;
  const what = file === undefined ? `${host}:${port}` : `file ${file}`;
  const how =
    regex !== undefined
      ? `search string ${regex} in ${what}`
      : state === 'started' || state === 'present'
        ? what
        : `${what} to be ${state}`;
  return `Timeout when waiting for ${how} (${timeout} s)`;
}

/** Looks until it is as wished. Waiting changes nothing, however long it takes. */
const waiting = (given: Args): Sh => sh`${needsTool(given) ? toolLook : sh`:`}
rm_began=$(date +%s)
sleep ${given.delay}
until ${condition(given)}; do
  if [ "$(( $(date +%s) - rm_began ))" -ge ${given.timeout} ]; then
    printf 'elapsed %s\n' "$(( $(date +%s) - rm_began ))"
    printf '%s\n' ${lateness(given)} >&2
    exit 1
  fi
  sleep ${Math.max(1, given.sleep)}
done
printf 'elapsed %s\n' "$(( $(date +%s) - rm_began ))"`;

/** Without port and path it is but a pause. */
const isPause = ({ port, path: file }: Args): boolean => port === undefined && file === undefined;

function plan(given: Args, { kind, text }: State): Plan {
  if (kind === 'lacking') return blocked(text);
  if (isPause(given))
    return [
      {
        what: `pause of ${given.timeout} s`,
        before: null,
        after: null,
        apply: sh`sleep ${given.timeout}; printf 'elapsed %s\n' ${given.timeout}`,
      },
    ];
  // What is up before the delay may be about to go down: the delay is there for that.
  if (kind === 'reached' && given.delay === 0) return [];
  const what = given.path ?? `${given.host}:${given.port}`;
  return [{ what: `waiting for ${what}`, before: null, after: null, apply: waiting(given) }];
}

function resultOf(given: Args, state: State, ran: Ran): Vars {
  const output = ran.kind === 'done' ? ran.outputs[0]! : undefined;
  const elapsed = Number(/^elapsed (\d+)$/m.exec(output?.stdout ?? '')?.[1] ?? 0);
  const line = output === undefined ? state.text : (/^match (.*)$/m.exec(output.stdout)?.[1] ?? '');
  const pattern =
    given.search_regex === undefined ? undefined : patternOf(given.search_regex, { on: 'text', flags: 'm' });
  const match = pattern?.ok ? search(pattern.regex, line) : undefined;
  return {
    changed: false,
    state: given.state,
    port: given.port ?? null,
    path: given.path ?? null,
    search_regex: given.search_regex ?? null,
    elapsed: ran.kind === 'foreseen' ? new Unknown([]) : elapsed,
    match_groups: (match?.slice(1) ?? []).map(group => group ?? null),
    match_groupdict: Object.fromEntries(
      Object.entries(match?.groups ?? {}).map(([name, group]) => [name, group ?? null]),
    ),
    ...(output !== undefined && output.status !== 0 ? { msg: output.stderr.trim() } : {}),
  };
}

export default defineModule<Args, State>({
  name: 'wait_for',
  summary: 'Waits for a port, a file, or a while.',
  example: '- wait_for: { path: /etc/passwd, search_regex: "^root:", timeout: 5 }',
  args,
  probe: look,
  plan,
  result: resultOf,
});
