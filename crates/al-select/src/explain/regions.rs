//! What the rows of a batch have in common that measured rows have not.

use al_core::{Feature, Kind, Schema, Table, encoder};
use al_words::numbers::short;
use serde::Serialize;

/// Values of a number up to which each is a condition of its own.
const FEW_VALUES: usize = 12;

/// Conditions that are tried in pairs.
const PAIRED: usize = 30;

/// Most regions told.
const TOLD: usize = 3;

/// Added to shares, so that nothing measured is not infinitely more telling
/// than little.
const LITTLE: f64 = 0.01;

/// A part of the space that the batch turns to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BatchRegion {
    /// Which rows, as in `hardware = 'MI250X' and batch_size >= 64`.
    pub description: String,
    /// Rows of the batch in it.
    pub picks: usize,
    /// Measured rows in it.
    pub measured: usize,
    /// Share of the candidates in it, from a sample of them.
    pub candidates: f64,
}

/// Least share of the picks for which a condition holds that is told.
const FEWEST_PICKS: f64 = 0.3;

/// Rows of which one says whether a condition holds.
struct RegionTables<'a> {
    picks: &'a Table,
    measured: &'a Table,
    candidates: &'a Table,
}

/// A condition, and for which rows it holds.
#[derive(Clone)]
struct Condition {
    /// The features it is about.
    features: Vec<usize>,
    text: String,
    picks: Vec<bool>,
    measured: Vec<bool>,
    candidates: Vec<bool>,
}

impl Condition {
    fn and(&self, other: &Condition) -> Condition {
        let both = |a: &[bool], b: &[bool]| a.iter().zip(b).map(|(&a, &b)| a && b).collect();
        Condition {
            features: [self.features.clone(), other.features.clone()].concat(),
            text: format!("{} and {}", self.text, other.text),
            picks: both(&self.picks, &other.picks),
            measured: both(&self.measured, &other.measured),
            candidates: both(&self.candidates, &other.candidates),
        }
    }

    /// How telling it is: the share of the picks that are in it and not
    /// `covered`, times how much larger their share is than that of the
    /// measured rows. 0 if it holds for few picks or is nothing special.
    fn worth(&self, covered: &[bool]) -> f64 {
        let here = share(&self.picks);
        let before = share(&self.measured);
        let usual = share(&self.candidates);
        let special = here >= 1.5 * before && here >= 1.5 * usual;
        if count(&self.picks) < 2 || here < FEWEST_PICKS || !special {
            return 0.0;
        }
        let fresh = self.picks.iter().zip(covered).filter(|&(&p, &c)| p && !c);
        let fresh = fresh.count();
        if fresh < 2 {
            return 0.0;
        }
        fresh as f64 / self.picks.len() as f64 * ((here + LITTLE) / (before + LITTLE)).ln()
    }
}

fn count(rows: &[bool]) -> usize {
    rows.iter().filter(|&&row| row).count()
}

fn share(rows: &[bool]) -> f64 {
    count(rows) as f64 / rows.len().max(1) as f64
}

/// At most three regions in which many of the picks lie and few of the
/// measured rows, the most telling first. All tables have the schema's
/// features.
pub(crate) fn regions(
    schema: &Schema,
    picks: &Table,
    measured: &Table,
    candidates: &Table,
) -> Vec<BatchRegion> {
    if picks.n_rows() < 2 || measured.n_rows() == 0 {
        return Vec::new();
    }
    let tables = RegionTables {
        picks,
        measured,
        candidates,
    };
    let mut conditions: Vec<Condition> = schema
        .features
        .iter()
        .enumerate()
        .flat_map(|(at, feature)| match feature.kind {
            Kind::Categorical { .. } | Kind::Structure(_) => of_categories(&tables, at, feature),
            Kind::Numeric => of_numbers(&tables, at, &feature.name),
        })
        .collect();
    let none = vec![false; picks.n_rows()];
    let worth = |condition: &Condition| condition.worth(&none);
    conditions.sort_by(|a, b| worth(b).total_cmp(&worth(a)).then(a.text.cmp(&b.text)));
    conditions.truncate(PAIRED);
    let mut all = conditions.clone();
    for (at, one) in conditions.iter().enumerate() {
        for other in &conditions[at + 1..] {
            if one.features != other.features {
                let (one, other) = if one.features < other.features {
                    (one, other)
                } else {
                    (other, one)
                };
                let both = one.and(other);
                // Two conditions are harder to grasp than one.
                if worth(&both) > 1.2 * worth(one).max(worth(other)) {
                    all.push(both);
                }
            }
        }
    }
    let mut covered = none.clone();
    let mut told = Vec::new();
    while told.len() < TOLD {
        let best = all
            .iter()
            .map(|condition| (condition.worth(&covered), condition))
            .filter(|(worth, _)| *worth > 0.1)
            .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.text.cmp(&a.1.text)));
        let Some((_, best)) = best else { break };
        for (covered, &here) in covered.iter_mut().zip(&best.picks) {
            *covered |= here;
        }
        told.push(BatchRegion {
            description: best.text.clone(),
            picks: count(&best.picks),
            measured: count(&best.measured),
            candidates: share(&best.candidates),
        });
    }
    told
}

fn of_categories(tables: &RegionTables<'_>, at: usize, feature: &Feature) -> Vec<Condition> {
    let fits = "a feature of all tables";
    // Molecules are told by their series.
    let name = match &feature.kind {
        Kind::Structure(_) => "scaffold",
        _ => &feature.name,
    };
    let read = |table: &Table| match &feature.kind {
        Kind::Structure(kind) => {
            let read = encoder::structures(table, &feature.name, kind);
            read.expect(fits).scaffolds(kind)
        }
        _ => {
            let texts = encoder::texts(table, &feature.name);
            texts.expect(fits).into_owned()
        }
    };
    let (picks, measured) = (read(tables.picks), read(tables.measured));
    let candidates = read(tables.candidates);
    let mut levels: Vec<&str> = (0..picks.codes.len())
        .filter_map(|row| picks.get(row))
        .collect();
    levels.sort_unstable();
    // What few picks have tells nothing, alone or with another condition.
    let telling = |run: &[&str]| run.len() as f64 >= FEWEST_PICKS * picks.codes.len() as f64;
    let runs = levels.chunk_by(|a, b| a == b).filter(|run| telling(run));
    let mut levels: Vec<&str> = runs.map(|run| run[0]).collect();
    // Molecules without rings have no scaffold.
    levels.retain(|level| !level.is_empty());
    let holds = |texts: &al_core::Texts, level: &str| {
        let rows = 0..texts.codes.len();
        rows.map(|row| texts.get(row) == Some(level)).collect()
    };
    levels
        .into_iter()
        .map(|level| Condition {
            features: vec![at],
            text: format!("{name} = '{level}'"),
            picks: holds(&picks, level),
            measured: holds(&measured, level),
            candidates: holds(&candidates, level),
        })
        .collect()
}

fn of_numbers(tables: &RegionTables<'_>, at: usize, name: &str) -> Vec<Condition> {
    let read = |table| {
        let numbers = encoder::numbers(table, name).expect("a feature of all tables");
        numbers.values.clone()
    };
    let (picks, measured) = (read(tables.picks), read(tables.measured));
    let candidates = read(tables.candidates);
    let mut sorted: Vec<f64> = candidates.iter().copied().filter(|v| !v.is_nan()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    if sorted.is_empty() {
        return Vec::new();
    }
    let (low, high) = (sorted[sorted.len() / 3], sorted[2 * sorted.len() / 3]);
    let mut distinct = sorted;
    distinct.dedup();
    let condition = |text: String, holds: &dyn Fn(f64) -> bool| Condition {
        features: vec![at],
        text,
        picks: picks.iter().map(|&v| holds(v)).collect(),
        measured: measured.iter().map(|&v| holds(v)).collect(),
        candidates: candidates.iter().map(|&v| holds(v)).collect(),
    };
    let mut found = Vec::new();
    if low < high {
        let few = distinct.len() <= FEW_VALUES;
        // The lowest and the highest of few values are said as such below.
        if !few || low > distinct[0] {
            found.push(condition(format!("{name} <= {}", short(low)), &|v| {
                v <= low
            }));
        }
        if !few || Some(&high) < distinct.last() {
            let text = format!("{name} >= {}", short(high));
            found.push(condition(text, &|v| v >= high));
        }
    }
    if distinct.len() <= FEW_VALUES {
        for &value in &distinct {
            let text = format!("{name} = {}", short(value));
            found.push(condition(text, &|v| v == value));
        }
    }
    found
}

/// A region in words, as in `7 of 10 rows have … where nothing was measured`.
pub(crate) fn sentence(region: &BatchRegion, picks: usize, measured: usize) -> String {
    let before = match region.measured {
        0 => "where nothing was measured".to_owned(),
        n => format!(
            "where {n} of {measured} measured rows lie ({} %)",
            short(100.0 * n as f64 / measured.max(1) as f64)
        ),
    };
    format!(
        "{} of {picks} rows have {}, {before}; {} % of the candidates do",
        region.picks,
        region.description,
        short(100.0 * region.candidates)
    )
}

#[cfg(test)]
mod tests {
    use al_core::{Column, ColumnChoice, ColumnData, Numbers, Texts};

    use super::*;

    fn table(hardware: &[&str], batch: &[f64]) -> Table {
        let texts = hardware.iter().map(|&text| Some(text));
        Table::new(vec![
            Column {
                name: "hardware".into(),
                data: ColumnData::Text(Texts::from_rows(texts)),
            },
            Column {
                name: "batch".into(),
                data: ColumnData::Number(Numbers::from(batch.to_vec())),
            },
        ])
    }

    #[test]
    fn the_region_that_was_never_measured_is_told_first() {
        let candidates = table(
            &["a", "a", "a", "b", "b", "b", "c", "c", "c"],
            &[1.0, 8.0, 64.0, 1.0, 8.0, 64.0, 1.0, 8.0, 64.0],
        );
        let measured = table(&["a", "a", "b", "c"], &[1.0, 64.0, 64.0, 1.0]);
        let picks = table(&["c", "c", "c", "b"], &[64.0, 64.0, 64.0, 1.0]);
        let choice = ColumnChoice::default();
        let (schema, _) = Schema::infer(&candidates, &choice).unwrap();
        let told = regions(&schema, &picks, &measured, &candidates);
        assert_eq!(told[0].description, "hardware = 'c' and batch = 64");
        assert_eq!((told[0].picks, told[0].measured), (3, 0));
        assert!((told[0].candidates - 1.0 / 9.0).abs() < 1e-12);
        assert_eq!(
            sentence(&told[0], 4, 4),
            "3 of 4 rows have hardware = 'c' and batch = 64, where nothing was measured; 11.1 % of the candidates do"
        );
    }

    #[test]
    fn a_batch_like_what_was_measured_is_nothing_special() {
        let rows = table(&["a", "b", "a", "b"], &[1.0, 2.0, 2.0, 1.0]);
        let (schema, _) = Schema::infer(&rows, &ColumnChoice::default()).unwrap();
        assert_eq!(regions(&schema, &rows, &rows, &rows), []);
        let one = rows.take(&[0]);
        assert_eq!(regions(&schema, &one, &rows, &rows), []);
    }
}
