# SPDX-License-Identifier: GPL-2.0
# bash completion for wapictl

# The second word of "event" and "sem", and what goes with it.
_wapictl_verb()
{
	local timeout='--timeout --conflict-exit-code' words

	if [ "$COMP_CWORD" -eq 2 ]; then
		case $1 in
		event) words='create set reset pulse wait --help' ;;
		sem) words='create acquire release --help' ;;
		esac
	else
		case "$1 ${COMP_WORDS[2]}" in
		'event create') words='--manual --set --exclusive --help --' ;;
		'event wait') words="$timeout --help" ;;
		'sem create') words='--count --maximum --exclusive --help --' ;;
		'sem acquire') words="--maximum $timeout --help --" ;;
		'sem release') words='--count --help' ;;
		*) words='--help' ;;
		esac
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$2")
}

_wapictl()
{
	local word=${COMP_WORDS[COMP_CWORD]}
	local commands='ps who scratch info doctor lock event sem wait run help'
	local i timeout='--timeout --conflict-exit-code'

	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		mapfile -t COMPREPLY < <(compgen -W "$commands --version --help" -- "$word")
		return
	fi
	# Behind "--" is a command, to be completed as any other.
	for ((i = 2; i < COMP_CWORD; i++)); do
		if [ "${COMP_WORDS[i]}" = -- ]; then
			if declare -F _command_offset > /dev/null; then
				_command_offset $((i + 1))
			fi
			return
		fi
	done
	case ${COMP_WORDS[1]} in
	ps | scratch) mapfile -t COMPREPLY < <(compgen -W '--all --json --help' -- "$word") ;;
	info | doctor) mapfile -t COMPREPLY < <(compgen -W '--json --help' -- "$word") ;;
	who) mapfile -t COMPREPLY < <(compgen -W '--json --help' -- "$word") ;;
	lock) mapfile -t COMPREPLY < <(compgen -W "$timeout --help --" -- "$word") ;;
	wait) mapfile -t COMPREPLY < <(compgen -W "--all $timeout --help" -- "$word") ;;
	run) mapfile -t COMPREPLY < <(compgen -W '--help --' -- "$word") ;;
	event | sem) _wapictl_verb "${COMP_WORDS[1]}" "$word" ;;
	help) mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$word") ;;
	esac
}
complete -F _wapictl wapictl
