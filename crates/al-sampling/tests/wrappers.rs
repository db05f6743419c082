//! Strategies that wrap another one, around every strategy of the registry.

use al_core::{Direction, Key, Posterior, Seed, posterior};
use al_sampling::{
    Limits, OptionValue, Options, Query, STRATEGIES, Selection, StrategyEntry, registry, select,
};
use ndarray::{Array2, Axis, stack};

const ROWS: usize = 90;
const ANCHORS: usize = 12;

/// Uniform numbers in [0, 1), rows × columns.
fn numbers(rows: usize, columns: usize, seed: u64) -> Array2<f32> {
    Array2::from_shape_fn((rows, columns), |(row, column)| {
        let at = (row * columns + column) as u64;
        (Seed(seed).derive("number", at).0 >> 40) as f32 / (1 << 24) as f32
    })
}

/// Two groups of points, of 60 and of 30 rows.
fn points() -> Array2<f32> {
    let mut points = numbers(ROWS, 3, 1);
    let mut far = points.slice_mut(ndarray::s![60.., ..]);
    far += 10.0;
    points
}

/// A batch of `wrapper` around `base`, of the rows in the order `rows`.
fn batch(wrapper: &str, base: &StrategyEntry, rows: &[usize], n: usize) -> Selection {
    let options = Options::none().with("base", OptionValue::Text(base.name.into()));
    let options = match wrapper {
        "stratified" => options.with("strata", OptionValue::Number(2.0)),
        _ => options,
    };
    let strategy = (registry::find(wrapper).unwrap().make)(&options).unwrap();
    let (features, means) = if base.regression {
        (numbers(ROWS, 4, 2), numbers(ROWS, 1, 3))
    } else {
        let draws: Vec<Array2<f32>> = (4..6)
            .map(|seed| numbers(ROWS, 1, seed).remove_axis(Axis(1)))
            .map(|first| stack![Axis(1), first, first.mapv(|p| 1.0 - p)])
            .collect();
        let means = posterior::mean_probabilities(&draws).mapv(|p| p as f32);
        (Posterior::Classes { draws }.features(), means)
    };
    let take = |all: &Array2<f32>| all.select(Axis(0), rows);
    let column = |seed| take(&numbers(ROWS, 1, seed)).into_iter().collect();
    let (scores, gains): (Vec<f32>, Vec<f32>) = (column(6), column(7));
    let weights: Vec<f32> = rows.iter().map(|row| (1 + row % 3) as f32).collect();
    let keys: Vec<Key> = rows
        .iter()
        .map(|row| Key::of_id(&row.to_string()))
        .collect();
    let values: Vec<f32> = numbers(ANCHORS, 1, 8).into_iter().collect();
    let (features, means, points) = (take(&features), take(&means), take(&points()));
    let (anchor_features, anchor_points) = (numbers(ANCHORS, 4, 9), numbers(ANCHORS, 3, 10));
    let query = Query {
        scores: &scores,
        gains: &gains,
        features: features.view(),
        means: means.view(),
        noise: 0.25,
        points: points.view(),
        anchor_features: anchor_features.view(),
        anchor_points: anchor_points.view(),
        anchor_values: if base.regression { &values } else { &[] },
        direction: Some(Direction::Min),
        weights: Some(&weights),
        ..Query::new(&keys)
    };
    let mut batch = select(strategy.as_ref(), &query, &Limits::first(n), Seed(5)).unwrap();
    for pick in &mut batch.picks {
        pick.row = rows[pick.row];
    }
    batch
}

/// The wrappers, each with what it may wrap.
fn wrapped() -> impl Iterator<Item = (&'static str, &'static StrategyEntry)> {
    ["stratified", "density"].into_iter().flat_map(|wrapper| {
        let others = STRATEGIES.iter().filter(move |base| base.name != wrapper);
        others.map(move |&base| (wrapper, base))
    })
}

#[test]
fn any_strategy_can_be_wrapped() {
    let order: Vec<usize> = (0..ROWS).collect();
    for (wrapper, base) in wrapped() {
        for n in [1, 30, ROWS] {
            let batch = batch(wrapper, base, &order, n);
            let mut rows: Vec<usize> = batch.picks.iter().map(|pick| pick.row).collect();
            assert!(batch.picks.iter().all(|pick| pick.score.is_finite()));
            rows.sort_unstable();
            rows.dedup();
            assert_eq!(rows.len(), n, "{wrapper} of {}", base.name);
        }
    }
}

#[test]
fn the_order_of_rows_changes_no_wrapped_batch() {
    let order: Vec<usize> = (0..ROWS).collect();
    let mut other = order.clone();
    other.sort_by_key(|&row| Seed(1).derive("place", row as u64).0);
    for (wrapper, base) in wrapped() {
        assert_eq!(
            batch(wrapper, base, &other, 25),
            batch(wrapper, base, &order, 25),
            "{wrapper} of {}",
            base.name
        );
    }
}

#[test]
fn every_stratum_gets_its_part_of_any_strategys_picks() {
    let order: Vec<usize> = (0..ROWS).collect();
    for (_, base) in wrapped().filter(|(wrapper, _)| *wrapper == "stratified") {
        let picks = batch("stratified", base, &order, 30).picks;
        let far = picks.iter().filter(|pick| pick.row >= 60).count();
        assert_eq!(far, 10, "{}", base.name);
    }
}
