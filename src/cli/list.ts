import { relative } from 'node:path';
import type { Play, Step, Task } from '../core/play.js';
import { isSelected } from '../core/tags.js';
import { RenderError, type Scope, type Source, Template, Unknown, type Value } from '../core/value.js';
import type { Options } from '../engine/ports.js';
import type { Project } from '../project/load.js';
import { scopeOf, staticLayers } from '../project/static-scope.js';
import { withoutOmitted } from '../template/omit.js';
import { toText } from '../template/text.js';
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
      `  play #${++number} (${pattern}): ${play.name === undefined ? pattern : textOf(play.name)}\tTAGS: [${tagsOf(play.keywords.tags, scopeOf([project.extraVars, play.vars])).join(', ')}]`,
    );
    if (wish.listHosts) {
      const matched = project.loader.match(pattern, project.inventory);
      const hosts = matched.ok ? matched.value.filter(host => !options.limit || options.limit.has(host)) : [];
      lines.push(`    pattern: ['${pattern}']`, `    hosts (${hosts.length}):`, ...hosts.map(host => `      ${host}`));
    }
    const tagged = tasksOf(play).map(task => ({
      task,
      tags: tagsOf(task.keywords.tags, scopeOf(staticLayers(project.extraVars, { ...task, members: play }))),
    }));
    const tasks = tagged.filter(({ tags }) => isSelected(tags, options.tags, options.skipTags));
    if (wish.listTasks) {
      lines.push('    tasks:');
      for (const { task, tags } of tasks) {
        const name = task.name === undefined ? task.module : textOf(task.name);
        lines.push(`      ${task.role ? `${task.role.name} : ` : ''}${name}\tTAGS: [${tags.join(', ')}]`);
      }
    }
    if (wish.listTags)
      lines.push(`      TASK TAGS: [${[...new Set(tasks.flatMap(({ tags }) => tags))].sort().join(', ')}]`);
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
/** Tags in order, once each. A template that cannot be rendered before the run is shown as it is written. */
const tagsOf = (sources: readonly Source[], scope: Scope): readonly string[] =>
  [...new Set(sources.flatMap(source => tagsIn(source, scope)))].sort();

function tagsIn(source: Source, scope: Scope): readonly string[] {
  if (!(source instanceof Template)) return textOf(source).split(',');
  try {
    const value = withoutOmitted(source.render(scope)) ?? [];
    if (value instanceof Unknown) return [source.text];
    return (Array.isArray(value) ? (value as readonly Value[]) : [value]).flatMap(tag => toText(tag).split(','));
  } catch (error) {
    if (error instanceof RenderError) return [source.text];
    throw error;
  }
}

const tasksOf = (play: Play): readonly Task[] => play.sections.flatMap(section => flatten(section.steps));
const flatten = (steps: readonly Step[]): readonly Task[] =>
  steps.flatMap(step =>
    step.kind === 'task' ? [step] : [...flatten(step.body), ...flatten(step.rescue), ...flatten(step.always)],
  );
