import { isVars, RenderError, Unknown, type Value, type Vars } from '../../../core/value.js';
import { toText } from '../../../template/text.js';
import { type Directive, done, failing } from './directive.js';

/** validate_argument_spec: checks the variables a role was given against its meta/argument_specs. */
export const validateArgumentSpec: Directive = ({ piece, node }) => {
  const given = piece.args.provided_arguments;
  const spec = optionsOf(piece.args.argument_spec);
  const role = node.task.role?.name ?? '';
  const wrong: string[] = [];
  for (const [name, option] of Object.entries(spec)) {
    const value = isVars(given as Value) ? (given as Vars)[name] : valueNamed(piece.scope, name);
    check(name, value, isVars(option) ? option : {}, wrong);
  }
  return wrong.length === 0
    ? done({ msg: 'The arg spec validation passed' })
    : failing({ reason: 'condition', why: `role ${role}: ${wrong.join('; ')}` }, { argument_errors: wrong });
};

/** A variable that is named but cannot be rendered is the mistake of whoever wrote it: the message goes on up. */
function valueNamed(scope: { get(name: string): Value | undefined }, name: string): Value | undefined {
  try {
    return scope.get(name);
  } catch (error) {
    if (error instanceof RenderError && error.undefinedName !== undefined) return undefined;
    throw error;
  }
}

const optionsOf = (value: Value | undefined): Vars => {
  if (!isVars(value as Value)) return {};
  const spec = value as Vars;
  return isVars(spec.options as Value) && !isOption(spec.options as Vars) ? (spec.options as Vars) : spec;
};
const isOption = (value: Vars): boolean => typeof value.type === 'string';

function check(name: string, value: Value | undefined, option: Vars, wrong: string[]): void {
  if (value instanceof Unknown) return;
  if (value === undefined || value === null) {
    if (option.required === true) wrong.push(`\`${name}\` is required`);
    return;
  }
  const type = toText(option.type ?? 'str');
  if (!fits(value, type)) {
    wrong.push(`\`${name}\` must be ${ARTICLES[type] ?? type}, not ${JSON.stringify(toText(value)).slice(0, 60)}`);
    return;
  }
  const choices = option.choices;
  if (Array.isArray(choices)) {
    const allowed = (choices as readonly Value[]).map(toText);
    const found = Array.isArray(value) ? (value as readonly Value[]) : [value];
    for (const one of found)
      if (!allowed.includes(toText(one)))
        wrong.push(`\`${name}\` must be one of ${allowed.join(', ')}, not ${toText(one)}`);
  }
  const members = isVars(option.options as Value) ? (option.options as Vars) : undefined;
  if (Array.isArray(value)) {
    const element = option.elements === undefined ? undefined : toText(option.elements);
    for (const [i, one] of (value as readonly Value[]).entries()) {
      if (element !== undefined && !fits(one, element))
        wrong.push(`\`${name}[${i}]\` must be ${ARTICLES[element] ?? element}`);
      else if (members && isVars(one)) checkMembers(`${name}[${i}]`, one, members, wrong);
    }
  } else if (members && isVars(value)) checkMembers(name, value, members, wrong);
}

function checkMembers(name: string, value: Vars, members: Vars, wrong: string[]): void {
  for (const [member, option] of Object.entries(members))
    check(`${name}.${member}`, value[member], isVars(option) ? option : {}, wrong);
  for (const member of Object.keys(value))
    if (!Object.hasOwn(members, member)) wrong.push(`\`${name}\` has no member \`${member}\``);
}

const ARTICLES: Readonly<Record<string, string>> = {
  str: 'text',
  int: 'a whole number',
  float: 'a number',
  bool: 'a boolean',
  list: 'a list',
  dict: 'a dictionary',
  path: 'a path',
};

/** Ansible casts as it checks: what can be read as the type is of the type. */
function fits(value: Value, type: string): boolean {
  switch (type) {
    case 'int':
      return /^[+-]?\d+$/.test(toText(value).trim());
    case 'float':
      return toText(value).trim() !== '' && !Number.isNaN(Number(toText(value)));
    case 'bool':
      return typeof value === 'boolean' || /^(?:y|yes|on|1|true|t|n|no|off|0|false|f)$/i.test(toText(value));
    case 'list':
      return Array.isArray(value) || typeof value === 'string' || typeof value === 'number';
    case 'dict':
      return isVars(value);
    case 'str':
    case 'path':
    case 'raw':
      return true;
    default:
      return true;
  }
}
