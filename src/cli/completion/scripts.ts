/** The shells there is a script for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** A shell there is a script for. */
export type Shell = (typeof SHELLS)[number];

/**
 * What a shell reads to complete `coalmine`. All of them ask the command itself, which answers a word a line with
 * its meaning after a tab; without an answer they offer files.
 */
export const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `# Completes coalmine in bash: source <(coalmine completion bash)
_coalmine() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    COMPREPLY+=("\${line%%$'\\t'*}")
  done < <(coalmine complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -o nosort -F _coalmine coalmine
`,
  zsh: `#compdef coalmine
# Completes coalmine in zsh: source <(coalmine completion zsh), after compinit
_coalmine() {
  local line
  local -a found
  while IFS= read -r line; do
    found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done < <(coalmine complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( \${#found} )); then
    _describe coalmine found
  else
    _files
  fi
}
compdef _coalmine coalmine
`,
  fish: `# Completes coalmine in fish: coalmine completion fish | source
function __coalmine_complete
    set -l before (commandline --tokenize --cut-at-cursor --current-process)
    set -l at (commandline --current-token --cut-at-cursor)
    coalmine complete -- $before[2..-1] "$at" 2>/dev/null
end
complete --command coalmine --arguments '(__coalmine_complete)'
`,
};
