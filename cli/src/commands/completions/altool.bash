# bash completion of altool; written by: altool completions bash
_altool() {
    local line="${COMP_LINE:0:COMP_POINT}" cur="${COMP_WORDS[COMP_CWORD]}" kind reply
    local word="" begun="" quote="" letter i
    local -a words
    # Quotes and backslashes are taken off as the shell takes them off.
    for ((i = 0; i < ${#line}; i++)); do
        letter="${line:i:1}"
        if [[ -n $quote && $letter == "$quote" ]]; then
            quote=""
        elif [[ $letter == "\\" && $quote != "'" ]]; then
            i=$((i + 1)) begun=1
            word+="${line:i:1}"
        elif [[ -n $quote ]]; then
            word+="$letter"
        elif [[ $letter == "'" || $letter == '"' ]]; then
            quote="$letter" begun=1
        elif [[ $letter == [[:space:]] ]]; then
            [[ -n $begun ]] && words+=("$word")
            word="" begun=""
        else
            word+="$letter" begun=1
        fi
    done
    words+=("$word")
    # bash begins a word anew behind = and :, and replaces only what follows.
    local before="" last=""
    [[ COMP_CWORD -gt 0 ]] && last="${COMP_WORDS[COMP_CWORD - 1]}"
    if [[ $cur == "=" || $last == "=" ]]; then
        before="${word%=*}="
    elif [[ $cur == ":" || $last == ":" ]]; then
        before="${word%:*}:"
    fi
    COMPREPLY=()
    {
        read -r kind
        while IFS= read -r reply; do
            reply="${reply#"$before"}"
            if [[ -z $quote ]]; then
                printf -v reply %q "$reply"
                # A comma needs no backslash.
                reply="${reply//\\,/,}"
            fi
            COMPREPLY+=("$reply")
        done
    } < <("${words[0]}" complete -- "${words[@]:1}" 2>/dev/null)
    [[ $kind == open ]] && compopt -o nospace
    return 0
}
complete -o bashdefault -o default -F _altool altool
