import type { CommandTable, Flag } from './flag-table.ts';

/** Writes the completion script of each shell. Names and words are ours: letters, digits, dashes and commas, nothing a shell would read. */
export const shells: Readonly<Record<string, (commands: readonly CommandTable[]) => string>> = { bash, zsh, fish };

function bash(commands: readonly CommandTable[]): string {
  const values = commands.flatMap(({ name, flags }) =>
    flags.filter(({ words }) => words.length > 0).map((flag) => `    '${name} --${flag.name}') words='${flag.words.join(' ')}' ;;`),
  );
  const flags = commands.map((command) => `      '${command.name}') words='${longNames(command).join(' ')}' ;;`);
  return `_sallyport() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words=''
  case "\${COMP_WORDS[1]} \${COMP_WORDS[COMP_CWORD-1]}" in
${values.join('\n')}
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then
    words='${commands.map(({ name }) => name).join(' ')}'
  elif [ -z "$words" ] && [[ "$current" == -* ]]; then
    case "\${COMP_WORDS[1]}" in
${flags.join('\n')}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _sallyport sallyport
`;
}

function zsh(commands: readonly CommandTable[]): string {
  const cases = commands.map(({ name, flags }) => `    ${name}) _arguments ${flags.map(zshSpec).join(' ')} '*:file:_files' ;;`);
  return `#compdef sallyport
_sallyport() {
  local -a commands
  commands=(${commands.map(({ name, title }) => `'${name}:${quoted(title)}'`).join(' ')})
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  shift words
  (( CURRENT-- ))
  case $words[1] in
${cases.join('\n')}
  esac
}
compdef _sallyport sallyport
`;
}

const zshSpec = ({ name, value, words }: Flag): string => {
  if (value === null) return `'*--${name}'`;
  return `'*--${name}:value:${words.length > 0 ? `(${words.join(' ')})` : '_files'}'`;
};

function fish(commands: readonly CommandTable[]): string {
  const lines = commands.flatMap(({ name, title, flags }) => [
    `complete -c sallyport -n __fish_use_subcommand -f -a ${name} -d '${quoted(title)}'`,
    ...flags.map((flag) => `complete -c sallyport -n '__fish_seen_subcommand_from ${name}' -l ${flag.name}${fishValue(flag)}`),
  ]);
  return `${lines.join('\n')}\n`;
}

function fishValue({ value, words }: Flag): string {
  if (value === null) return '';
  return words.length > 0 ? ` -x -a '${words.join(' ')}'` : ' -r';
}

const longNames = ({ flags }: CommandTable): string[] => flags.map(({ name }) => `--${name}`);
const quoted = (text: string): string => text.replaceAll(/['":\\]/g, '');
