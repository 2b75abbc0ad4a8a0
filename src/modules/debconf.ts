import * as z from 'zod';
import { blocked, type Plan } from '../core/change.js';
import { defineModule } from '../core/module.js';
import { bool, choice, str } from '../core/params.js';
import { lacking, probe } from '../core/probe.js';
import { Secret } from '../core/secret.js';
import { sh } from '../core/sh.js';
import { renamed } from './args.js';

const word = () => str().pipe(z.string().regex(/^[^\s-][^\s]*$/, 'must be one word'));
const shape = z
  .strictObject({
    name: word().describe('The package.'),
    question: word().optional().describe('Its question; without it nothing is set.'),
    vtype: choice('boolean', 'error', 'multiselect', 'note', 'password', 'seen', 'select', 'string', 'text', 'title')
      .optional()
      .describe('Kind of the question.'),
    value: z
      .preprocess(
        value => (typeof value === 'boolean' ? String(value) : Array.isArray(value) ? value.join(', ') : value),
        str(),
      )
      .optional()
      .describe('The answer.'),
    unseen: bool().default(false).describe('Let the question be asked all the same.'),
  })
  .superRefine(({ question, vtype, value }, { addIssue }) => {
    if (question !== undefined && (vtype === undefined || value === undefined))
      addIssue({ code: 'custom', message: 'a question needs `vtype` and `value`' });
    if (value !== undefined && /[\n\r]/.test(value))
      addIssue({ code: 'custom', path: ['value'], message: 'must be one line' });
  });
type Args = z.infer<typeof shape>;

interface State {
  readonly answers: ReadonlyMap<string, string>;
  /** Of a password: it is as wished. It is compared on the target. */
  readonly isSame: boolean;
  readonly hasTool: boolean;
}

/** debconf keeps booleans as words; Ansible takes any spelling of YAML for them. */
const wished = ({ vtype, value = '' }: Args): string =>
  vtype !== 'boolean'
    ? value
    : /^(?:true|yes|on|1)$/i.test(value)
      ? 'true'
      : /^(?:false|no|off|0)$/i.test(value)
        ? 'false'
        : value;

function plan(given: Args, { answers, isSame, hasTool }: State): Plan {
  const { name, question, vtype, unseen } = given;
  if (question === undefined || vtype === undefined) return hasTool ? [] : blocked('there is no debconf on the target');
  const isSecret = vtype === 'password';
  const value = wished(given);
  const have = answers.get(question);
  if (hasTool && (isSecret ? isSame : have === value)) return [];
  const line = new Secret(`${name} ${question} ${vtype} ${value}`);
  const change = {
    what: `${name}: ${question}`,
    before: isSecret ? 'another' : (have ?? 'not answered'),
    after: isSecret ? 'as given' : value,
    apply: sh`printf '%s\n' ${isSecret ? line : line.reveal()} | debconf-set-selections ${unseen ? ['-u'] : []}`,
  };
  return hasTool ? [change] : blocked('there is no debconf on the target (package debconf)', [change]);
}

export default defineModule<Args, State>({
  name: 'debconf',
  summary: 'Answers the questions of packages beforehand.',
  example: '- debconf: { name: tzdata, question: tzdata/Areas, vtype: select, value: Etc }',
  args: renamed({ pkg: 'name', selection: 'question', setting: 'question', answer: 'value' }, shape),
  probe: given => {
    const { name, question = '', vtype } = given;
    // debconf-show leaves passwords out; they are in a file of their own, which only root reads.
    const secret =
      vtype === 'password'
        ? sh`rm_in=; while IFS= read -r rm_line; do case $rm_line in
'Name: '*) rm_in=\${rm_line#Name: } ;;
'Value: '*) [ "$rm_in" = ${question} ] && [ "\${rm_line#Value: }" = ${new Secret(wished(given))} ] && echo same ;;
esac; done </var/cache/debconf/passwords.dat`
        : sh`:`;
    return probe(
      sh`command -v debconf-show >/dev/null && command -v debconf-set-selections >/dev/null || { echo none; exit 0; }
rm_said=$(debconf-show ${name} 2>/dev/null && echo .)
rm_more=$(printf '%s\n' "\${rm_said%??}" | sort && echo .)
case $rm_said in .) ;; *'
.') [ \${#rm_more} = \${#rm_said} ] || ${lacking('sort')}; printf '%s\n' "\${rm_more%??}" ;; *) ${lacking('debconf-show')} ;; esac
${secret}
:`,
      ({ stdout }) => ({
        answers: new Map(
          [...stdout.matchAll(/^[* ] (\S*):(?: (.*))?$/gm)]
            .map(([, asked, answer = '']): [string, string] => [asked!, answer])
            .sort(([a], [b]) => (a < b ? -1 : 1)),
        ),
        isSame: /^same$/m.test(stdout),
        hasTool: !/^none$/m.test(stdout),
      }),
    );
  },
  plan,
  result: (_, { answers }) => ({ current: Object.fromEntries(answers) }),
});
