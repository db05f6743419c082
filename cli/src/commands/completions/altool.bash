# bash completion of altool; written by: altool completions bash
_altool() {
    local line="${COMP_LINE:0:COMP_POINT}" cur="${COMP_WORDS[COMP_CWORD]}" kind word reply
    local -a words
    # Backslashes are taken off as the shell takes them off.
    read -a words <<<"$line"
    [[ $line == *[[:space:]] ]] && words+=("")
    word="${words[-1]}"
    # bash begins a word anew behind = and :, and replaces only what follows.
    [[ $cur == "=" || $cur == ":" ]] && cur=""
    local before="${word%"$cur"}"
    COMPREPLY=()
    {
        read -r kind
        while IFS= read -r reply; do
            printf -v reply %q "${reply#"$before"}"
            # A comma needs no backslash.
            COMPREPLY+=("${reply//\\,/,}")
        done
    } < <("${words[0]}" complete -- "${words[@]:1}" 2>/dev/null)
    [[ $kind == open ]] && compopt -o nospace
    return 0
}
complete -o bashdefault -o default -F _altool altool
