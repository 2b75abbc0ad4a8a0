import type { Against, Difference } from './compare.js';
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
    ansible: 'Gathered at the start of a play, unless `gather_facts: false`',
    ringmaster: 'Asked when they are first read, whatever `gather_facts` says',
    reason: 'Most plays read few facts or none. Generated projects do not gather facts.',
  },
  {
    what: 'no_log',
    ansible: 'Hides the result of the task; what later tasks show of its values is shown',
    ringmaster: 'Masks what went through the task by value, in every event from then on',
    reason: 'A secret is as secret in the next task. Values that are masked are not compared; files are.',
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
    what: 'meta: refresh_inventory',
    ansible: 'Reads the inventory again',
    ringmaster: 'Fails, and says that it is not served',
    reason: 'Not served yet. Projects with it are compared between our own walks only.',
    is: (_difference, { project, against }) => against === 'ansible' && says(project, /refresh_inventory/),
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
