import * as z from 'zod';
import { blocked, type Plan } from '../core/change.js';
import { defineModule, type Ran } from '../core/module.js';
import { int, path, str } from '../core/params.js';
import { type Output, probe } from '../core/probe.js';
import { type Sh, sh } from '../core/sh.js';
import { Unknown, type Value } from '../core/value.js';
import { word } from './looks/word.js';

/** A target or variable: no option of make. */
const plainWord = str().pipe(z.string().regex(/^[^-\s\0=][^\s\0=]*$/, 'a word that is no option'));

const schema = z
  .strictObject({
    chdir: path().describe('Directory to run it in.'),
    target: plainWord.nullish().describe('What to make; by default the first target of the makefile.'),
    targets: z.array(plainWord).optional().describe('Several targets, instead of `target`.'),
    params: z
      .record(plainWord, str().nullish())
      .nullish()
      .describe('Variables, `NAME: value`; without a value the name alone.'),
    file: path().optional().describe('The makefile, if it has another name.'),
    jobs: int().pipe(z.int().positive()).optional().describe('How many recipes at once.'),
    make: path().optional().describe('The make to use.'),
  })
  .refine(args => !(args.target && args.targets), {
    message: 'target and targets exclude each other',
    path: ['targets'],
  });
type Args = z.infer<typeof schema>;

interface State {
  readonly hasDirectory: boolean;
  readonly installed: boolean;
  /** Exit status of `make -q`: 0 up to date, 1 not, 2 a mistake, or recipes within recipes that are not up to date. */
  readonly status: number;
  readonly why: string;
}

function words(args: Args): readonly string[] {
  const params = Object.entries(args.params ?? {}).map(([name, value]) =>
    value === null || value === undefined ? name : `${name}=${value}`,
  );
  return [
    ...(args.file === undefined ? [] : ['-f', args.file]),
    ...(args.jobs === undefined ? [] : [`-j${args.jobs}`]),
    ...(args.target ? [args.target] : (args.targets ?? [])),
    ...params,
  ];
}

const program = ({ make }: Args): Sh => word(make ?? 'make');

/** `-q` runs no recipe but those that call make themselves; it may take as long as looking at all files does. */
const look = (args: Args): Sh => sh`cd ${word(args.chdir)} 2>/dev/null || exit 0
echo directory
command -v ${program(args)} >/dev/null || exit 0
echo installed
e=$(${program(args)} -q ${words(args)} 2>&1 >/dev/null); printf 'status %s\\n' $?
printf '%s\\n' "$e" | sed -n -e 's/^/why /' -e '$p'`;

function stateOf({ stdout }: Output): State {
  const lines = stdout.split('\n');
  const rest = (name: string) => lines.find(line => line.startsWith(`${name} `))?.slice(name.length + 1);
  return {
    hasDirectory: lines.includes('directory'),
    installed: lines.includes('installed'),
    status: Number(rest('status') ?? 2),
    why: rest('why') ?? '',
  };
}

function plan(args: Args, state: State): Plan {
  const change = {
    what: ['make', ...words(args)].join(' '),
    before: null,
    after: new Unknown([]),
    apply: sh`cd ${word(args.chdir)} && ${program(args)} ${words(args)}`,
  };
  if (!state.hasDirectory) return blocked(`the directory ${args.chdir} does not exist`, [change]);
  if (!state.installed) return blocked(`${args.make ?? 'make'} is not installed`, [change]);
  if (state.status === 0) return [];
  if (/No rule to make target|No targets(?: specified)?|No such file or directory|missing separator/.test(state.why))
    return blocked(state.why, [change]);
  return [change];
}

function result(args: Args, _state: State, ran: Ran): { readonly [name: string]: Value } {
  const output = ran.kind === 'done' ? ran.outputs.at(-1) : undefined;
  const unknown = ran.kind === 'foreseen' ? new Unknown([]) : '';
  return {
    chdir: args.chdir,
    command: [args.make ?? 'make', ...words(args)].join(' '),
    target: args.target ?? null,
    targets: args.targets ?? null,
    file: args.file ?? null,
    jobs: args.jobs ?? null,
    params: Object.fromEntries(
      Object.entries(args.params ?? {}).map(([name, value]) => [name, value == null ? null : String(value)]),
    ),
    stdout: output?.stdout.replace(/\n$/, '') ?? unknown,
    stderr: output?.stderr.replace(/\n$/, '') ?? unknown,
  };
}

/** Makes what is not up to date; whether it is, make itself is asked. */
export default defineModule<Args, State>({
  name: 'make',
  aliases: ['community.general.make'],
  summary: 'Runs make if a target is not up to date.',
  example: '- make: { chdir: /usr/src/example, target: all, jobs: 2 }',
  args: schema,
  probe: args => ({ ...probe(look(args), stateOf), dear: true }),
  plan,
  result,
});
