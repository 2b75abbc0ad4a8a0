import { didYouMean } from '../core/place.js';
import type { Mistakes } from './mistakes.js';
import type { ReachableTasks } from './reachable-tasks.js';
import type { Texts } from './texts.js';

const SPECIAL = ['all', 'tagged', 'untagged', 'always', 'never'];

/** Tags of the command line that no task has. They select nothing, or skip nothing, as in Ansible, but not in silence. */
export function checkTags(
  asked: { readonly tags: readonly string[]; readonly skipTags: readonly string[] },
  surveys: readonly ReachableTasks[],
  texts: Texts,
  mistakes: Mistakes,
): void {
  const sources = surveys.flatMap(({ seen }) => seen.flatMap(({ task }) => task.keywords.tags));
  const known = new Set(sources.filter(tag => typeof tag === 'string'));
  const isOpen = surveys.some(survey => survey.isOpen) || known.size < new Set(sources).size;
  if (isOpen) return;
  for (const [option, words] of [
    ['--tags', asked.tags],
    ['--skip-tags', asked.skipTags],
  ] as const) {
    const text = texts.given(option, words.join(','));
    let offset = 0;
    for (const word of words) {
      const place = text.place(offset, word.length);
      offset += word.length + 1;
      if (known.has(word) || SPECIAL.includes(word)) continue;
      mistakes.warn('unknown-tag', `no task has the tag \`${word}\``, {
        place,
        hint:
          didYouMean(word, [...known, ...SPECIAL]) ??
          (known.size > 0 ? `there are ${[...known].sort().join(', ')}` : undefined),
      });
    }
  }
}
