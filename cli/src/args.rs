//! The command line, as typed: groups of options that commands have, a heading
//! each. Each command checks its own and turns them into what the library takes.

pub(crate) mod batch;
pub(crate) mod files;
pub(crate) mod global;
pub(crate) mod hosts;
pub(crate) mod molecules;
pub(crate) mod names;
pub(crate) mod store;
pub(crate) mod training;
pub(crate) mod values;

use std::ffi::OsString;

/// What is typed, with the value of `--refit auto` joined to it: the option may stand
/// without a value before the names of files, so that clap takes none that stands apart.
pub(crate) fn joined(typed: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut words: Vec<OsString> = Vec::new();
    let mut options = true;
    for word in typed {
        match words.last_mut() {
            Some(last) if options && last == "--refit" && word == "auto" => last.push("=auto"),
            _ => words.push(word),
        }
        options &= words.last().is_some_and(|word| word != "--");
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_of_refit_may_stand_apart() {
        let of = |line: &str| {
            let words = joined(line.split(' ').map(OsString::from));
            words.join(std::ffi::OsStr::new(" ")).into_string().unwrap()
        };
        assert_eq!(of("update --refit auto x"), "update --refit=auto x");
        for same in [
            "update --refit x.csv auto",
            "update -- --refit auto",
            "auto --refit",
        ] {
            assert_eq!(of(same), same);
        }
    }
}
