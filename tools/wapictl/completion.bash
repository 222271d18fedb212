# SPDX-License-Identifier: GPL-2.0
# bash completion for wapictl

_wapictl()
{
	local word=${COMP_WORDS[COMP_CWORD]}
	local commands='ps scratch info doctor help'

	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		mapfile -t COMPREPLY < <(compgen -W "$commands --version --help" -- "$word")
		return
	fi
	case ${COMP_WORDS[1]} in
	ps | scratch) mapfile -t COMPREPLY < <(compgen -W '--all --json --help' -- "$word") ;;
	info | doctor) mapfile -t COMPREPLY < <(compgen -W '--json --help' -- "$word") ;;
	help) mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$word") ;;
	esac
}
complete -F _wapictl wapictl
