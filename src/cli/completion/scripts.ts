/**
 * Completion scripts for shells. Each is static: completing starts no process.
 */
import { type CommandWords, groupsOf, type OptionWords } from './words.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;

export type Shell = (typeof SHELLS)[number];

export const SCRIPTS: Readonly<Record<Shell, (commands: readonly CommandWords[]) => string>> = { bash, zsh, fish };

/** In single quotes; one inside ends them, stands by itself, and begins them again. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

const spelled = ({ name, short }: OptionWords) => [`--${name}`, ...(short === undefined ? [] : [`-${short}`])];

/** Commands of one word that further words follow. */
function withSeconds(groups: ReturnType<typeof groupsOf>) {
  return [...groups].filter(([, words]) => words.length > 0);
}

/** Matches those in a `case` of bash and zsh. */
function twoWordPattern(groups: ReturnType<typeof groupsOf>): string {
  return withSeconds(groups)
    .map(([first]) => first)
    .join('|');
}

function bash(commands: readonly CommandWords[]): string {
  const groups = groupsOf(commands);
  const firsts = [...groups.keys(), 'help', '--help', '--version'];
  const seconds = withSeconds(groups).map(
    ([first, words]) => `      ${first}) COMPREPLY=($(compgen -W ${quoted(words.join(' '))} -- "$cur")); return;;`,
  );
  const cases = commands.map(({ words, options }) => {
    const name = words.join(' ');
    const values = options
      .filter(({ values }) => values !== undefined)
      .map(
        (option) =>
          `        ${spelled(option).join('|')}) COMPREPLY=($(compgen -W ${quoted((option.values ?? []).join(' '))} -- "$cur")); return;;`,
      );
    const taking = options.filter((option) => option.takesValue && option.values === undefined).flatMap(spelled);
    return [
      `    ${quoted(name)})`,
      `      case "$prev" in`,
      ...values,
      ...(taking.length === 0 ? [] : [`        ${taking.join('|')}) return;;`]),
      '      esac',
      `      if [[ "$cur" == -* ]]; then COMPREPLY=($(compgen -W ${quoted(options.flatMap(spelled).join(' '))} -- "$cur")); fi;;`,
    ].join('\n');
  });
  return `# hft-otel completion for bash: eval "$(hft-otel completion bash)"
_hft_otel() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" command="\${COMP_WORDS[1]}"
  COMPREPLY=()
  if (( COMP_CWORD == 1 )); then
    COMPREPLY=($(compgen -W ${quoted(firsts.join(' '))} -- "$cur"))
    return
  fi
  if (( COMP_CWORD == 2 )); then
    case "$command" in
${seconds.join('\n')}
    esac
  fi
  case "$command" in
    ${twoWordPattern(groups)}) command="$command \${COMP_WORDS[2]}";;
  esac
  case "$command" in
${cases.join('\n')}
  esac
}
complete -o default -F _hft_otel hft-otel
`;
}

function zsh(commands: readonly CommandWords[]): string {
  const groups = groupsOf(commands);
  const described = (words: readonly (readonly [word: string, about: string])[]) =>
    words.map(([word, about]) => quoted(`${word.replaceAll(':', '\\:')}:${about}`)).join(' ');
  const firsts = [...groups].map(
    ([first, words]) => [first, words.length > 0 ? words.join(', ') : summaryOf(commands, [first])] as const,
  );
  const seconds = withSeconds(groups).map(
    ([first, words]) =>
      `      ${first}) choices=(${described(words.map((word) => [word, summaryOf(commands, [first, word])]))}); _describe command choices; return;;`,
  );
  const cases = commands.map(({ words, options }) => {
    const values = options
      .filter(({ values }) => values !== undefined)
      .map((option) => `        ${spelled(option).join('|')}) compadd -- ${(option.values ?? []).join(' ')}; return;;`);
    return [
      `    ${quoted(words.join(' '))})`,
      '      case "$previous" in',
      ...values,
      '      esac',
      `      choices=(${described(options.flatMap((option) => spelled(option).map((word) => [word, option.help] as const)))});;`,
    ].join('\n');
  });
  return `#compdef hft-otel
# hft-otel completion for zsh: eval "$(hft-otel completion zsh)", behind compinit
_hft_otel() {
  local command="$words[2]" previous="$words[CURRENT-1]"
  local -a choices
  if (( CURRENT == 2 )); then
    choices=(${described(firsts)})
    _describe command choices
    return
  fi
  if (( CURRENT == 3 )); then
    case "$command" in
${seconds.join('\n')}
    esac
  fi
  case "$command" in
    ${twoWordPattern(groups)}) command="$command $words[3]";;
  esac
  case "$command" in
${cases.join('\n')}
  esac
  if [[ "$words[CURRENT]" == -* ]]; then _describe -o option choices; else _files; fi
}
compdef _hft_otel hft-otel
`;
}

function fish(commands: readonly CommandWords[]): string {
  const groups = groupsOf(commands);
  const firsts = [...groups].map(
    ([first, words]) =>
      `complete -c hft-otel -n __fish_use_subcommand -f -a ${first} -d ${fishQuoted(words.length > 0 ? words.join(', ') : summaryOf(commands, [first]))}`,
  );
  const seconds = [...groups].flatMap(([first, words]) =>
    words.map((word) => {
      const condition = `__fish_seen_subcommand_from ${first}; and not __fish_seen_subcommand_from ${words.join(' ')}`;
      return `complete -c hft-otel -n ${fishQuoted(condition)} -f -a ${word} -d ${fishQuoted(summaryOf(commands, [first, word]))}`;
    }),
  );
  const options = commands.flatMap(({ words, options: own }) => {
    const condition = words.map((word) => `__fish_seen_subcommand_from ${word}`).join('; and ');
    return own.map(({ name, short, help, takesValue, values }) =>
      [
        `complete -c hft-otel -n ${fishQuoted(condition)} -l ${name}`,
        short === undefined ? '' : `-s ${short}`,
        takesValue ? '-r' : '',
        values === undefined ? '' : `-f -a ${fishQuoted(values.join(' '))}`,
        `-d ${fishQuoted(help)}`,
      ]
        .filter((part) => part !== '')
        .join(' '),
    );
  });
  return ['# hft-otel completion for fish: hft-otel completion fish | source', ...firsts, ...seconds, ...options, ''].join('\n');
}

/** Inside of single quotes fish knows two escapes. */
function fishQuoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

function summaryOf(commands: readonly CommandWords[], wanted: readonly string[]): string {
  return commands.find(({ words }) => words.join(' ') === wanted.join(' '))?.summary ?? '';
}
