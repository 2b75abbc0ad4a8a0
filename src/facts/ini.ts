/** Sections of an INI text as Python's configparser reads them, or why it would refuse. */
export type Ini =
  | { readonly ok: true; readonly sections: { readonly [section: string]: { readonly [option: string]: string } } }
  | { readonly ok: false; readonly why: string };

/**
 * Reads INI as Python's configparser does with its defaults: options in lower case, `=` or `:`, whole-line comments,
 * indented continuation lines, `%(name)s` interpolation, `[DEFAULT]` seen by all sections, duplicates refused.
 */
export function parseIni(text: string): Ini {
  const sections = new Map<string, Map<string, string>>();
  let section: Map<string, string> | undefined;
  let option: string | undefined;
  for (const line of text.split('\n')) {
    if (/^\s*([#;].*)?$/.test(line)) continue;
    if (/^\s/.test(line) && section && option !== undefined) {
      section.set(option, `${section.get(option)}\n${line.trim()}`);
      continue;
    }
    const header = /^\[([^\]]+)\]/.exec(line.trim());
    if (header) {
      const name = header[1]!;
      if (sections.has(name) && name !== 'DEFAULT') return { ok: false, why: `section ${name} stands twice` };
      section = sections.get(name) ?? new Map();
      sections.set(name, section);
      option = undefined;
      continue;
    }
    const pair = /^([^=:]*?)\s*[=:]\s*(.*?)\s*$/.exec(line);
    if (!section) return { ok: false, why: 'the first line is no [section]' };
    if (!pair?.[1]) return { ok: false, why: `not an option: ${line.slice(0, 80)}` };
    option = pair[1].trim().toLowerCase();
    if (section.has(option)) return { ok: false, why: `option ${option} stands twice` };
    section.set(option, pair[2]!);
  }
  return interpolated(sections);
}

function interpolated(sections: ReadonlyMap<string, ReadonlyMap<string, string>>): Ini {
  const defaults = sections.get('DEFAULT') ?? new Map<string, string>();
  const done: Record<string, Record<string, string>> = {};
  for (const [name, own] of sections) {
    if (name === 'DEFAULT') continue;
    const options = new Map([...defaults, ...own]);
    const section: Record<string, string> = {};
    for (const [option, raw] of options) {
      const value = fill(raw, options, 0);
      if (value === undefined) return { ok: false, why: `${name}.${option} has a % that stands for nothing` };
      section[option] = value;
    }
    done[name] = section;
  }
  return { ok: true, sections: done };
}

/** Python gives up at ten levels; so do we, and at any `%` that is neither `%%` nor `%(known)s`. */
function fill(raw: string, options: ReadonlyMap<string, string>, depth: number): string | undefined {
  if (depth > 10) return undefined;
  let isBroken = false;
  const text = raw.replace(/%(?:%|\(([^)]+)\)s|)/g, (whole, name: string | undefined) => {
    if (whole === '%%') return '%';
    const found = name === undefined ? undefined : options.get(name.toLowerCase());
    const filled = found === undefined ? undefined : fill(found, options, depth + 1);
    if (filled === undefined) isBroken = true;
    return filled ?? '';
  });
  return isBroken ? undefined : text;
}
