//! The units of a target: as it was measured, as it is fitted, and as models
//! see it.

/// From a target's own unit to the fitted scale, which is the unit or its
/// natural logarithm, and on to the standardised scale of models.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TargetScale {
    /// Whether the logarithm is fitted.
    pub log: bool,
    /// What is 0 to models, on the fitted scale.
    pub centre: f64,
    /// What is 1 to models, on the fitted scale; above 0.
    pub spread: f64,
}

impl Default for TargetScale {
    /// Models see what is measured.
    fn default() -> Self {
        TargetScale {
            log: false,
            centre: 0.0,
            spread: 1.0,
        }
    }
}

impl TargetScale {
    /// Returns a value of the target's unit on the fitted scale.
    #[must_use]
    pub fn fitted(&self, value: f64) -> f64 {
        if self.log { value.ln() } else { value }
    }

    /// Returns a value of the fitted scale in the target's unit.
    #[must_use]
    pub fn unfitted(&self, fitted: f64) -> f64 {
        if self.log { fitted.exp() } else { fitted }
    }

    /// Returns a value of the fitted scale as models see it.
    #[must_use]
    pub fn standardised(&self, fitted: f64) -> f64 {
        fitted / self.spread - self.centre / self.spread
    }

    /// Returns a model's value on the fitted scale.
    #[must_use]
    pub fn predicted(&self, model: f64) -> f64 {
        self.centre + self.spread * model
    }

    /// Returns a model's value in the target's unit.
    #[must_use]
    pub fn unit(&self, model: f64) -> f64 {
        self.unfitted(self.predicted(model))
    }

    /// Returns what squares of a model's unit are multiplied by to be squares of
    /// the fitted scale.
    #[must_use]
    pub fn variance_unit(&self) -> f64 {
        self.spread * self.spread
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_go_there_and_back() {
        let scale = TargetScale {
            log: false,
            centre: 1e9,
            spread: 5.0,
        };
        assert_eq!(scale.standardised(scale.fitted(1e9 + 10.0)), 2.0);
        assert_eq!(scale.unit(2.0), 1e9 + 10.0);
        assert_eq!(scale.variance_unit(), 25.0);
        let log = TargetScale {
            log: true,
            centre: 1.0,
            spread: 2.0,
        };
        assert!((log.unit(log.standardised(log.fitted(7.0))) - 7.0).abs() < 1e-12);
        assert_eq!(TargetScale::default().unit(3.0), 3.0);
    }
}
