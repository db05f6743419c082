# fish completion of altool; written by: altool completions fish
function __altool_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l lines (altool complete -- $words[2..-1] "$current" 2>/dev/null)
    if test (count $lines) -gt 1
        string join -- \n $lines[2..-1]
    else
        __fish_complete_path "$current"
    end
end
complete --command altool --no-files --arguments '(__altool_complete)'
