//! How a library tells how far it is, without knowing who listens.

/// Told how far a long piece of work is. The default methods do nothing.
pub trait Progress: Sync {
    /// A stage begins: what it does, in a few words, and its number of steps
    /// (0 if not known). It ends when the next one begins or the work is done.
    fn stage(&self, what: &str, steps: u64) {
        let _ = (what, steps);
    }

    /// A stage begins as in [`Progress::stage`], whose steps are things of a name in
    /// the plural, such as rows.
    fn counted(&self, what: &str, steps: u64, unit: &str) {
        let _ = unit;
        self.stage(what, steps);
    }

    /// That many more steps of the current stage are done.
    fn advance(&self, steps: u64) {
        let _ = steps;
    }
}

/// Listens to nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {}
