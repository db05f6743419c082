#compdef altool
# zsh completion of altool; written by: altool completions zsh
_altool() {
    local -a lines
    lines=("${(@f)$(altool complete -- "${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
    local kind="$lines[1]"
    lines=("${(@)lines[2,-1]}")
    if (( ${#lines} == 0 )); then
        _files
    elif [[ $kind == open ]]; then
        compadd -S '' -- "${(@)lines}"
    else
        compadd -- "${(@)lines}"
    fi
}
if [ "$funcstack[1]" = "_altool" ]; then
    _altool "$@"
else
    compdef _altool altool
fi
