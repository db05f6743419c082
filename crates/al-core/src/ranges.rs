//! The range of each numeric feature among measured rows, and rows beyond it.

use crate::encoder::numbers;
use crate::schema::{Feature, Kind, Schema};
use crate::table::Table;

/// The lowest and the highest value of each numeric feature among some rows.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FeatureRanges {
    ranges: Vec<FeatureRange>,
}

/// The values of one feature.
#[derive(Debug, Clone, PartialEq)]
pub struct FeatureRange {
    /// Its name.
    pub feature: String,
    /// The lowest value.
    pub low: f64,
    /// The highest value.
    pub high: f64,
}

impl FeatureRange {
    /// How far a value is beyond the range, in ranges; 0 within it and for a missing
    /// value. Beyond a range of one value everything is infinitely far.
    #[must_use]
    pub fn beyond(&self, value: f64) -> f64 {
        let excess = (self.low - value).max(value - self.high);
        match excess > 0.0 {
            true => excess / (self.high - self.low),
            false => 0.0,
        }
    }
}

impl FeatureRanges {
    /// Those of the rows of `table`. Features without a finite value have none.
    #[must_use]
    pub fn of(schema: &Schema, table: &Table) -> FeatureRanges {
        let range = |feature: &Feature| {
            let numbers = numbers(table, &feature.name).ok()?;
            let finite = numbers
                .values
                .iter()
                .copied()
                .filter(|value| value.is_finite());
            let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
                (low.min(v), high.max(v))
            });
            (low <= high).then(|| FeatureRange {
                feature: feature.name.clone(),
                low,
                high,
            })
        };
        let numeric = schema.features.iter();
        FeatureRanges {
            ranges: numeric
                .filter(|feature| matches!(feature.kind, Kind::Numeric))
                .filter_map(range)
                .collect(),
        }
    }

    /// The ranges, in the order of the features.
    #[must_use]
    pub fn ranges(&self) -> &[FeatureRange] {
        &self.ranges
    }

    /// Per range the number of rows of `table` that are farther beyond it than `least`
    /// ranges, and how far the farthest row is, in ranges.
    #[must_use]
    pub fn beyond(&self, table: &Table, least: f64) -> Vec<(usize, f64)> {
        let of = |range: &FeatureRange| {
            let Ok(numbers) = numbers(table, &range.feature) else {
                return (0, 0.0);
            };
            let excess = numbers.values.iter().map(|&value| range.beyond(value));
            excess.fold((0, 0.0_f64), |(rows, farthest), excess| {
                (rows + usize::from(excess > least), farthest.max(excess))
            })
        };
        self.ranges.iter().map(of).collect()
    }

    /// Per row of `table` the features, separated by semicolons, whose ranges it is farther
    /// beyond than `least` ranges; none within them.
    #[must_use]
    pub fn features_beyond(&self, table: &Table, least: f64) -> Vec<Option<String>> {
        let mut named: Vec<Option<String>> = vec![None; table.n_rows()];
        for range in &self.ranges {
            let Ok(numbers) = numbers(table, &range.feature) else {
                continue;
            };
            let beyond = |value: f64| range.beyond(value) > least;
            for (named, _) in named
                .iter_mut()
                .zip(&numbers.values)
                .filter(|(_, value)| beyond(**value))
            {
                match named {
                    None => *named = Some(range.feature.clone()),
                    Some(named) => {
                        named.push_str("; ");
                        named.push_str(&range.feature);
                    }
                }
            }
        }
        named
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{Column, ColumnData, Numbers};

    fn table(ages: &[f64], doses: &[f64]) -> Table {
        let column = |name: &str, values: &[f64]| Column {
            name: name.to_owned(),
            data: ColumnData::Number(Numbers {
                values: values.to_vec(),
                ..Numbers::default()
            }),
        };
        Table::new(vec![column("age", ages), column("dose", doses)])
    }

    #[test]
    fn rows_beyond_a_range_are_counted_in_ranges() {
        let schema = Schema {
            features: ["age", "dose"]
                .map(|name| Feature {
                    name: name.to_owned(),
                    kind: Kind::Numeric,
                })
                .to_vec(),
        };
        let ranges = FeatureRanges::of(&schema, &table(&[1.0, f64::NAN, 14.0], &[2.0; 3]));
        assert_eq!(ranges.ranges()[0].beyond(f64::NAN), 0.0);
        let found = ranges.beyond(
            &table(&[0.0, 7.0, 40.0, f64::NAN], &[2.0, 2.0, 2.0, 3.0]),
            0.0,
        );
        assert_eq!(found, [(2, 2.0), (1, f64::INFINITY)]);
        let far = ranges.beyond(&table(&[0.0, 40.0], &[2.0, 2.0]), 0.1);
        assert_eq!(far, [(1, 2.0), (0, 0.0)]);
        let named = ranges.features_beyond(&table(&[0.0, 40.0, 40.0], &[2.0, 2.0, 3.0]), 0.1);
        let named: Vec<Option<&str>> = named.iter().map(Option::as_deref).collect();
        assert_eq!(named, [None, Some("age"), Some("age; dose")]);
    }
}
