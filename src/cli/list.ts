import { relative } from 'node:path';
import type { Play, Step, Task } from '../core/play.js';
import { isSelected } from '../core/tags.js';
import { type Source, Template } from '../core/value.js';
import type { Options } from '../engine/ports.js';
import type { Project } from '../project/load.js';
import type { Settings } from './settings.js';

/** --list-hosts, --list-tasks, --list-tags: what a run would take in, in Ansible's form. Dynamic includes are not looked into. */
export function listPlays(
  project: Project,
  options: Options,
  wish: Pick<Settings, 'listHosts' | 'listTasks' | 'listTags'>,
): string {
  const lines: string[] = [];
  let file: string | undefined;
  let number = 0;
  for (const play of project.plays) {
    if (play.file !== file) lines.push('', `playbook: ${shown(play.file)}`);
    file = play.file;
    const pattern = textOf(play.hosts);
    lines.push(
      '',
      `  play #${++number} (${pattern}): ${play.name === undefined ? pattern : textOf(play.name)}\tTAGS: [${tagsOf(play.keywords.tags).join(', ')}]`,
    );
    if (wish.listHosts) {
      const matched = project.loader.match(pattern, project.inventory);
      const hosts = matched.ok ? matched.value.filter(host => !options.limit || options.limit.has(host)) : [];
      lines.push(`    pattern: ['${pattern}']`, `    hosts (${hosts.length}):`, ...hosts.map(host => `      ${host}`));
    }
    const tasks = tasksOf(play).filter(task => isSelected(tagsOf(task.keywords.tags), options.tags, options.skipTags));
    if (wish.listTasks) {
      lines.push('    tasks:');
      for (const task of tasks) {
        const name = task.name === undefined ? task.module : textOf(task.name);
        lines.push(
          `      ${task.role ? `${task.role.name} : ` : ''}${name}\tTAGS: [${tagsOf(task.keywords.tags).join(', ')}]`,
        );
      }
    }
    if (wish.listTags)
      lines.push(
        `      TASK TAGS: [${[...new Set(tasks.flatMap(task => tagsOf(task.keywords.tags)))].sort().join(', ')}]`,
      );
  }
  return `${lines.join('\n')}\n`;
}

/** As one would type it. */
function shown(file: string): string {
  const path = relative(process.cwd(), file);
  return path.startsWith('..') ? file : path;
}

const textOf = (source: Source): string =>
  source instanceof Template
    ? source.text
    : Array.isArray(source)
      ? (source as readonly Source[]).map(textOf).join(',')
      : String(source);
const tagsOf = (sources: readonly Source[]): readonly string[] =>
  [
    ...new Set(
      sources.flatMap(source =>
        Array.isArray(source) ? (source as readonly Source[]).map(textOf) : textOf(source).split(','),
      ),
    ),
  ].sort();

const tasksOf = (play: Play): readonly Task[] => play.sections.flatMap(section => flatten(section.steps));
const flatten = (steps: readonly Step[]): readonly Task[] =>
  steps.flatMap(step =>
    step.kind === 'task' ? [step] : [...flatten(step.body), ...flatten(step.rescue), ...flatten(step.always)],
  );
