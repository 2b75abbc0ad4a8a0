import { meant } from './differences.js';
import { DUMP } from './dump.js';
import type { Entry, Observation, Step } from './observation.js';
import { type Data, type Fields, isFields, isList, type Project } from './project.js';
import { UNSET } from './vocabulary.js';

/** One thing that two walks of a project did not do alike. */
export interface Difference {
  /** What kind of difference: the same for the same wrong, wherever it turns up. */
  readonly kind: string;
  /** Host and task, file, or variable. */
  readonly where: string;
  readonly ours: string;
  readonly theirs: string;
}

export type Against = 'sequential' | 'ansible';

/** What two walks did not do alike, without what is meant (`differences.ts`). */
export function compare(
  project: Project,
  ours: Observation,
  theirs: Observation,
  against: Against,
): readonly Difference[] {
  const isMeant = (one: Difference): boolean => meant(one, { project, ours, theirs, against });
  const ended = compareEnds(ours, theirs);
  if (ended.length > 0 || ours.end === 'refused') return ended.filter(one => !isMeant(one));
  const found = [
    ...compareSecrets(ours),
    ...compareSteps(ours, theirs, against),
    ...compareFiles(ours.files, theirs.files),
    ...compareVariables(ours.files, theirs.files),
    ...(against === 'ansible' ? compareRescues(ours, theirs) : compareEvents(ours, theirs)),
  ];
  return found.filter(one => !isMeant(one));
}

/** A secret that was shown is wrong by itself, whatever the other walk did. */
const compareSecrets = ({ secrets = [] }: Observation): readonly Difference[] =>
  secrets.length === 0
    ? []
    : [{ kind: 'secret shown', where: 'the event stream', ours: secrets.join(', '), theirs: 'masked' }];

function compareEnds(ours: Observation, theirs: Observation): readonly Difference[] {
  if (ours.end === theirs.end) return [];
  // Whether hosts failed is seen in the steps; here it counts whether the walk took place.
  const isOdd = (end: Observation['end']): boolean => end === 'refused' || end === 'broken';
  if (!isOdd(ours.end) && !isOdd(theirs.end)) return [];
  const said = ours.end === 'refused' || ours.end === 'broken' ? ours.said : theirs.said;
  return [
    {
      kind: `end: ${ours.end} instead of ${theirs.end}: ${kindOf(said)}`,
      where: 'the run',
      ours: `${ours.end} ${ours.said}`,
      theirs: `${theirs.end} ${theirs.said}`,
    },
  ];
}

/** A message without places, numbers and names. */
const kindOf = (said: string): string =>
  (said.split('\n').find(line => /ERROR|error|:/.test(line)) ?? said)
    .replaceAll(/[\w./-]+:\d+(:\d+)?:?/g, '')
    .replaceAll(/\b(?:task|h|inc|r|t|l|d|n|f|c)\s?\d+\b/g, '_')
    .trim()
    .slice(0, 100);

/** What stands in our events for what went through a task under no_log. */
const MASK = '«secret»';

/** Whether two texts differ only where one of them is masked. */
export function differInMasksOnly(one: string, other: string): boolean {
  const covers = (masked: string, text: string): boolean => {
    const parts = masked.split(MASK).map(part => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    return parts.length > 1 && new RegExp(`^${parts.join('[^]*')}$`).test(text);
  };
  return covers(one, other) || covers(other, one);
}

/** Modules whose success Ansible does not tell as a result. */
const SILENT = /^(?:include|import)_(?:tasks|role)$|^include$|^meta$|^import_playbook$/;

const told = (seen: Observation, host: string): readonly Step[] =>
  seen.steps.filter(
    step =>
      step.host === host && !(SILENT.test(step.module) && step.outcome === 'ok') && step.task !== 'Gathering Facts',
  );

/** By host: the first step that differs, since those behind it often only follow. */
function compareSteps(ours: Observation, theirs: Observation, against: Against): readonly Difference[] {
  const hosts = [...new Set([...ours.steps, ...theirs.steps].map(step => step.host))].sort();
  return hosts.flatMap(host => {
    const [a, b] = [told(ours, host), told(theirs, host)];
    for (let at = 0; at < Math.max(a.length, b.length); at++) {
      const found = compareStep(a[at], b[at], against);
      if (found) return [{ ...found, where: `${host}, ${found.where}` }];
    }
    return [];
  });
}

function compareStep(ours: Step | undefined, theirs: Step | undefined, against: Against): Difference | undefined {
  const label = (step: Step | undefined): string =>
    step ? `${step.task}${step.item === undefined ? '' : ` (item ${step.item})`}: ${step.outcome}` : 'nothing more';
  const difference = (kind: string, a = label(ours), b = label(theirs)): Difference => ({
    kind,
    where: (ours ?? theirs)!.task,
    ours: `${a}${ours?.outcome === 'failed' ? ` ${said(ours)}` : ''}`,
    theirs: `${b}${theirs?.outcome === 'failed' ? ` ${said(theirs)}` : ''}`,
  });
  if (!ours) return difference(`step missing: ${theirs!.module}`);
  if (!theirs) return difference(`step too many: ${ours.module}`);
  if (ours.task !== theirs.task)
    return difference(`another step: ${ours.module} ${ours.outcome} instead of ${theirs.module} ${theirs.outcome}`);
  const isItem = (step: Step): boolean => step.item !== undefined;
  if (isItem(ours) !== isItem(theirs)) return difference('another number of items');
  if (listed(ours.item) !== listed(theirs.item) && !(ours.item?.includes(MASK) || 'censored' in theirs.result))
    return difference('another item');
  if (ours.outcome !== theirs.outcome)
    return difference(`outcome of ${ours.module}: ${ours.outcome} instead of ${theirs.outcome}`);
  const key = against === 'sequential' ? compareWhole(ours, theirs) : compareKeys(ours, theirs);
  if (key === undefined) return undefined;
  const of = (step: Step): string =>
    `${label(step)}, ${key} ${JSON.stringify(key === 'results' ? size(step) : step.result[key])}`;
  return difference(`result of ${ours.module}: ${key}`, of(ours), of(theirs));
}

/** Ansible passes the pairs of a lookup on as lists or as tuples, by the way they took. */
const listed = (item: string | undefined): string | undefined => item?.replaceAll('(', '[').replaceAll(')', ']');

const said = (step: Step): string => String(step.result.msg ?? '').slice(0, 300);
const size = (step: Step): number => (isList(step.result.results) ? step.result.results.length : 0);

/** The first key of the registered results that is not the same. */
function compareWhole(ours: Step, theirs: Step): string | undefined {
  const keys = new Set([...Object.keys(ours.result), ...Object.keys(theirs.result)]);
  return [...keys].find(key => JSON.stringify(ours.result[key]) !== JSON.stringify(theirs.result[key]));
}

/** The first of the main keys that both sides have, and that is not the same. */
function compareKeys(ours: Step, theirs: Step): string | undefined {
  if ('censored' in theirs.result || JSON.stringify(ours.result).includes(MASK)) return undefined;
  if (size(ours) !== size(theirs)) return 'results';
  const keys = [
    'rc',
    'stdout',
    ...(!/failed|ignored|unreachable/.test(ours.outcome) && ours.module === 'debug' ? ['msg'] : []),
    'attempts',
  ];
  return keys.find(
    key => key in ours.result && key in theirs.result && textOf(ours.result[key]) !== textOf(theirs.result[key]),
  );
}

/** A value as Ansible's classic templates know it: numbers and booleans are the texts that print them. */
export function textOf(value: Data | undefined): string {
  const classic = (one: Data): Data =>
    isList(one)
      ? one.map(classic)
      : isFields(one)
        ? Object.fromEntries(
            Object.entries(one)
              .sort(([a], [b]) => (a < b ? -1 : 1))
              .map(([key, inner]) => [key, classic(inner)]),
          )
        : one === true
          ? 'True'
          : one === false
            ? 'False'
            : String(one ?? '');
  return JSON.stringify(classic(value ?? null));
}

/** Whether only one side saw that a variable was set. */
const unsetIn = (ours: string, theirs: string): string => {
  const [a, b] = [ours.includes(UNSET), theirs.includes(UNSET)];
  return a === b ? '' : a ? ': unset instead of set' : ': set instead of unset';
};

const VARIABLES = `shared/${DUMP}`;

function compareFiles(ours: Observation['files'], theirs: Observation['files']): readonly Difference[] {
  const names = [...new Set([...ours.keys(), ...theirs.keys()])].sort().filter(name => name !== VARIABLES);
  return names.flatMap((name): Difference[] => {
    const [a, b] = [ours.get(name), theirs.get(name)];
    const difference = (kind: string, show: (entry: Entry) => string): Difference[] => [
      { kind, where: name, ours: a ? show(a) : 'not there', theirs: b ? show(b) : 'not there' },
    ];
    const whole = ({ kind, mode, content }: Entry): string => `${kind} ${mode} ${JSON.stringify(content)}`;
    if (!a) return difference('file missing', whole);
    if (!b) return difference('file too many', whole);
    if (a.kind !== b.kind) return difference('file of another kind', whole);
    if (a.content !== b.content)
      return difference(`content of a file${unsetIn(a.content, b.content)}`, entry => JSON.stringify(entry.content));
    return a.mode === b.mode ? [] : difference('mode of a file', entry => entry.mode);
  });
}

/** The values that the last play wrote, where both came that far. */
function compareVariables(ours: Observation['files'], theirs: Observation['files']): readonly Difference[] {
  const [a, b] = [ours.get(VARIABLES), theirs.get(VARIABLES)];
  if (!a || !b)
    return a || b
      ? [
          {
            kind: 'no variables',
            where: 'the last play',
            ours: a ? 'there' : 'not there',
            theirs: b ? 'there' : 'not there',
          },
        ]
      : [];
  const [ourLines, theirLines] = [a.content.split('\n'), b.content.split('\n')];
  return ourLines.flatMap((line, at): Difference[] => {
    const other = theirLines[at] ?? '';
    const [name, value] = cut(line);
    const theirValue = cut(other)[1];
    if (classicOf(value) === classicOf(theirValue)) return [];
    const sort = name.split('.').slice(1).join('.').replaceAll(/\d/g, '');
    return [{ kind: `variable ${sort}${unsetIn(value, theirValue)}`, where: name, ours: value, theirs: theirValue }];
  });
}

const cut = (line: string): readonly [string, string] => {
  const at = line.indexOf(' ');
  return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)];
};

function classicOf(json: string): string {
  try {
    return textOf(JSON.parse(json) as Data);
  } catch {
    return json;
  }
}

function compareRescues(ours: Observation, theirs: Observation): readonly Difference[] {
  return [...theirs.rescued].flatMap(([host, count]) => {
    const our = ours.rescued.get(host) ?? 0;
    return our === count ? [] : [{ kind: 'count of rescues', where: host, ours: String(our), theirs: String(count) }];
  });
}

function compareEvents(ours: Observation, theirs: Observation): readonly Difference[] {
  const [a, b] = [
    ours.events ?? new Map<string, readonly string[]>(),
    theirs.events ?? new Map<string, readonly string[]>(),
  ];
  return [...new Set([...a.keys(), ...b.keys()])].sort().flatMap(host => {
    const [left, right] = [a.get(host) ?? [], b.get(host) ?? []];
    const at = Array.from({ length: Math.max(left.length, right.length) }, (_, i) => i).find(i => left[i] !== right[i]);
    if (at === undefined) return [];
    const kinds = [left[at], right[at]].map(line => (line ? String((JSON.parse(line) as Fields).kind) : 'nothing'));
    return [
      {
        kind: `event ${kinds.join(' instead of ')}`,
        where: `${host}, event ${at}`,
        ours: left[at] ?? '',
        theirs: right[at] ?? '',
      },
    ];
  });
}
