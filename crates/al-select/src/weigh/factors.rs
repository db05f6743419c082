//! What makes a candidate more or less wanted than what it would teach: what
//! it costs, whether its hardware can be had, and whether it works at all.

/// Per candidate its costs, how available it is, and its probability of
/// working.
#[derive(Debug, Clone, Default)]
pub struct Factors {
    /// What measuring it costs; none without a cost.
    pub cost: Vec<f64>,
    /// Per column of `cost_weights` its values.
    pub weighed: Vec<Vec<f64>>,
    /// Whether any of the costs is what the model expects.
    pub expected: bool,
    /// How long measuring it takes, in seconds; none where that is not asked.
    pub seconds: Vec<f64>,
    /// How available its hardware is; none where that is not asked.
    pub available: Vec<f64>,
    /// Probability that it works; none where no failure is known.
    pub feasible: Vec<f64>,
}

impl Factors {
    /// Returns the factors of the given rows.
    #[must_use]
    pub fn take(&self, rows: &[usize]) -> Factors {
        let pick = |values: &[f64]| match values {
            [] => Vec::new(),
            values => rows.iter().map(|&row| values[row]).collect(),
        };
        Factors {
            cost: pick(&self.cost),
            weighed: self.weighed.iter().map(|column| pick(column)).collect(),
            expected: self.expected,
            seconds: pick(&self.seconds),
            available: pick(&self.available),
            feasible: pick(&self.feasible),
        }
    }

    /// Puts factors one below the other.
    #[must_use]
    pub fn stack(parts: Vec<Factors>) -> Factors {
        let mut parts = parts.into_iter();
        let mut all = parts.next().unwrap_or_default();
        for part in parts {
            all.cost.extend(part.cost);
            all.seconds.extend(part.seconds);
            all.available.extend(part.available);
            all.feasible.extend(part.feasible);
            all.expected |= part.expected;
            for (all, part) in all.weighed.iter_mut().zip(part.weighed) {
                all.extend(part);
            }
        }
        all
    }

    /// The weights of `n` candidates, p · w, where w is that of
    /// [`Factors::wanted`] and p the probability of working, 0 below `least`;
    /// `None` if all are 1.
    pub fn weights(
        &self,
        n: usize,
        cost_weights: &[(String, f64)],
        cooling: f64,
        least: f64,
    ) -> Option<Vec<f32>> {
        let wanted = self.wanted(n, cost_weights, cooling);
        if self.feasible.is_empty() && wanted.is_none() {
            return None;
        }
        let mut weights = wanted.unwrap_or_else(|| vec![1.0; n]);
        for (weight, &feasible) in weights.iter_mut().zip(&self.feasible) {
            *weight *= if feasible < least { 0.0 } else { feasible };
        }
        // A weight that is too small for its type would exclude the row.
        let single = |weight: f64| {
            if weight == 0.0 {
                0.0
            } else {
                (weight as f32).clamp(f32::MIN_POSITIVE, f32::MAX)
            }
        };
        Some(weights.into_iter().map(single).collect())
    }

    /// How wanted each of `n` candidates is whatever it would teach,
    /// availability · (c / median c)^−a, where a is `cooling` and c the cost, or
    /// Σ weightⱼ · costⱼ / median costⱼ over the columns of `cost_weights`;
    /// `None` if all are 1.
    pub fn wanted(
        &self,
        n: usize,
        cost_weights: &[(String, f64)],
        cooling: f64,
    ) -> Option<Vec<f64>> {
        let mut wanted = match self.value_per_cost(n, cost_weights, cooling) {
            Some(wanted) => wanted,
            None if self.available.is_empty() => return None,
            None => vec![1.0; n],
        };
        for (wanted, available) in wanted.iter_mut().zip(&self.available) {
            *wanted *= available;
        }
        Some(wanted)
    }

    /// How much each of `n` candidates is wanted for what it costs,
    /// (c / median c)^−a as in [`Factors::wanted`]; `None` if all are 1.
    fn value_per_cost(
        &self,
        n: usize,
        cost_weights: &[(String, f64)],
        cooling: f64,
    ) -> Option<Vec<f64>> {
        let costs = self.joint_cost(n, cost_weights).filter(|_| cooling > 0.0)?;
        let typical = median(&costs);
        let factor = |cost: &f64| (cost / typical).powf(-cooling);
        Some(costs.iter().map(factor).collect())
    }

    /// What each of `n` candidates costs: its cost, or of `cost_weights` alone
    /// c / median c as in [`Factors::wanted`].
    pub fn costs(&self, n: usize, cost_weights: &[(String, f64)]) -> Vec<f64> {
        if !self.cost.is_empty() {
            return self.cost.clone();
        }
        let joint = self.joint_cost(n, cost_weights).unwrap_or_default();
        let typical = median(&joint);
        joint.into_iter().map(|cost| cost / typical).collect()
    }

    fn joint_cost(&self, n: usize, cost_weights: &[(String, f64)]) -> Option<Vec<f64>> {
        if cost_weights.is_empty() {
            return (!self.cost.is_empty()).then(|| self.cost.clone());
        }
        let mut joint = vec![0.0; n];
        for ((_, weight), costs) in cost_weights.iter().zip(&self.weighed) {
            let typical = median(costs);
            for (joint, cost) in joint.iter_mut().zip(costs) {
                *joint += weight * cost / typical;
            }
        }
        Some(joint)
    }
}

/// The middle value; 1 of none.
fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    if sorted.is_empty() {
        return 1.0;
    }
    al_core::uncertainty::percentile(&sorted, 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_feasibility_over_relative_cost() {
        let factors = Factors {
            cost: vec![1.0, 2.0, 4.0, 8.0, 2.0],
            feasible: vec![1.0, 0.5, 1.0, 1.0, 0.01],
            ..Factors::default()
        };
        let weights = factors.weights(5, &[], 1.0, 0.05).unwrap();
        assert_eq!(weights, [2.0, 0.5, 0.5, 0.25, 0.0]);
        let half = factors.weights(5, &[], 0.5, 0.0).unwrap();
        assert!((half[3] - 0.5).abs() < 1e-6, "√(2/8)");
        assert!((half[4] - 0.01).abs() < 1e-6);
        // Without failures and with exponent 0 nothing is weighed.
        let plain = Factors {
            feasible: Vec::new(),
            ..factors
        };
        assert_eq!(plain.weights(5, &[], 0.0, 0.05), None);
    }

    #[test]
    fn several_costs_count_relative_to_their_medians() {
        let factors = Factors {
            weighed: vec![vec![1.0, 2.0, 3.0], vec![100.0, 100.0, 400.0]],
            ..Factors::default()
        };
        let named = [("time".to_owned(), 0.6), ("memory".to_owned(), 0.4)];
        // c = 0.6 · time/2 + 0.4 · memory/100 = 0.7, 1.0, 2.5; median 1.
        for (found, expected) in factors.costs(3, &named).iter().zip([0.7, 1.0, 2.5]) {
            assert!((found - expected).abs() < 1e-12);
        }
        let weights = factors.weights(3, &named, 1.0, 0.05).unwrap();
        for (found, expected) in weights.iter().zip([1.0 / 0.7, 1.0, 0.4]) {
            assert!((found - expected as f32).abs() < 1e-6);
        }
    }

    #[test]
    fn availability_multiplies_and_excludes() {
        let factors = Factors {
            cost: vec![1.0, 2.0, 4.0],
            available: vec![0.5, 0.0, 1.0],
            feasible: vec![1.0, 1.0, 0.5],
            ..Factors::default()
        };
        assert_eq!(factors.wanted(3, &[], 1.0).unwrap(), [1.0, 0.0, 0.5]);
        assert_eq!(factors.weights(3, &[], 1.0, 0.0).unwrap(), [1.0, 0.0, 0.25]);
        let alone = Factors {
            cost: Vec::new(),
            feasible: Vec::new(),
            ..factors
        };
        assert_eq!(alone.weights(3, &[], 1.0, 0.0).unwrap(), [0.5, 0.0, 1.0]);
        assert_eq!(Factors::default().wanted(3, &[], 1.0), None);
    }

    #[test]
    fn parts_are_taken_and_stacked() {
        let factors = |from: f64| Factors {
            cost: vec![from, from + 1.0],
            weighed: vec![vec![from; 2]],
            available: vec![from / 10.0, 1.0],
            feasible: vec![0.5, 1.0],
            ..Factors::default()
        };
        let all = Factors::stack(vec![factors(1.0), factors(5.0)]);
        assert_eq!(all.cost, [1.0, 2.0, 5.0, 6.0]);
        let some = all.take(&[3, 0]);
        assert_eq!((some.cost, some.feasible), (vec![6.0, 1.0], vec![1.0, 0.5]));
        assert_eq!(some.weighed, [[5.0, 1.0]]);
        assert_eq!(some.available, [1.0, 0.1]);
    }
}
