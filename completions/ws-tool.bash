# bash completion for ws-tool, written by "ws-tool completion bash"
# shellcheck shell=bash

_ws_tool() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
    local completes='' words='' options=''
    COMPREPLY=()
    # The = of --name=value is a word of its own.
    if [[ $cur == '=' ]]; then
        cur=''
    elif [[ $prev == '=' ]]; then
        prev=${COMP_WORDS[COMP_CWORD-2]}
    fi
    if ((COMP_CWORD == 1)); then
        mapfile -t COMPREPLY < <(compgen -W 'serve echo broadcast connect client bench completion help -h --help -V --version' -- "$cur")
        return
    fi
    case ${COMP_WORDS[1]} in
        serve)
            options='-p --port --host --unix --unix-mode --max-clients --once --exit-idle --origin --allow-host --auth-file --token-file --path --subprotocol -H --header --no-page --static --cert --key --cacert --port-file --ready-fd --jsonl -0 --null --delim --slurp --chunk --length-prefixed --keep-newline -t -b --on-invalid --raw --tag --wait-clients --wait-timeout --hold --on-eof --send-only --replay --replay-bytes --slow --backlog --stall-timeout --on-open --on-message --on-close --max-hooks --hook-timeout --stats --ping-interval --ping-timeout --max-message --compress --no-compress --grace --color -q -v -h --help -V --version'
            case $prev in
                --static) completes=directories ;;
                --unix | --auth-file | --token-file | --cert | --key | --cacert | --port-file) completes=files ;;
                --host) completes=hosts ;;
                -p | --port | --unix-mode | --max-clients | --exit-idle | --origin | --allow-host | --path | --subprotocol | -H | --header | --ready-fd | --delim | --wait-clients | --wait-timeout | --replay | --replay-bytes | --backlog | --stall-timeout | --on-open | --on-message | --on-close | --max-hooks | --hook-timeout | --ping-interval | --ping-timeout | --max-message | --grace) completes=nothing ;;
                --color) completes=words words='auto always never' ;;
                --on-invalid) completes=words words='binary fail skip' ;;
                --slow) completes=words words='block drop-new drop-old kick' ;;
                --on-eof) completes=words words='close keep wait' ;;
            esac
            ;;
        echo)
            options='-p --port --host --unix --unix-mode --max-clients --once --exit-idle --origin --allow-host --auth-file --token-file --path --subprotocol -H --header --no-page --static --cert --key --cacert --port-file --ready-fd --print --jsonl -0 --null --delim --slurp --chunk --length-prefixed --keep-newline --raw --tag --backlog --stall-timeout --on-open --on-message --on-close --max-hooks --hook-timeout --reply --greet --delay --jitter --fragment --close-after --close-code --no-pong --drop --seed --stats --ping-interval --ping-timeout --max-message --compress --no-compress --grace --color -q -v -h --help -V --version'
            case $prev in
                --static) completes=directories ;;
                --unix | --auth-file | --token-file | --cert | --key | --cacert | --port-file) completes=files ;;
                --host) completes=hosts ;;
                -p | --port | --unix-mode | --max-clients | --exit-idle | --origin | --allow-host | --path | --subprotocol | -H | --header | --ready-fd | --delim | --backlog | --stall-timeout | --on-open | --on-message | --on-close | --max-hooks | --hook-timeout | --reply | --greet | --delay | --jitter | --fragment | --close-after | --close-code | --drop | --seed | --ping-interval | --ping-timeout | --max-message | --grace) completes=nothing ;;
                --color) completes=words words='auto always never' ;;
            esac
            ;;
        broadcast)
            options='-p --port --host --unix --unix-mode --max-clients --once --exit-idle --origin --allow-host --auth-file --token-file --path --subprotocol -H --header --no-page --static --cert --key --cacert --port-file --ready-fd --jsonl -0 --null --delim --slurp --chunk --length-prefixed --keep-newline -t -b --on-invalid --raw --tag --on-eof --send-only --replay --replay-bytes --slow --backlog --stall-timeout --on-open --on-message --on-close --max-hooks --hook-timeout --stats --ping-interval --ping-timeout --max-message --compress --no-compress --grace --color -q -v -h --help -V --version'
            case $prev in
                --static) completes=directories ;;
                --unix | --auth-file | --token-file | --cert | --key | --cacert | --port-file) completes=files ;;
                --host) completes=hosts ;;
                -p | --port | --unix-mode | --max-clients | --exit-idle | --origin | --allow-host | --path | --subprotocol | -H | --header | --ready-fd | --delim | --replay | --replay-bytes | --backlog | --stall-timeout | --on-open | --on-message | --on-close | --max-hooks | --hook-timeout | --ping-interval | --ping-timeout | --max-message | --grace) completes=nothing ;;
                --color) completes=words words='auto always never' ;;
                --on-invalid) completes=words words='binary fail skip' ;;
                --slow) completes=words words='block drop-new drop-old kick' ;;
                --on-eof) completes=words words='close keep wait' ;;
            esac
            ;;
        connect | client)
            options='-H --header --origin --subprotocol --auth-file --unix --resolve --proxy -k --insecure --cacert --cert --key --connect-timeout -m --timeout --reconnect --reconnect-max --send -n --count -1 --expect --reject --linger --recv-only --send-only --close --jsonl -0 --null --delim --slurp --chunk --length-prefixed --keep-newline -t -b --on-invalid --raw --stats --ping-interval --ping-timeout --max-message --compress --no-compress --grace --color -q -v -h --help -V --version'
            case $prev in
                --auth-file | --unix | --cacert | --cert | --key) completes=files ;;
                -H | --header | --origin | --subprotocol | --resolve | --proxy | --connect-timeout | -m | --timeout | --reconnect-max | --send | -n | --count | --expect | --reject | --close | --delim | --ping-interval | --ping-timeout | --max-message | --grace) completes=nothing ;;
                --color) completes=words words='auto always never' ;;
                --on-invalid) completes=words words='binary fail skip' ;;
                --linger) completes=words words='inf' ;;
            esac
            ;;
        bench)
            options='-H --header --origin --subprotocol --auth-file --unix --resolve --proxy -k --insecure --cacert --cert --key --connect-timeout --pattern -c --connections --in-flight --size -t -b --rate --duration --messages --warm-up --ramp --json --ping-interval --ping-timeout --max-message --compress --no-compress --grace --color -q -v -h --help -V --version'
            case $prev in
                --auth-file | --unix | --cacert | --cert | --key) completes=files ;;
                -H | --header | --origin | --subprotocol | --resolve | --proxy | --connect-timeout | -c | --connections | --in-flight | --size | --rate | --duration | --messages | --warm-up | --ramp | --ping-interval | --ping-timeout | --max-message | --grace) completes=nothing ;;
                --color) completes=words words='auto always never' ;;
                --pattern) completes=words words='echo subscribe publish' ;;
            esac
            ;;
        completion)
            options='-h --help -V --version'
            words='bash zsh fish'
            ;;
        help)
            options='-h --help -V --version'
            words='serve echo broadcast connect client bench completion help'
            ;;
        *)
            return
            ;;
    esac
    if [[ -z $completes && $cur == -* ]]; then
        completes=words
        words=$options
    fi
    case $completes in
        files)
            compopt -o filenames 2>/dev/null
            mapfile -t COMPREPLY < <(compgen -f -- "$cur")
            ;;
        directories)
            compopt -o filenames 2>/dev/null
            mapfile -t COMPREPLY < <(compgen -d -- "$cur")
            ;;
        hosts)
            mapfile -t COMPREPLY < <(compgen -A hostname -- "$cur")
            ;;
        nothing) ;;
        *)
            mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
            ;;
    esac
}

complete -F _ws_tool ws-tool
