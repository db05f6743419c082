//! Whether the rows of a model file can be learned from again.
//!
//! Whoever makes a checksum fit can put anything into them. What no training
//! would have let in is told when the file is read, as damage: the learners
//! would say it later, and as if nobody were at fault.

use al_core::{Observed, Role};

use crate::options::TrainOptions;
use crate::scales::Scales;

/// Checks targets and weights of all rows whose measurement did not fail.
/// `classes` is their number, 0 for a regression.
pub(crate) fn check(
    rows: &Observed,
    options: &TrainOptions,
    classes: usize,
    scales: &Scales,
) -> Result<(), String> {
    for (row, role) in rows.roles().iter().enumerate() {
        if *role == Role::Failed {
            continue;
        }
        let value = rows.values()[row];
        let known = if classes > 0 {
            value.fract() == 0.0 && (0.0..classes as f64).contains(&value)
        } else {
            let fitted = options.fitted(value);
            // Learners round; rows of the evaluation never reach them.
            let held = (scales.target(false).standardised(fitted) as f32).is_finite();
            fitted.is_finite() && (held || !Role::LEARNED.contains(role))
        };
        // A sum of huge weights may be infinite.
        if !known || rows.weights()[row].is_nan() || rows.weights()[row] <= 0.0 {
            return Err(format!(
                "row {} of rows.parquet has a target or a weight that nothing was trained on",
                row + 1
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use al_core::{Key, ObservedColumns, Table};

    use super::*;

    fn checked(role: Role, value: f64, weight: f64, log: bool, classes: usize) -> bool {
        let rows = Observed::new(ObservedColumns {
            features: Table::new(Vec::new()),
            keys: vec![Key::from_bytes([0; 16])],
            roles: vec![role],
            rounds: vec![0],
            values: vec![value],
            weights: vec![weight],
            counts: vec![1],
            spreads: vec![0.0],
            costs: vec![f64::NAN],
            groups: vec![0],
        });
        let mut options = TrainOptions::new("y");
        options.log_target = log;
        check(&rows, &options, classes, &Scales::default()).is_ok()
    }

    #[test]
    fn rows_that_no_training_lets_in_are_damage() {
        let number = |value, log| checked(Role::Training, value, 1.0, log, 0);
        assert!(number(-2.5, false) && number(2.5, true));
        // No logarithm, no number, and none that a learner can hold.
        assert!(!number(-2.5, true) && !number(0.0, true));
        assert!(!number(f64::NAN, false) && !number(f64::INFINITY, false));
        assert!(!number(1e300, false) && number(1e300, true));
        assert!(checked(Role::Evaluation, 1e300, 1.0, false, 0));
        assert!(!checked(Role::Evaluation, f64::NAN, 1.0, false, 0));
        assert!(checked(Role::Failed, f64::NAN, f64::NAN, true, 0));
        let class = |value| checked(Role::Calibration, value, 1.0, false, 3);
        assert!(class(0.0) && class(2.0));
        assert!(!class(3.0) && !class(-1.0) && !class(0.5) && !class(f64::NAN));
        for weight in [0.0, -1.0, f64::NAN] {
            assert!(!checked(Role::Training, 1.0, weight, false, 0), "{weight}");
        }
    }
}
