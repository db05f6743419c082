//! How many rounds the long proofs take. Every crate that has such proofs
//! includes this file.
//!
//! `ALTOOL_SOAK` is the share of all rounds that is wanted: 1 with `just soak`,
//! a tenth in `.ci/run`. Without it a proof takes the few rounds that the
//! ordinary suite has time for.

/// How many rounds to take of a proof: of `all` of them the share that is
/// asked for, and `few` if none is.
pub(crate) fn rounds(few: usize, all: usize) -> usize {
    part(share(), few, all)
}

/// As [`rounds`], of this share; never fewer than `few`.
pub(crate) fn part(share: Option<f64>, few: usize, all: usize) -> usize {
    share.map_or(few, |share| few.max((share * all as f64).ceil() as usize))
}

#[expect(
    clippy::disallowed_methods,
    reason = "whoever runs the tests chooses how long they take"
)]
fn share() -> Option<f64> {
    let text = std::env::var("ALTOOL_SOAK").ok()?;
    let share = text.parse().ok().filter(|&share: &f64| share > 0.0);
    assert!(
        share.is_some_and(f64::is_finite),
        "ALTOOL_SOAK is '{text}'; it must be a number above 0, such as 0.1"
    );
    share
}
