import { type Against, type Difference, differInMasksOnly } from './compare.js';
import type { Observation } from './observation.js';
import type { Project } from './project.js';

/** What a difference is judged by, beside itself. */
export interface Context {
  readonly project: Project;
  readonly ours: Observation;
  readonly theirs: Observation;
  readonly against: Against;
}

/** A way in which we mean to differ from Ansible. */
export interface Meant {
  readonly what: string;
  readonly ansible: string;
  readonly ringmaster: string;
  readonly reason: string;
  /** Whether a difference is of this kind. Absent: the walks are compared such that it does not show. */
  readonly is?: (difference: Difference, context: Context) => boolean;
}

/** All meant differences. `docs/differences.md` is printed from this list. */
export const MEANT: readonly Meant[] = [
  {
    what: 'Types of templates',
    ansible: 'A template gives text, and text that looks like a list, a dictionary or a boolean is read as one',
    ringmaster: 'A template that is one expression keeps the type of its value',
    reason: 'So it is in ansible-core from 2.19 on. Values are compared by the text that they print.',
  },
  {
    what: 'Commands under check mode',
    ansible: 'Skipped, and what is registered has no output',
    ringmaster: 'Told as a change, and what depends on its result as unsure',
    reason:
      'A skipped command makes all that reads its result fail or lie. Projects in check mode are compared between our own walks only.',
    is: (_difference, { project, against }) => against === 'ansible' && project.check,
  },
  {
    what: 'Facts',
    ansible: 'All are gathered at the start of a play, unless `gather_facts: false`',
    ringmaster:
      'Those that the play names are read before its first task, with the first look. Facts that only files name which the run finds (a dynamic include, `include_vars`) are read when something reads them',
    reason: 'Most plays read few facts or none. Generated projects do not gather facts.',
  },
  {
    what: 'no_log',
    ansible: 'Hides the result of the task; what later tasks show of its values is shown',
    ringmaster: 'Masks what went through the task by value, in every event from then on',
    reason: 'A secret is as secret in the next task. Values that are masked are not compared; files are.',
    // Under free nobody can tell which host's task comes first, and so what is masked already.
    is: ({ ours, theirs }, { project, against }) =>
      against === 'sequential' && says(project, /"strategy":"free"/) && differInMasksOnly(ours, theirs),
  },
  {
    what: 'any_errors_fatal with a rescue',
    ansible: 'In 2.14 the other hosts continue in the block',
    ringmaster: 'All hosts of the batch run the rescue, and then all go on',
    reason:
      'A failure that is fatal for all is rescued for all. Projects with both are compared between our own walks only.',
    is: (_difference, { project, against }) =>
      against === 'ansible' && says(project, /"any_errors_fatal"/) && says(project, /"rescue"/),
  },
  {
    what: 'A notification that no handler hears',
    ansible: 'Ends the run at once when it is made, on all hosts',
    ringmaster:
      'Fails the task that makes it, on its host. It is warned of when the project is read; a name that is nearly that of a handler is refused there',
    reason: 'Other hosts have done nothing wrong, and a slip is better found before the run.',
    is: (_difference, { theirs, against }) => against === 'ansible' && /The requested handler '/.test(theirs.said),
  },
  {
    what: 'A variable that is defined nowhere',
    ansible: 'Fails the task that reads it, when its turn comes',
    ringmaster: 'Where the task surely runs and fails, the project is refused before any host is touched',
    reason: 'Every mistake that can be seen before the run is told before it, and all at once.',
    is: (_difference, { ours, theirs, against }) =>
      against === 'ansible' &&
      ours.end === 'refused' &&
      theirs.end === 'failed' &&
      / is defined nowhere/.test(ours.said),
  },
  {
    what: 'A host lost at a `run_once` or `any_errors_fatal` task that is the last of a block with `always`',
    ansible: 'In 2.14 the run goes on, since Ansible looks at the next task of the host, which is in `always`',
    ringmaster: 'Ends the run, as it does after any other task',
    reason: 'Whether a failure is fatal should not depend on the next task.',
    is: (_difference, { project, theirs, against }) =>
      against === 'ansible' &&
      says(project, /"(?:run_once|any_errors_fatal)"/) &&
      says(project, /"always":/) &&
      theirs.steps.some(({ outcome, result }) => outcome === 'unreachable' || result.unreachable === true),
  },
  {
    what: 'Which uses of a role are the same',
    ansible: 'Params that are lists of the same members are the same, whatever their order; so are true, 1 and 1.0',
    ringmaster: 'These are other params, and the role runs again',
    reason: 'A role that is asked for with other params has not run. Generated params are texts.',
  },
  {
    what: '`dictionary[undefined] | default(…)`',
    ansible: 'In 2.14 fails where it is a dictionary, and is the default where it is a list or a text',
    ringmaster: 'The default',
    reason: 'What is not there is not there, whatever it is looked for in. Generated projects look in lists.',
  },
  {
    what: '`debug: var: "{{ … }}"`',
    ansible: 'Text that the template gives is looked up as a variable again',
    ringmaster: 'The value of the template is shown',
    reason: 'What a host said must never be evaluated. Generated projects name variables there.',
  },
  {
    what: 'A file in a vault',
    ansible: 'Decrypted with a vault password, else an error',
    ringmaster: 'An error; `decrypt: false` of copy and assemble brings it as it is',
    reason: 'Vaults are not served yet. Generated projects have none.',
  },
  {
    what: '`with_url`, `with_config`; the lookups `pipe`, `lines`, `url`, `config`',
    ansible: 'Open connections, run commands, tell settings of Ansible',
    ringmaster: 'Refused; `with_lines` and `with_pipe` are served',
    reason:
      'Rendering runs nothing and opens nothing, so that it may be done ahead and as often as need be; a loop is made once, at the turn of its task.',
  },
  {
    what: '`when` of `meta: noop`, `refresh_inventory` and `reset_connection`',
    ansible: 'Ignored, with a warning',
    ringmaster: 'Followed, as of any task',
    reason: 'A condition that is written is meant.',
    is: ({ kind }, { project, against }) =>
      against === 'ansible' &&
      /^another step: meta skipped/.test(kind) &&
      says(project, /noop|refresh_inventory|reset_conn/),
  },
  {
    what: '`retries` without `until`',
    ansible: 'In 2.14: not done again',
    ringmaster: 'Done again until it does not fail',
    reason: 'A task with `retries` is meant to be retried. Generated projects give `until` with it.',
  },
  {
    what: '`set_fact` of the texts yes, no, true and false',
    ansible: 'Sets a boolean, also where the text is in quotes or comes of a template',
    ringmaster: 'Sets the text. In `set_fact: x=yes` it is a boolean',
    reason: 'So it is with native types, which ansible-core has from 2.19 on. Generated texts are others.',
  },
  {
    what: '`hostvars` of a value that reads what only a play knows',
    ansible: 'In 2.14: the text of the template as it is written, which a second rendering may still fill in',
    ringmaster: 'The name is undefined',
    reason: 'Unrendered text would go into files. Generated projects read of other hosts what is known without a play.',
  },
];

/** Whether a keyword stands anywhere in a project. */
const says = (project: Project, words: RegExp): boolean => words.test(JSON.stringify(project));

/** Whether a difference is one we mean. */
export const meant = (difference: Difference, context: Context): boolean =>
  MEANT.some(one => one.is?.(difference, context) ?? false);

/** The page of the documentation. */
export const page = (): string => `# Where ringmaster differs from Ansible on purpose

This page is printed from \`test/differential/differences.ts\`: random projects are run by ringmaster and by ansible-core, and what
differs is a mistake unless it stands here.

| what | Ansible | ringmaster | why |
|---|---|---|---|
${MEANT.map(({ what, ansible, ringmaster, reason }) => `| ${what} | ${ansible} | ${ringmaster} | ${reason} |`).join('\n')}
`;
